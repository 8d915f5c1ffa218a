"""ONNX models. Facts: `onnx.proto` of ONNX 1.17 and its page on external data.

A graph is data, but three things in it reach out: operators of a domain that only a library of the
publisher implements, files named as external data, and Python operators of the PyTorch bridge.
"""

from __future__ import annotations

import re

from whence.readers.models.format.protobuf import Broken, Field, Wire
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import ExternalData, FormatAnomaly, GraphOperation, ModelFile

_STANDARD = frozenset(
    (
        "", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training",
        "ai.onnx.preview", "com.microsoft", "com.microsoft.nchwc", "com.microsoft.experimental",
        "com.ms.internal.nhwc", "com.microsoft.dml", "org.pytorch.aten", "pkg.onnxscript.torch_lib",
        "pkg.onnxscript.torch_lib.common", "pkg.torch", "com.microsoft.mlfeaturizers",
    )
)  # fmt: skip
_EXTENSIONS = frozenset(("ai.onnx.contrib", "com.microsoft.extensions"))
_PYTHON = frozenset(("PyOp", "PyCustomOp", "PythonOp", "PythonOpGrad", "TorchScript"))
_DEEPEST = 40
_SETS_SINCE = 3
_MOST = 200
_FIELDS = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26))
_LEAVES = re.compile(r"(?:^|[\\/])\.\.(?:[\\/]|$)")


def matches(part: Part, wire: Wire) -> bool:
    """Whether the top fields are those of a model: a version first, a graph, operator sets."""
    try:
        seen: dict[int, Field] = {}
        for field in wire.fields(0, part.size):
            if field.number not in _FIELDS or (field.number in (1, 5)) != (field.wire == 0):
                return False
            seen[field.number] = field
        graph = seen.get(7)
        return 1 in seen and 0 < seen[1].value < 100 and graph is not None
    except Broken:
        return False


def inspect(part: Part) -> Found:
    """What the graph, its subgraphs and its functions reach for."""
    reading = _Reading(part)
    covered = 1.0
    try:
        yield from reading.model()
    except Broken as error:
        covered = 0.5
        yield part.unread(f"the model breaks off: {error}")
    yield ModelFile(part.span(), "onnx", False, part.size, covered=covered, member=part.member)


class _Reading:
    def __init__(self, part: Part) -> None:
        self.part = part
        self.wire = Wire(part.random(), part.size)
        self.told: set[tuple[str, ...]] = set()
        self.local: set[str] = set()

    def model(self) -> Found:
        fields = list(self.wire.fields(0, self.part.size))
        functions = [field for field in fields if field.number == 25 and field.wire == 2]
        for field in functions:
            names = self.wire.texts(field.start, field.end, 10)
            self.local.update(names)
        for field in fields:
            if field.number == 7:
                yield from self.graph(field, "graph", 0)
            elif field.number == 20 and field.wire == 2:
                for inner in self.wire.fields(field.start, field.end):
                    if inner.number in (1, 2) and inner.wire == 2:
                        yield from self.graph(inner, "training", 0)
        for field in functions:
            name = "".join(self.wire.texts(field.start, field.end, 1)[:1])
            yield from self.graph(field, f"function {printable(name)}", 0, nodes=7)
        version = max((field.value for field in fields if field.number == 1), default=0)
        if version >= _SETS_SINCE and all(field.number != 8 for field in fields):
            raise Broken("the operator sets, which stand behind the graph, are missing")

    def graph(self, message: Field, scope: str, depth: int, nodes: int = 1) -> Found:
        if depth > _DEEPEST:
            yield self.part.unread("graphs are nested too deep")
            return
        for field in self.wire.fields(message.start, message.end):
            if field.wire != 2:
                continue
            if field.number == nodes:
                yield from self.node(field, scope, depth)
            elif field.number == 5 and nodes == 1:
                yield from self.tensor(field)
            elif field.number == 15 and nodes == 1:
                for inner in self.wire.fields(field.start, field.end):
                    if inner.number in (1, 2) and inner.wire == 2:
                        yield from self.tensor(inner)

    def node(self, message: Field, scope: str, depth: int) -> Found:
        operator = domain = ""
        for field in self.wire.fields(message.start, message.end):
            if field.number == 4:
                operator = self.wire.text(field)
            elif field.number == 7:
                domain = self.wire.text(field)
            elif field.number == 5 and field.wire == 2:
                yield from self.attribute(field, scope, depth)
        yield from self.operator(operator, domain, scope)

    def operator(self, operator: str, domain: str, scope: str) -> Found:
        shown = printable(f"{domain}::{operator}" if domain else operator)
        effect = ""
        if operator in _PYTHON:
            effect = "python"
        elif domain in _EXTENSIONS or (domain not in _STANDARD and domain not in self.local):
            effect = "native"
        if effect and (shown, effect) not in self.told and len(self.told) < _MOST:
            self.told.add((shown, effect))
            yield GraphOperation(self.part.span(), shown, scope, effect)

    def attribute(self, message: Field, scope: str, depth: int) -> Found:
        for field in self.wire.fields(message.start, message.end):
            if field.wire != 2:
                continue
            if field.number in (6, 11):
                yield from self.graph(field, f"{scope} > subgraph", depth + 1)
            elif field.number in (5, 10):
                yield from self.tensor(field)

    def tensor(self, message: Field) -> Found:
        for field in self.wire.fields(message.start, message.end):
            if field.number != 13 or field.wire != 2:
                continue
            key, value = "", ""
            for inner in self.wire.fields(field.start, field.end):
                if inner.number == 1:
                    key = self.wire.text(inner)
                elif inner.number == 2:
                    value = self.wire.text(inner)
            if key == "location":
                yield from self.location(value)
            elif key in ("offset", "length") and value[:1] == "-":
                yield FormatAnomaly(
                    self.part.span(), "onnx", "a negative offset", f"{key} {value[:40]}", True
                )

    def location(self, location: str) -> Found:
        if ("location", location) in self.told or len(self.told) > _MOST:
            return
        self.told.add(("location", location))
        yield ExternalData(self.part.span(), printable(location), leaves_folder(location))


def leaves_folder(location: str) -> str:
    """How a location leaves the folder of the model that names it; empty where it does not."""
    if "://" in location:
        return "URL"
    if location.startswith(("/", "\\", "~")) or location[1:3] in (":\\", ":/"):
        return "absolute path"
    return "parent directory" if _LEAVES.search(location) else ""
