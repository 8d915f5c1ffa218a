"""Files that hold nothing but a model's numbers and that only the model itself gives a meaning."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.vocabulary.fact.models import ExternalData, ModelFile
from whence.vocabulary.graph import SupplyGraph

_SAVED_MODEL = ("saved_model.pb", "saved_model.pbtxt")
_BESIDE_SAVED_MODEL = ("fingerprint.pb", "keras_metadata.pb")
_WEIGHTS_OF = {"openvino": ".bin", "paddle": ".pdiparams", "paddle-json": ".pdiparams"}


def companions(graph: SupplyGraph) -> dict[str, str]:
    """The model that each such file belongs to, by the file's path."""
    found: dict[str, str] = {}
    for model in graph.facts_of(ModelFile):
        path = model.span.path
        if not model.member:
            for companion in _of(path, model.format, graph):
                if companion in graph.files and companion != path:
                    found.setdefault(companion, path)
    for data in graph.facts_of(ExternalData):
        path = located(data)
        if path in graph.files and _is_graph(data.span.path, graph):
            found.setdefault(path, data.span.path)
    return found


def located(data: ExternalData) -> str:
    """Where external data would lie in the tree; empty where they leave the model's folder."""
    if data.escapes:
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(data.span.path), data.location))


def missing(path: str, graph: SupplyGraph) -> Iterator[ExternalData]:
    """What a graph keeps in a file that is not in the tree."""
    if not _is_graph(path, graph):
        return
    for data in graph.facts_in(path, ExternalData):
        if not data.escapes and located(data) not in graph.files:
            yield data


def _is_graph(path: str, graph: SupplyGraph) -> bool:
    return any(model.format == "onnx" for model in graph.facts_in(path, ModelFile))


def _of(path: str, form: str, graph: SupplyGraph) -> Iterator[str]:
    folder, name = posixpath.split(path)
    if form in _WEIGHTS_OF:
        yield posixpath.splitext(path)[0] + _WEIGHTS_OF[form]
    if name in _SAVED_MODEL:
        yield from (posixpath.join(folder, beside) for beside in _BESIDE_SAVED_MODEL)
    if form == "coreml":
        yield posixpath.join(folder, "weights", "weight.bin")
