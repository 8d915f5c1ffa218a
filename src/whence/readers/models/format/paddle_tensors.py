"""PaddlePaddle's combined parameters (`.pdiparams`): tensors one after the other, nothing else.

Facts: `SerializeToStream` of Paddle's dense tensors: version, levels of detail, version again, the
length of a `TensorDesc`, the description, the numbers.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from whence.readers.models.format.protobuf import Broken, Wire
from whence.readers.models.part import Found, Part
from whence.vocabulary.fact.models import ModelFile

# By the number of the type in `framework.proto`.
_WIDTHS = {
    0: 1, 1: 2, 2: 4, 3: 8, 4: 2, 5: 4, 6: 8, 20: 1, 21: 1, 22: 2, 23: 8, 24: 16, 32: 1, 33: 1,
}  # fmt: skip
_MOST = 1_000_000
_LONGEST = 4096
_LARGEST = 1 << 50


def matches(head: bytes) -> bool:
    """Versions 0, no levels of detail, and a description that begins with the element's type."""
    described = 4 <= int.from_bytes(head[16:20], "little") < 256
    return described and not any(head[:16]) and head[20:21] == b"\x08"


def inspect(part: Part) -> Found:
    """Whether every tensor is there and nothing stands behind them."""
    stream = part.random()
    at = count = 0
    fault = ""
    while at < part.size and not fault:
        stream.seek(at)
        try:
            at = _end_of_tensor(stream)
        except (Broken, EOFError) as error:
            fault = f"the tensor at byte {at} cannot be followed: {error or 'it is cut short'}"
            break
        count += 1
        if at > part.size:
            fault = f"{at - part.size} bytes are missing: an incomplete download?"
        elif count > _MOST:
            fault = "more tensors than whence looks at"
    if fault:
        yield part.unread(fault)
    yield ModelFile(
        part.span(), "paddle-tensors", False, part.size, covered=0.5 if fault else 1.0,
        member=part.member,
    )  # fmt: skip


def _end_of_tensor(stream: BinaryIO) -> int:
    """Raises EOFError and Broken."""
    levels = _number(stream, 4, 8)
    if levels > _MOST:
        raise Broken("it has too many levels")
    for _ in range(levels):
        stream.seek(_number(stream, 0, 8), io.SEEK_CUR)
    length = _number(stream, 4, 4)
    if length > _LONGEST:
        raise Broken("its description is too long")
    description = stream.read(length)
    start = stream.tell()
    if len(description) < length:
        raise EOFError
    wire = Wire(io.BytesIO(description), length)
    fields = list(wire.fields(0, length))
    size = next((_WIDTHS.get(field.value, 0) for field in fields if field.number == 1), 0)
    if not size:
        raise Broken("its elements are of an unknown type")
    for field in fields:
        if field.number == 2 and field.wire == 0:
            size *= field.value
        if size > _LARGEST:
            raise Broken("it is larger than any memory")
    return start + size


def _number(stream: BinaryIO, skipped: int, width: int) -> int:
    data = stream.read(skipped + width)
    if len(data) < skipped + width:
        raise EOFError
    value = int.from_bytes(data[skipped:], "little")
    if value > _LARGEST:
        raise Broken("a length that no file has")
    return value
