"""Core ML models (`.mlmodel`). Facts: `Model.proto` and `NeuralNetwork.proto` of coremltools 8.

Custom models and custom layers name a class of the app that loads them.
"""

from __future__ import annotations

from whence.readers.models.format.protobuf import Broken, Field, Wire
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import GraphOperation, ModelFile

_NETWORKS = (303, 403, 500)
_CUSTOM_MODEL = 555
_CUSTOM_LAYER = 500
_DEEPEST = 8


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
        elif field.number in _NETWORKS:
            yield from _layers(part, wire, field)
        elif field.number in (200, 201, 202) and depth < _DEEPEST:
            for inner in wire.fields(field.start, field.end):
                if inner.number == 1 and inner.wire == 2:
                    yield from _model(part, wire, inner, depth + 1)


def _layers(part: Part, wire: Wire, network: Field) -> Found:
    for layer in wire.fields(network.start, network.end):
        if layer.number != 1 or layer.wire != 2:
            continue
        for field in wire.fields(layer.start, layer.end):
            if field.number == _CUSTOM_LAYER and field.wire == 2:
                name = "".join(wire.texts(field.start, field.end, 10)[:1])
                yield GraphOperation(part.span(), printable(name), "custom layer", "native")
