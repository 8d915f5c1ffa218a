"""LZ4 frames, as joblib writes them. Facts: the LZ4 frame and block format descriptions, 1.6."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

_MAGIC = b"\x04\x22\x4d\x18"
_HISTORY = 64 * 1024
_LARGEST = {4: 64 * 1024, 5: 256 * 1024, 6: 1024 * 1024, 7: 4 * 1024 * 1024}


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The decompressed blocks of all frames. Raises ValueError or EOFError where they are broken."""
    while (magic := stream.read(4)) == _MAGIC:
        flags, sizes = _exactly(stream, 2)
        if flags >> 6 != 1:
            raise ValueError("unknown version of LZ4")
        stream.read((8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1)
        largest = _LARGEST.get(sizes >> 4 & 7, 0)
        yield from _blocks(stream, largest, linked=not flags & 32, summed=bool(flags & 16))
        if flags & 4:
            stream.read(4)
    if magic and not magic.startswith(_MAGIC[:1]):
        raise ValueError("data behind the last LZ4 frame")


def _blocks(stream: BinaryIO, largest: int, *, linked: bool, summed: bool) -> Iterator[bytes]:
    history = b""
    while True:
        size = int.from_bytes(_exactly(stream, 4), "little")
        if size == 0:
            return
        stored, size = bool(size & 0x80000000), size & 0x7FFFFFFF
        if size > largest:
            raise ValueError("an LZ4 block is larger than its frame allows")
        data = _exactly(stream, size)
        if summed:
            stream.read(4)
        block = data if stored else _block(data, history, largest)
        if block:
            yield block
        history = (history + block)[-_HISTORY:] if linked else b""


def _block(data: bytes, history: bytes, largest: int) -> bytes:
    out = bytearray(history)
    limit = len(history) + largest
    at, end = 0, len(data)
    while at < end:
        token = data[at]
        count, at = _length(data, at + 1, token >> 4)
        out += data[at : at + count]
        at += count
        if at >= end:
            break
        distance = data[at] | data[at + 1] << 8 if at + 1 < end else 0
        count, at = _length(data, at + 2, token & 15)
        count += 4
        if not 0 < distance <= len(out) or len(out) + count > limit:
            raise ValueError("an LZ4 match points outside its block")
        _copy(out, distance, count)
    return bytes(out[len(history) :])


def _length(data: bytes, at: int, count: int) -> tuple[int, int]:
    if count == 15:
        while at < len(data):
            more = data[at]
            at += 1
            count += more
            if more != 255:
                break
    return count, at


def _copy(out: bytearray, distance: int, count: int) -> None:
    start = len(out) - distance
    if distance >= count:
        out += out[start : start + count]
        return
    pattern = bytes(out[start:])
    out += (pattern * (count // distance + 1))[:count]


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError("the data end early")
    return data
