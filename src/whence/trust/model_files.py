"""Which files make up one model, and which files beside it its loaders act upon."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from whence.readers.models.configuration import READERS
from whence.rules.data.recorded_digests import is_model
from whence.rules.models.model_loads import family
from whence.trust.companions import companions
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
# What the reader of contents calls itself: it met something that may hold a model.
_CONTENT = "models"
_ANY_SETTINGS = b'{"weight_map"'
# SentencePiece vocabularies carry this name more often than models do.
_TOKENIZERS = (".model",)
_DEEPEST_BELOW = 4
_PART = re.compile(
    r"\d+_[A-Za-z]\w*|additional_chat_templates|custom_generate|tokenizer(?:_\d)?|processor"
    r"|feature_extractor|image_processor|scheduler|text_encoder(?:_\d)?|safety_checker"
)


class ModelFiles(msgspec.Struct, frozen=True):
    """The files of one model, sorted, and the metadata that counts for it.

    `plain` are those of its files that nothing but the model gives a meaning.
    """

    name: str
    paths: tuple[str, ...]
    metadata: tuple[str, ...]
    plain: frozenset[str] = frozenset()


def model_files(audit: Audit) -> list[ModelFiles]:
    """Every model of the tree, by name. A configuration without weights stands for itself."""
    graph = audit.graph
    unread = unread_by_path(audit)
    weights = sorted(path for path in {*graph.files, *unread} if _is_weights(path, graph, unread))
    families: dict[str, list[str]] = defaultdict(list)
    owned = companions(graph)
    for path in [*weights, *(owned.keys() - {*weights})]:
        families[family(owned.get(path, path))].append(path)
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
        ModelFiles(
            name if len(paths) > 1 else paths[0],
            tuple(sorted(paths)),
            tuple(beside[name]),
            frozenset(owned.keys() & {*paths}),
        )
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
    if any(each.reader == _CONTENT for each in unread.get(path, ())):
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
    return not path.lower().endswith(_TOKENIZERS)


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
    """Which models a folder's metadata is about: those in it or a little below it.

    A folder without weights speaks for those directly around it; one that is a part of a model,
    such as `1_Pooling` or `tokenizer`, for the whole of it. Any other speaks for itself alone.
    """

    def __init__(self, families: dict[str, list[str]]) -> None:
        self._below: dict[str, set[str]] = defaultdict(set)
        self._in: dict[str, set[str]] = defaultdict(set)
        for name, paths in families.items():
            for path in paths:
                folder = posixpath.dirname(path)
                self._in[folder].add(name)
                for _ in range(_DEEPEST_BELOW):
                    self._below[folder].add(name)
                    if not folder:
                        break
                    folder = posixpath.dirname(folder)

    def of(self, folder: str) -> list[str]:
        if folder in self._below:
            return sorted(self._below[folder])
        around = posixpath.dirname(folder)
        is_part = _PART.fullmatch(posixpath.basename(folder)) is not None
        return sorted((self._below if is_part else self._in).get(around, ()))
