"""Functions by which a package offers its users to load what others made.

Nothing in a library says who calls it. But what it is called with shows in its own words: a
`load` beside a `save`, a converter of checkpoints, a decoder of what came over a connection are
there because files and messages travel. A cache, a session or a worker's state is not.
"""

from __future__ import annotations

import re

from whence.rules.data.sources.programs import is_showcase, is_test
from whence.vocabulary.fact.code import Deserialization, Origin, OriginKind
from whence.vocabulary.fact.dependencies import PackageLicence, PackageManifest
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.graph import SupplyGraph

_GIVEN = re.compile(r"(?:parameter|field) (\S+) of (\S+)")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LOADS = frozenset({"load", "from", "read", "restore", "import", "open", "convert", "get", "fetch"})
_UNPACKS = frozenset({"deserialize", "deserialise", "decode", "loads", "unmarshal", "unpickle"})
_SENT = frozenset(
    {"response", "message", "msg", "payload", "proto", "packet", "serialized", "reply", "envelope",
     "request", "event"}
)  # fmt: skip
_SHARED = frozenset(
    {"model", "models", "pretrained", "checkpoint", "ckpt", "weights", "hub", "index", "embedding",
     "embeddings", "vocab", "vectorizer", "tokenizer", "pipeline", "artifact", "artefact", "bundle",
     "zoo", "adapter", "lora", "learner", "estimator", "classifier", "archive", "package", "url",
     "uri", "document", "dataset", "corpus", "generator", "policy", "agent"}
)  # fmt: skip
_OWN = frozenset(
    {"cache", "cached", "tmp", "temp", "temporary", "session", "worker", "rank", "shm", "memmap",
     "history", "lock", "pool", "queue", "subprocess", "test", "debug", "profile", "log"}
)  # fmt: skip
_SAVES = ("save", "dump", "export", "write", "to_", "persist", "serialize", "store")


def offered(use: Deserialization, origin: Origin, graph: SupplyGraph) -> str:
    """Why callers of a library are taken to load what others made; empty where nothing says so.

    What decides may be a parameter of the function that loads, or of one that calls it; either may
    be what the package offers.
    """
    path = use.span.path
    entry = _entry(use, origin)
    if not entry or is_test(path) or _is_beside(path) or not _is_library(graph):
        return ""
    folder = path.rpartition("/")[0]
    words = _words(path) + [word for _, function in entry for word in _words(function)]
    if f"{folder}/__init__.py" not in graph.files or not _OWN.isdisjoint(words):
        return ""
    found = (_offer(use, argument, function, graph) for argument, function in entry)
    return next((each for each in found if each), "")


def _offer(use: Deserialization, argument: str, function: str, graph: SupplyGraph) -> str:
    if any(_is_private(part) for part in (*function.split("."), *argument.split("."))):
        return ""
    words = _words(function) + _words(argument)
    if not _OWN.isdisjoint(words):
        return ""
    action = _words(function.rpartition(".")[2])
    if not _UNPACKS.isdisjoint(action) or not _SENT.isdisjoint(_words(argument)):
        return "the package offers it to its users for what came from elsewhere"
    made_of = _words(argument) if action == ["init"] else words
    if action and action[0] in _LOADS | {"init"} and not _SHARED.isdisjoint(made_of):
        return "the package offers it to its users for files that people share"
    if action and action[0] in _LOADS and _saves_too(use, function, graph):
        return "the package offers it to its users for files that it writes for others to load"
    return ""


def _entry(use: Deserialization, origin: Origin) -> list[tuple[str, str]]:
    """The parameters that may decide with their functions; the function around, which is called so."""
    around = [("", use.function)] if use.function != "<module>" else []
    given = _GIVEN.fullmatch(origin.detail) if origin.kind is OriginKind.UNKNOWN else None
    if given is not None:
        return [(given[1], given[2]), *around]
    unnamed = origin.kind in (OriginKind.UNKNOWN, OriginKind.FILE)
    return around if unnamed and not origin.detail.strip("?/. ") else []


def _is_beside(path: str) -> bool:
    """Whether a file stands among examples beside the package; folders inside it only have such names."""
    return is_showcase(path.partition("/")[0] + "/")


def _is_library(graph: SupplyGraph) -> bool:
    """Whether others install the project: its metadata say so, or it is an unpacked release."""
    if any(manifest.library for manifest in graph.facts_of(PackageManifest)):
        return True
    return any(
        found.own or (found.span.path.count("/") == 1 and ".dist-info/" in found.span.path)
        for found in graph.facts_of(PackageLicence)
    )


def _is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _saves_too(use: Deserialization, function: str, graph: SupplyGraph) -> bool:
    """Whether the class, or else the module, writes what the function loads."""
    owner = function.rpartition(".")[0]
    for module in graph.facts_in(use.span.path, PythonModule):
        for each in module.functions:
            head, _, name = each.name.rpartition(".")
            if head == owner and name.startswith(_SAVES):
                return True
    return False
