"""Which rule speaks of what a load trusts: one of the loader, and one of the bytes.

Whether the bytes can be code is settled by another loader or format. Whether anybody checked them
is settled by a digest, and asked once, by the narrowest of three rules: what a run resumes from,
what a server answers with, what was fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from whence.rules.data.pipeline.provenance import is_here, only_tests, open_origins
from whence.rules.data.sources.programs import is_showcase, is_test, programs_of
from whence.rules.models.training.training_code import training_reach
from whence.vocabulary.fact.code import (
    Deserialization,
    Exposure,
    Origin,
    OriginKind,
    RouteHandler,
    ServerStart,
)
from whence.vocabulary.graph import SupplyGraph, asked_once

_CODE_CHECKED = ("digest", "signature", "allow-list", "heads", "opt-in")
_CHECKED = ("digest", "signature")
_FOUND = frozenset(
    {
        OriginKind.FILE_NAME,
        OriginKind.SHARED_PATH,
        OriginKind.STORE,
        OriginKind.CHECKPOINT,
    }
)
# Files that another branch of the same code reads: no unpickler opens them.
_PICKLED = (".pt", ".pth", ".bin", ".ckpt", ".pkl")
_DATA_ONLY = (".safetensors", ".gguf", ".onnx")
# A hub's files are what their revision names: `unpinned-model-revision` asks for it.
_NO_MODELS = frozenset(
    {OriginKind.HUB, OriginKind.DATA_ROW, OriginKind.MODEL_OUTPUT, OriginKind.MEMBER_NAME}
)
_CHECKPOINT = re.compile(
    r"(?i)ckpt|checkpoint|resume|restore|latest|last|snapshot|epoch|step[-_*]|load_state"
)
_RESUMED = frozenset(
    {"torch", "pickle", "joblib", "keras", "numpy", "torchscript", "dill", "cloudpickle"}
)
_DATA_SET = re.compile(
    r"(?i)data_?sets?|cifar|mnist|imagenet|corpus|(?:^|_)(?:batch|rows|samples|annotations|labels|features)(?:_|$)"
)
_MODEL = re.compile(r"(?i)model|weight|checkpoint|ckpt|encoder|classifier|estimator|pipeline")
_CONFIGURATION = frozenset(
    {"yaml", "yaml-safe", "yaml-full", "yaml-unsafe", "ruamel", "jsonpickle"}
)
_MODELS = frozenset(
    {
        "torch", "torchscript", "joblib", "pickle", "cloudpickle", "dill", "keras", "safetensors",
        "onnx", "skops", "fastai", "gensim", "plain",
    }
)  # fmt: skip


_OF_ANYTHING = frozenset({"pickle", "joblib", "cloudpickle", "dill", "plain"})


class Question(Enum):
    """What a load is asked."""

    CODE = "what can run"
    RESUMED = "what a run goes on from"
    SERVED = "what a server answers with"
    FETCHED = "what was fetched"


def raised(question: Question, use: Deserialization, graph: SupplyGraph) -> list[Origin]:
    """The origins of a load that raise this question, and no narrower one that a digest settles."""
    if question is Question.CODE:
        return _unpickled(use, graph)
    if any(origin.exposure is Exposure.ANYONE for origin in open_origins(use, *_CHECKED)):
        return []
    for narrower, origins_of in _CHECKED_BY_DIGEST.items():
        found = origins_of(use, graph)
        if found:
            return found if narrower is question else []
    return []


def speaks_of(path: str, function: str, graph: SupplyGraph) -> bool:
    """Whether a load of a model in a function is reported, so that its fetch is that finding's."""
    return any(
        use.function == function and use.format in _MODELS and any(_questions(use, graph))
        for use in graph.facts_in(path, Deserialization)
    )


def _questions(use: Deserialization, graph: SupplyGraph) -> Iterator[list[Origin]]:
    for question in Question:
        yield raised(question, use, graph)


def _resumed(use: Deserialization, graph: SupplyGraph) -> list[Origin]:
    path = use.span.path
    if use.format not in _RESUMED or is_test(path) or is_showcase(path):
        return []
    text = f"{use.artefact} {use.function} " + " ".join(origin.detail for origin in use.origins)
    exported = "export" in use.reached_from and "training" not in use.reached_from
    if exported or not _CHECKPOINT.search(text) or path not in training_reach(graph):
        return []
    return [origin for origin in open_origins(use, *_CHECKED) if origin.kind in _FOUND]


def _served(use: Deserialization, graph: SupplyGraph) -> list[Origin]:
    if use.format in _CONFIGURATION or only_tests(use):
        return []
    return [
        origin
        for origin in open_origins(use, *_CHECKED)
        if origin.exposure in (Exposure.INSIDER, Exposure.OUTSIDER)
        and origin.kind not in _NO_MODELS
        and _serves(use, origin, graph)
    ]


def _serves(use: Deserialization, origin: Origin, graph: SupplyGraph) -> bool:
    """Whether a server's code gets there: by calls, or because it stands in the same file.

    What a server calls may be a decoder that others call too, with what they fetched elsewhere.
    """
    path = use.span.path
    if "server" in use.reached_from and origin.span.path == path:
        return True
    started = bool(graph.facts_in(path, ServerStart)) or bool(graph.facts_in(path, RouteHandler))
    if not started and "request" not in use.reached_from:
        return False
    served = _serving_reach(graph)
    return origin.span.path == path or not served or origin.span.path in served


@asked_once
def _serving_reach(graph: SupplyGraph) -> frozenset[str]:
    """The files that servers of the project start from, and all that these import."""
    programs = programs_of(graph)
    handled = [*graph.facts_of(ServerStart), *graph.facts_of(RouteHandler)]
    paths = sorted({fact.span.path for fact in handled if not is_test(fact.span.path)})
    starts = [programs.by_path[path] for path in paths if path in programs.by_path]
    return frozenset(programs.reach(starts))


def _unpickled(use: Deserialization, graph: SupplyGraph) -> list[Origin]:
    """The origins that decide over code; none where callers do, which is a finding of its own."""
    if use.safe or only_tests(use):
        return []
    found = [
        origin
        for origin in open_origins(use, *_CODE_CHECKED)
        if not origin.detail.lower().endswith(_DATA_ONLY)
    ]
    if any(origin.exposure is Exposure.ANYONE for origin in found):
        return []
    return [origin for origin in found if origin.exposure > Exposure.NOBODY]


def _fetched(use: Deserialization, graph: SupplyGraph) -> list[Origin]:
    if use.format not in _MODELS or only_tests(use) or use.arguments.get("check_hash") == "True":
        return []
    if use.format in _OF_ANYTHING and _is_data(use):
        return []
    return [
        origin
        for origin in open_origins(use, *_CHECKED)
        if origin.kind in (OriginKind.NETWORK, OriginKind.STORE)
        and not is_here(origin)
        and not (use.format == "safetensors" and origin.detail.lower().endswith(_PICKLED))
    ]


def _is_data(use: Deserialization) -> bool:
    """Whether what is loaded is rows to learn from, by the names around it."""
    words = f"{use.function} {use.artefact}"
    return _DATA_SET.search(words) is not None and _MODEL.search(words) is None


_CHECKED_BY_DIGEST = {
    Question.RESUMED: _resumed,
    Question.SERVED: _served,
    Question.FETCHED: _fetched,
}
