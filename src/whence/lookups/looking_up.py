"""Asks every source of outside knowledge about what the facts name."""

from __future__ import annotations

import dataclasses
import datetime
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from whence.config import Config, ConfigurationError
from whence.lookups.advisory_store import AdvisoryStore, data_age, too_old
from whence.lookups.advisory_table import UnusableTable
from whence.lookups.package_facts import Knowledge, answer, asked_names
from whence.lookups.user_folders import cache_folder, data_folder
from whence.vocabulary.audit import DataSource
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.graph import SupplyGraph

if TYPE_CHECKING:
    from whence.lookups.index_answers import Answer


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What is known outside the project, the data that say so, and what to warn about."""

    statements: Iterator[Fact | Unread]
    data: tuple[DataSource, ...]
    warnings: tuple[str, ...]


def look_up(graph: SupplyGraph, config: Config, today: datetime.date) -> LookedUp:
    """Compares what the project names with advisories, names and malware.

    Unless `config.offline`, pip's index is asked about the names. Raises ConfigurationError where the advisory data are damaged, or older than
    `config.max_data_age` days.
    """
    store = AdvisoryStore(data_folder(os.environ, Path.home()))
    try:
        knowledge = dataclasses.replace(Knowledge.embedded(), advisories=store.open())
    except UnusableTable as error:
        raise ConfigurationError(f"{error}: `whence advisories update` replaces it") from None
    as_of = knowledge.advisories.origin.as_of
    if reason := too_old(as_of, today, config.max_data_age or None):
        raise ConfigurationError(f"{reason}: `whence advisories update` fetches the newest")
    answers = {} if config.offline else _asked(asked_names(graph))
    day = datetime.date.fromisoformat(config.as_of) if config.as_of else None
    return LookedUp(
        answer(graph, knowledge, answers, today, day),
        _sources(knowledge),
        _age_warning(as_of, today),
    )


def _asked(names: frozenset[str]) -> Mapping[str, Answer]:
    """What pip's index says of each name. Where it does not answer for one, no other is asked."""
    # Imported here: an offline audit needs nothing of the network.
    from whence.lookups.index_answers import Unanswered
    from whence.lookups.package_index import PackageIndex
    from whence.lookups.pip_configuration import index_url

    home = Path.home()
    url = index_url(os.environ, home, Path(sys.prefix))
    index = PackageIndex(url, cache_folder(os.environ, home), datetime.datetime.now(datetime.UTC))
    for name in sorted(names)[:1]:
        first = index.project(name)
        if isinstance(first, Unanswered):
            return {each: Unanswered(each, first.reason) for each in sorted(names)}
    return index.projects(names)


def _sources(knowledge: Knowledge) -> tuple[DataSource, ...]:
    origins = {
        "advisories": knowledge.advisories.origin,
        "popular packages": knowledge.popular.origin,
        "malicious packages": knowledge.registry.origin,
    }
    return tuple(
        DataSource(name, f"{origin.source} ({origin.licence})", origin.as_of.isoformat())
        for name, origin in origins.items()
    )


def _age_warning(as_of: datetime.date, today: datetime.date) -> tuple[str, ...]:
    age = data_age(as_of, today)
    if not age.stale:
        return ()
    return (
        f"the advisory data are {age.days} days old ({as_of}): `whence advisories update` "
        "fetches the newest",
    )
