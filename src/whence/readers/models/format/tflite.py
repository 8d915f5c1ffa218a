"""TensorFlow Lite. Facts: the TFLite schema, version 3, and the FlatBuffers binary format.

Only the table of operators is read: a custom operator is code of whoever loads the model, a Flex
operator is one of TensorFlow's own, with all that it may do.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.models.format.graphdef import EFFECTS
from whence.readers.models.part import Found, Part, printable, read_up_to
from whence.vocabulary.fact.models import GraphOperation, ModelFile

_LIMIT = 256 * 1024 * 1024
_CUSTOM = 32
_MOST = 10_000
_WELL_KNOWN = frozenset(
    (
        "TFLite_Detection_PostProcess", "Convolution2DTransposeBias", "MaxPoolingWithArgmax2D",
        "MaxUnpooling2D", "edgetpu-custom-op", "AudioSpectrogram", "Mfcc", "NumericVerify",
        "TransformTensorBilinear", "TransformLandmarks", "Landmarks2TransformMatrix",
    )
)  # fmt: skip


class _Broken(Exception):
    pass


class _Table:
    """A table of a FlatBuffer: fields by number."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.vtable = at - _signed(data, at)
        self.size = _short(data, self.vtable)

    def field(self, number: int) -> int:
        """Where a field stands, 0 where it is absent."""
        slot = 4 + 2 * number
        if slot + 2 > self.size:
            return 0
        offset = _short(self.data, self.vtable + slot)
        return self.at + offset if offset else 0

    def follow(self, number: int) -> int:
        at = self.field(number)
        return at + _word(self.data, at) if at else 0

    def tables(self, number: int) -> Iterator[_Table]:
        start = self.follow(number)
        for index in range(min(_word(self.data, start), _MOST) if start else 0):
            at = start + 4 + 4 * index
            yield _Table(self.data, at + _word(self.data, at))

    def text(self, number: int) -> str:
        start = self.follow(number)
        if not start:
            return ""
        length = min(_word(self.data, start), 4096)
        return self.data[start + 4 : start + 4 + length].decode("utf-8", "replace")


def inspect(part: Part) -> Found:
    """The operators that are not TFLite's own."""
    covered = 1.0
    with part.stream() as stream:
        data = read_up_to(stream, _LIMIT + 1)
    if len(data) > _LIMIT:
        covered = 0.5
        yield part.unread("the model is larger than whence reads of a flat buffer")
    else:
        try:
            yield from _operators(part, data)
        except _Broken:
            covered = 0.5
            yield part.unread("the flat buffer refers beyond its end: an incomplete download?")
    yield ModelFile(part.span(), "tflite", False, part.size, covered=covered, member=part.member)


def _operators(part: Part, data: bytes) -> Found:
    root = _Table(data, _word(data, 0))
    told: set[str] = set()
    for code in root.tables(1):
        name = code.text(1)
        builtin = max(_at(data, code.field(0)), _word(data, at) if (at := code.field(3)) else 0)
        if builtin != _CUSTOM or not name or name in told or name in _WELL_KNOWN:
            continue
        told.add(name)
        own = name.removeprefix("Flex")
        effect = EFFECTS.get(own, "") if name.startswith("Flex") else "native"
        if own == "PrintV2" and b"file://" not in data:
            continue
        if effect:
            yield GraphOperation(part.span(), printable(name), "graph", effect)


def _at(data: bytes, at: int) -> int:
    return data[at] if 0 < at < len(data) else 0


def _word(data: bytes, at: int) -> int:
    if at < 0 or at + 4 > len(data):
        raise _Broken
    return int.from_bytes(data[at : at + 4], "little")


def _signed(data: bytes, at: int) -> int:
    if at < 0 or at + 4 > len(data):
        raise _Broken
    return int.from_bytes(data[at : at + 4], "little", signed=True)


def _short(data: bytes, at: int) -> int:
    if at < 0 or at + 2 > len(data):
        raise _Broken
    return int.from_bytes(data[at : at + 2], "little")
