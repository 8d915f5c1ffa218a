"""Which files make up one model, and which files beside it its loaders act upon."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from whence.readers.models.configuration import READERS
from whence.rules.data.recorded_digests import is_model
from whence.rules.models.model_loads import family
from whence.vocabulary.audit import Audit
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import (
    ChatTemplate,
    ConfiguredCode,
    ExternalData,
    GraphOperation,
    ModelFile,
    NativeCode,
    PickleUse,
    TemplateHazard,
)
from whence.vocabulary.graph import SupplyGraph

LINK = "a symbolic link"
_HOLDS = (ModelFile, PickleUse, NativeCode)
_TELLS = (ConfiguredCode, TemplateHazard, ExternalData, GraphOperation)
_METADATA = (*_TELLS, ChatTemplate)
_METADATA_READER = "models.configuration."
_ANY_SETTINGS = b'{"weight_map"'
# SentencePiece vocabularies carry this name more often than models do.
_TOKENIZERS = (".model",)


class ModelFiles(msgspec.Struct, frozen=True):
    """The files of one model, sorted, and the metadata that counts for it."""

    name: str
    paths: tuple[str, ...]
    metadata: tuple[str, ...]


def model_files(audit: Audit) -> list[ModelFiles]:
    """Every model of the tree, by name. A configuration without weights stands for itself."""
    graph = audit.graph
    unread = unread_by_path(audit)
    weights = sorted(path for path in {*graph.files, *unread} if _is_weights(path, graph, unread))
    families: dict[str, list[str]] = defaultdict(list)
    for path in weights:
        families[family(path)].append(path)
    metadata = _metadata_paths(graph, unread) - {*weights}
    beside: dict[str, list[str]] = defaultdict(list)
    alone: list[str] = []
    owners = _Folders(families)
    for path in sorted(metadata):
        names = owners.of(posixpath.dirname(path))
        for name in names:
            beside[name].append(path)
        if not names and any(graph.facts_in(path, kind) for kind in _TELLS):
            alone.append(path)
    found = [
        ModelFiles(name if len(paths) > 1 else paths[0], tuple(paths), tuple(beside[name]))
        for name, paths in families.items()
    ]
    found += [ModelFiles(path, (path,), ()) for path in alone]
    return sorted(found, key=lambda each: each.name)


def unread_by_path(audit: Audit) -> dict[str, list[Unread]]:
    """What was left out, by file."""
    found: dict[str, list[Unread]] = defaultdict(list)
    for unread in audit.not_audited:
        found[unread.span.path].append(unread)
    return found


def is_configuration(path: str, graph: SupplyGraph) -> bool:
    """Whether a file is told about by its settings alone."""
    return any(graph.facts_in(path, kind) for kind in _METADATA)


def is_unrecognised(path: str, graph: SupplyGraph) -> bool:
    """Whether a file has a model's name and nothing that any reader knows."""
    return not any(graph.facts_in(path, kind) for kind in (*_HOLDS, *_METADATA))


def _is_weights(path: str, graph: SupplyGraph, unread: dict[str, list[Unread]]) -> bool:
    if any(graph.facts_in(path, kind) for kind in _HOLDS):
        return True
    if not is_model(path, graph):
        return False
    if path not in graph.files:
        # Whether a directory or a file was passed over is told by the name alone.
        return not any(each.reason.startswith(LINK) for each in unread[path])
    if unread.get(path):
        return True
    if is_configuration(path, graph):
        return False
    if path.lower().endswith(_TOKENIZERS):
        return False
    stem = posixpath.splitext(path)[0]
    beside = graph.facts_in(stem + ".xml", ModelFile)
    return not any(model.format == "openvino" for model in beside)


def _metadata_paths(graph: SupplyGraph, unread: dict[str, list[Unread]]) -> set[str]:
    facts: Iterable[Fact] = (fact for kind in _METADATA for fact in graph.facts_of(kind))
    found = {fact.span.path for fact in facts}
    for path, several in unread.items():
        settings = any(each.reader.startswith(_METADATA_READER) for each in several)
        if settings or (any(each.whole for each in several) and _is_settings_name(path)):
            found.add(path)
    return found


def _is_settings_name(path: str) -> bool:
    """Whether loaders would act upon a file of this name, could it be read."""
    return any(reader.claims(path, _ANY_SETTINGS) for reader in READERS)


class _Folders:
    """Which models a folder's metadata is about: those in or below it, else those around it."""

    def __init__(self, families: dict[str, list[str]]) -> None:
        self._below: dict[str, set[str]] = defaultdict(set)
        for name, paths in families.items():
            for path in paths:
                folder = posixpath.dirname(path)
                while folder:
                    self._below[folder].add(name)
                    folder = posixpath.dirname(folder)
                self._below[""].add(name)

    def of(self, folder: str) -> list[str]:
        while folder and folder not in self._below:
            folder = posixpath.dirname(folder)
        return sorted(self._below.get(folder, ()))
