"""TensorFlow Lite. Facts: the TFLite schema, version 3, and the FlatBuffers binary format.

Only the table of operators is read: a custom operator is code of whoever loads the model, a Flex
operator is one of TensorFlow's own, with all that it may do.
"""

from __future__ import annotations

from whence.readers.models.archive.zip_directory import find
from whence.readers.models.format.flatbuffer import Broken, Content, Table, root
from whence.readers.models.format.graphdef import EFFECTS
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import GraphOperation, ModelFile

_CUSTOM = 32
_WELL_KNOWN = frozenset(
    (
        "TFLite_Detection_PostProcess", "Convolution2DTransposeBias", "MaxPoolingWithArgmax2D",
        "MaxUnpooling2D", "edgetpu-custom-op", "AudioSpectrogram", "Mfcc", "NumericVerify",
        "TransformTensorBilinear", "TransformLandmarks", "Landmarks2TransformMatrix",
    )
)  # fmt: skip


def inspect(part: Part) -> Found:
    """The operators that are not TFLite's own."""
    covered = 1.0
    try:
        model = root(Content(part.random(), part.size))
        yield from _operators(part, model)
        _follow_buffers(model, part.size)
    except Broken:
        covered = 0.5
        yield part.unread("the flat buffer refers beyond its end: an incomplete download?")
    yield ModelFile(part.span(), "tflite", False, part.size, covered=covered, member=part.member)


def _follow_buffers(model: Table, size: int) -> None:
    """Raises Broken where a part of the graph or of its weights is not there."""
    for graph in model.tables(2):
        for tensor in graph.tables(0):
            tensor.vector(3)
        for operator in graph.tables(3):
            operator.vector(1)
    for buffer in model.tables(4):
        _, end = buffer.vector(0)
        if max(end, buffer.value(1, 8) + buffer.value(2, 8)) > size:
            raise Broken


def _operators(part: Part, model: Table) -> Found:
    told: set[str] = set()
    for code in model.tables(1):
        name = code.text(1)
        builtin = max(code.value(0, 1), code.value(3, 4))
        if builtin != _CUSTOM or not name or name in told or name in _WELL_KNOWN:
            continue
        told.add(name)
        own = name.removeprefix("Flex")
        effect = EFFECTS.get(own, "") if name.startswith("Flex") else "native"
        if own == "PrintV2" and not _names_a_file(part):
            continue
        if effect:
            yield GraphOperation(part.span(), printable(name), "graph", effect)


def _names_a_file(part: Part) -> bool:
    return find(part.random(), b"file://", 0, part.size) >= 0
