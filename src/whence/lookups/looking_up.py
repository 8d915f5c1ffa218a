"""Asks every source of outside knowledge about what the facts name."""

from __future__ import annotations

import dataclasses
import datetime
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from whence.config import Config, ConfigurationError
from whence.lookups.advisory_store import AdvisoryStore, data_age, too_old
from whence.lookups.advisory_table import Origin, UnusableTable
from whence.lookups.ecosystems import ECOSYSTEMS, NPM, PYPI, update_command
from whence.lookups.package_facts import (
    answer,
    asked_names,
    dated_requirements,
    has_front_end,
    withheld,
)
from whence.lookups.package_knowledge import Knowledge
from whence.lookups.requirement_history import asked_before
from whence.lookups.user_folders import cache_folder, data_folder
from whence.lookups.yanked_releases import as_of as withdrawn_as_of
from whence.vocabulary.audit import DataSource
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.graph import SupplyGraph

if TYPE_CHECKING:
    from whence.lookups.advisories import Advisories
    from whence.lookups.index_answers import Answer

_BY_HAND = "whence's own table, each entry with its source"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What is known outside the project, the data that say so, and what to warn about."""

    statements: Iterator[Fact | Unread]
    data: tuple[DataSource, ...]
    warnings: tuple[str, ...]


def look_up(
    graph: SupplyGraph,
    config: Config,
    today: datetime.date,
    root: Path,
    progress: Callable[[int], None] | None = None,
) -> LookedUp:
    """Compares what the project names with advisories, names and malware.

    Unless `config.offline`, pip's indexes are asked about the names, and the history of the
    repository below `root` about when little-known ones came in. `progress` is told how many
    projects have been answered. Raises ConfigurationError where the advisory data are damaged, or
    older than `config.max_data_age` days, and where `config.as_of` is no day that has been.
    """
    knowledge = _at_hand(graph)
    origins = [each.origin for each in (knowledge.advisories, knowledge.npm) if each]
    for origin in origins:
        if reason := too_old(origin.as_of, today, config.max_data_age or None):
            raise ConfigurationError(f"{reason}: `{_update(origin)}` fetches the newest")
    day = _past_day(config.as_of, today)
    answers = {} if config.offline else _asked(graph, knowledge, progress)
    history = asked_before(root, dated_requirements(graph, knowledge, answers))
    return LookedUp(
        answer(graph, knowledge, answers, today, day, history),
        _sources(knowledge),
        tuple(warning for each in origins for warning in _age_warning(each, today, day)),
    )


def _at_hand(graph: SupplyGraph) -> Knowledge:
    """What this release carries, and the newer advisories that somebody fetched."""
    store = AdvisoryStore(data_folder(os.environ, Path.home()))
    wanted = (PYPI, NPM) if has_front_end(graph) else (PYPI,)
    found: dict[str, Advisories | None] = {}
    for ecosystem in wanted:
        try:
            found[ecosystem.type] = store.open() if ecosystem is PYPI else store.stored(ecosystem)
        except UnusableTable as error:
            raise ConfigurationError(
                f"{error}: `{update_command(ecosystem)}` replaces it"
            ) from None
    embedded = Knowledge.embedded()
    return dataclasses.replace(
        embedded, advisories=found["pypi"] or embedded.advisories, npm=found.get("npm")
    )


def _update(origin: Origin) -> str:
    return update_command(ECOSYSTEMS[origin.ecosystem])


def _past_day(text: str, today: datetime.date) -> datetime.date | None:
    if not text:
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"as-of {text} is no date: write YYYY-MM-DD") from None
    if day > today:
        raise ConfigurationError(f"as-of {text} is yet to come: nothing is known of it")
    return day


def _asked(
    graph: SupplyGraph, knowledge: Knowledge, progress: Callable[[int], None] | None
) -> Mapping[str, Answer]:
    """What pip's indexes say of each name that may be asked about."""
    # Imported here: an offline audit needs nothing of the network.
    from whence.lookups.package_index import PackageIndexes
    from whence.lookups.pip_configuration import pip_settings

    home = Path.home()
    settings = pip_settings(os.environ, home, Path(sys.prefix))
    now = datetime.datetime.now(datetime.UTC)
    indexes = PackageIndexes(settings, cache_folder(os.environ, home), now)
    names, private = asked_names(graph, knowledge, frozenset(indexes.shown))
    return {**indexes.projects(names, progress), **withheld(private)}


def _sources(knowledge: Knowledge) -> tuple[DataSource, ...]:
    origins = {
        "advisories": knowledge.advisories.origin,
        **({"advisories on npm packages": knowledge.npm.origin} if knowledge.npm else {}),
        "popular packages": knowledge.popular.origin,
        "malicious packages": knowledge.registry.origin,
    }
    by_hand = {
        "known take-overs and retired packages": knowledge.cases.as_of,
        "withdrawn releases": withdrawn_as_of(),
    }
    return (
        *(
            DataSource(name, f"{origin.source} ({origin.licence})", origin.as_of.isoformat())
            for name, origin in origins.items()
        ),
        *(DataSource(name, _BY_HAND, day.isoformat()) for name, day in by_hand.items()),
    )


def _age_warning(
    origin: Origin, today: datetime.date, as_of: datetime.date | None
) -> tuple[str, ...]:
    """Warns where the data are older than what they are asked about."""
    day, newest = origin.as_of, f"`{_update(origin)}` fetches the newest"
    about = "" if origin.ecosystem == PYPI.name else f" on {origin.ecosystem} packages"
    if as_of is not None and as_of > day:
        return (
            f"the advisory data{about} are of {day}: what was published from then to {as_of} is"
            f" missing; {newest}",
        )
    age = data_age(day, today)
    if not age.stale or as_of is not None:
        return ()
    return (f"the advisory data{about} are {age.days} days old ({day}): {newest}",)
