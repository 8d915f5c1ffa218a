"""What is recorded about a data file: its origin, its licence, and whether people are in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.recorded_digests import records_of
from whence.rules.data.sources.data_reads import matches, written_paths
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.data import RecordedDigest
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
    """Whether something says where a file comes from: a record, a pinned object, what makes it.

    Where the files of a folder are listed one by one, a sentence about the whole folder does not
    speak for a file that the list leaves out.
    """
    if is_pinned(path, graph) or any(
        record.kind == "hub-cache" for record in records_of(path, graph)
    ):
        return True
    base = posixpath.basename(path)
    if any(
        base == posixpath.basename(written) and matches(written, path)
        for written in written_paths(graph)
    ):
        return True
    if posixpath.dirname(path) in _listed_folders(graph):
        return any(origin.subject == path for origin in graph.facts_of(DataOrigin))
    return any(origins_of(path, graph)) or any(
        matches(written, path) for written in written_paths(graph)
    )


def _listed_folders(graph: SupplyGraph) -> set[str]:
    """The folders whose files a manifest, Croissant file or data package lists one by one."""
    return {
        posixpath.dirname(origin.subject)
        for origin in graph.facts_of(DataOrigin)
        if origin.kind != "card" and origin.subject in graph.files
    }


def is_pinned(path: str, graph: SupplyGraph) -> bool:
    """Whether DVC or Git LFS fixes a file by digest, also where the file itself is not in the tree."""
    return any(
        record.target == path and record.kind in ("dvc", "lfs-pointer")
        for record in graph.facts_of(RecordedDigest)
    )


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
