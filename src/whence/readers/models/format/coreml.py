"""Core ML models (`.mlmodel`). Facts: `Model.proto`, `NeuralNetwork.proto`, `MIL.proto` of coremltools 9.

Custom models and custom layers name a class of the app that loads them; a program's constants may
stand in files that it names.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.models.format.onnx import leaves_folder
from whence.readers.models.format.protobuf import Broken, Field, Wire
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import ExternalData, GraphOperation, ModelFile

_NETWORKS = (303, 403, 500)
_CUSTOM_MODEL = 555
_CUSTOM_LAYER = 500
_PROGRAM = 502
_DEEPEST = 8
Paths = dict[int, "Paths | str"]
_VALUE: Paths = {5: {1: "file"}}
_NAMED_VALUE: Paths = {2: _VALUE}
_ARGUMENT: Paths = {1: {2: _VALUE}}
_BLOCK: Paths = {4: _NAMED_VALUE}
_BLOCK[3] = {2: {2: _ARGUMENT}, 4: _BLOCK, 5: _NAMED_VALUE}
_PATHS: Paths = {2: {2: {3: {2: _BLOCK}, 4: _NAMED_VALUE}}, 4: _NAMED_VALUE}


def matches(part: Part, wire: Wire) -> bool:
    """A small version, a description, and one of the model types from 200 on."""
    try:
        numbers: set[int] = set()
        for field in wire.fields(0, part.size):
            if field.number == 1 and (field.wire != 0 or field.value > 100):
                return False
            if field.number not in (1, 2, 10) and field.number < 200:
                return False
            numbers.add(field.number)
        return {1, 2} <= numbers and max(numbers) >= 200
    except Broken:
        return False


def inspect(part: Part) -> Found:
    """Classes that the loading app must bring along."""
    wire = Wire(part.random(), part.size)
    covered = 1.0
    try:
        yield from _model(part, wire, Field(0, 2, 0, 0, part.size), 0)
    except Broken as error:
        covered = 0.5
        yield part.unread(f"the model breaks off: {error}")
    yield ModelFile(part.span(), "coreml", False, part.size, covered=covered, member=part.member)


def _model(part: Part, wire: Wire, message: Field, depth: int) -> Found:
    for field in wire.fields(message.start, message.end):
        if field.wire != 2:
            continue
        if field.number == _CUSTOM_MODEL:
            name = "".join(wire.texts(field.start, field.end, 10)[:1])
            yield GraphOperation(part.span(), printable(name), "custom model", "native")
        elif field.number == _PROGRAM:
            for location in sorted(set(_files(wire, field, _PATHS))):
                inside = location.removeprefix("@model_path/")
                yield ExternalData(part.span(), printable(location), leaves_folder(inside))
        elif field.number in _NETWORKS:
            yield from _layers(part, wire, field)
        elif field.number in (200, 201, 202) and depth < _DEEPEST:
            for inner in wire.fields(field.start, field.end):
                if inner.number == 1 and inner.wire == 2:
                    yield from _model(part, wire, inner, depth + 1)


def _files(wire: Wire, message: Field, paths: Paths, depth: int = 0) -> Iterator[str]:
    """The names of files in a program, by the numbers of the fields that lead to one."""
    for field in wire.fields(message.start, message.end):
        below = paths.get(field.number)
        if field.wire != 2 or below is None or depth > _DEEPEST * 16:
            continue
        if isinstance(below, str):
            yield wire.text(field)
        else:
            yield from _files(wire, field, below, depth + 1)


def _layers(part: Part, wire: Wire, network: Field) -> Found:
    for layer in wire.fields(network.start, network.end):
        if layer.number != 1 or layer.wire != 2:
            continue
        for field in wire.fields(layer.start, layer.end):
            if field.number == _CUSTOM_LAYER and field.wire == 2:
                name = "".join(wire.texts(field.start, field.end, 10)[:1])
                yield GraphOperation(part.span(), printable(name), "custom layer", "native")
