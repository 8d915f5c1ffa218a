"""What is recorded about a data file: its origin, its licence, and whether people are in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.recorded_digests import records_of
from whence.rules.data.sources.data_reads import matches, written_paths
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.datasets import DataLicence, DataOrigin, PersonalDataStatement
from whence.vocabulary.fact.models import ModelOrigin
from whence.vocabulary.graph import SupplyGraph

_DERIVED = re.compile(
    r"(?:^|/)(?:processed|interim|prepared|splits?|clean(?:ed)?|features?|derived|tokenized|intermediate"
    r"|preprocessed|final|out(?:put)?s?)(?:/|$)|(?:^|[/_-])(?:train|test|val|valid|validation|dev|processed"
    r"|clean(?:ed)?)\.\w+$",
    re.IGNORECASE,
)
_RAW = re.compile(r"(?:^|/)(?:raw|external|source|original|input)s?(?:/|$)", re.IGNORECASE)


def covers(subject: str, path: str) -> bool:
    """Whether a record about a file or folder speaks for a file; a glob counts as a folder."""
    if subject in (".", ""):
        return True
    return matches(subject, path)


def origins_of(path: str, graph: SupplyGraph) -> Iterator[Fact]:
    """Every record of where a file comes from."""
    for origin in graph.facts_of(DataOrigin):
        if covers(origin.subject, path):
            yield origin
    for model_origin in graph.facts_of(ModelOrigin):
        if model_origin.subject not in (".", "") and covers(model_origin.subject, path):
            yield model_origin


def is_traced(path: str, graph: SupplyGraph) -> bool:
    """Whether something says where a file comes from: a record, a pinned object, what makes it."""
    if any(origins_of(path, graph)):
        return True
    if any(record.kind in ("dvc", "hub-cache") for record in records_of(path, graph)):
        return True
    return any(matches(written, path) for written in written_paths(graph))


def licences_of(path: str, graph: SupplyGraph) -> list[DataLicence]:
    """Every record of a licence of a file."""
    return [licence for licence in graph.facts_of(DataLicence) if covers(licence.subject, path)]


def is_derived(path: str) -> bool:
    """Whether a file is what the project made from other data, by where it stands."""
    return bool(_DERIVED.search(path)) and not _RAW.search(posixpath.dirname(path) + "/")


def people_in(path: str, graph: SupplyGraph) -> list[PersonalDataStatement]:
    """What is recorded about people in a file."""
    return [
        statement
        for statement in graph.facts_of(PersonalDataStatement)
        if covers(statement.subject, path)
    ]


def data_root(path: str) -> str:
    """The outermost folder for data that a file stands in; its own folder where there is none."""
    parts = posixpath.dirname(path).split("/")
    for number, part in enumerate(parts):
        if re.fullmatch(r"(?i)data|datasets?|corpus|corpora", part):
            return "/".join(parts[: number + 1])
    return posixpath.dirname(path) or "."
