"""Compressed streams: gzip, zlib, bzip2, xz, lzma and LZ4, expanded a piece at a time.

Check sums at the end are not enforced: a loader runs what it has read before it gets there.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, Protocol

from whence.readers.models.archive import lz4
from whence.readers.models.part import Budget, Found, Inspect, Part

_PIECE = 64 * 1024
_ADLER = 4


class Decompressor(Protocol):
    """What the standard library's decompressors have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


class Expanded(io.RawIOBase):
    """A forward-only stream of decompressed bytes.

    Ends early, with the reason in `damage`, where the data are broken or the budget is spent.
    """

    def __init__(
        self, source: BinaryIO, pieces: Callable[[BinaryIO], Iterator[bytes]], budget: Budget
    ) -> None:
        self._source, self._pieces, self._budget = source, pieces(source), budget
        self._rest = memoryview(b"")
        self.damage = ""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._source.close()
        super().close()

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        while not self._rest:
            if self._budget.bytes_left <= 0:
                self.damage = "expands beyond what whence reads of one file"
                return 0
            try:
                self._rest = memoryview(next(self._pieces, b""))
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
                self.damage = f"compressed data are broken: {error}"
                return 0
            if not self._rest:
                return 0
            self._budget.bytes_left -= len(self._rest)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def deflated(stream: BinaryIO) -> Generator[bytes, None, bytes]:
    """The pieces of one raw deflate stream; returns what was read of the bytes behind it."""
    machine = zlib.decompressobj(-15)
    data = stream.read(_PIECE)
    while data and not machine.eof:
        piece = machine.decompress(data, _PIECE)
        if piece:
            yield piece
        data = machine.unconsumed_tail or stream.read(_PIECE)
    if not machine.eof:
        yield from _rest_of(machine)
        raise EOFError("the data end early")
    return machine.unused_data


def _rest_of(machine: zlib._Decompress) -> Iterator[bytes]:
    rest = machine.flush()
    if rest:
        yield rest


def _gzip(stream: BinaryIO) -> Iterator[bytes]:
    """All members of a gzip file, without checking their sums."""
    reader = io.BufferedReader(_Pushback(stream), _PIECE)
    while True:
        header = reader.read(10)
        if len(header) < 10 or header[:2] != b"\x1f\x8b":
            _only_padding(header, reader)
            return
        _skip_gzip_fields(reader, header[3])
        machine = zlib.decompressobj(-15)
        while not machine.eof:
            data = reader.peek(_PIECE)
            if not data:
                raise EOFError("the data end early")
            piece = machine.decompress(data, _PIECE)
            used = len(data) - len(machine.unconsumed_tail) - len(machine.unused_data)
            reader.read(used)
            if piece:
                yield piece
        if len(reader.read(8)) < 8:
            raise EOFError("the data end early")


def _only_padding(data: bytes, stream: BinaryIO) -> None:
    """Raises ValueError where anything but zeros stands behind the compressed data."""
    while data:
        if data.strip(b"\0"):
            raise ValueError("other bytes stand behind them")
        data = stream.read(_PIECE)


def _skip_gzip_fields(reader: BinaryIO, flags: int) -> None:
    if flags & 4:
        reader.read(int.from_bytes(reader.read(2), "little"))
    for bit in (8, 16):
        if flags & bit:
            while reader.read(1) not in (b"\0", b""):
                pass
    if flags & 2:
        reader.read(2)


class _Pushback(io.RawIOBase):
    """Any stream as a raw one, so that it can be buffered and peeked."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        read = self._stream.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


def _zlib(stream: BinaryIO) -> Iterator[bytes]:
    stream.read(2)
    behind = (yield from deflated(stream)) + stream.read(_PIECE)
    if len(behind) < _ADLER:
        raise EOFError("the data end early")
    _only_padding(behind[_ADLER:], stream)


def _old_joblib(stream: BinaryIO) -> Iterator[bytes]:
    """joblib before 0.10: `ZF`, the length in 19 characters of hexadecimal, zlib."""
    stream.read(2 + 19)
    return _zlib(stream)


def _unrolled(
    stream: BinaryIO, make: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]
) -> Iterator[bytes]:
    """All concatenated streams of a bzip2 or xz file."""
    data = stream.read(_PIECE)
    while data:
        machine = make()
        while not machine.eof:
            if machine.needs_input and not data:
                data = stream.read(_PIECE)
                if not data:
                    raise EOFError("the data end early")
            piece = machine.decompress(data, _PIECE)
            data = b""
            if piece:
                yield piece
        data = machine.unused_data.lstrip(b"\0") or stream.read(_PIECE).lstrip(b"\0")


def bzip2(stream: BinaryIO) -> Iterator[bytes]:
    """The pieces of a bzip2 file."""
    return _unrolled(stream, bz2.BZ2Decompressor)


def lzma_file(stream: BinaryIO) -> Iterator[bytes]:
    """The pieces of an xz or lzma file."""
    return _unrolled(stream, lambda: lzma.LZMADecompressor(memlimit=256 * 1024 * 1024))


def zip_lzma(stream: BinaryIO) -> Iterator[bytes]:
    """LZMA as ZIP stores it: version, size of the properties, properties, data."""
    size = int.from_bytes(stream.read(4)[2:], "little")
    properties = stream.read(size)
    if len(properties) < 5:
        raise EOFError("no LZMA properties")
    lc_lp_pb, dictionary = properties[0], int.from_bytes(properties[1:5], "little")
    chosen = {
        "id": lzma.FILTER_LZMA1,
        "lc": lc_lp_pb % 9,
        "lp": lc_lp_pb // 9 % 5,
        "pb": lc_lp_pb // 45,
        "dict_size": min(dictionary, 64 * 1024 * 1024),
    }
    machine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])
    while not machine.eof and (data := stream.read(_PIECE)):
        piece = machine.decompress(data)
        if piece:
            yield piece


CODECS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {
    "gzip": _gzip,
    "zlib": _zlib,
    "zlib-joblib": _old_joblib,
    "bzip2": bzip2,
    "xz": lzma_file,
    "lzma": lzma_file,
    "lz4": lz4.pieces,
}


def expanded(
    holder: Part,
    source: Callable[[], BinaryIO],
    pieces: Callable[[BinaryIO], Iterator[bytes]],
    name: str,
    size: int = -1,
) -> Part:
    """What compressed bytes inside a part expand to, as a part of its own."""
    inner: Part

    def opener() -> BinaryIO:
        return _Reporting(Expanded(source(), pieces, holder.budget), inner)

    inner = holder.inside(name, size, opener, seekable=False)
    return inner


class _Reporting(io.BufferedReader):
    """A buffered stream that leaves the damage it met with its part."""

    def __init__(self, raw: Expanded, part: Part) -> None:
        super().__init__(raw, _PIECE)
        self._expanded, self._part = raw, part

    def close(self) -> None:
        if self._expanded.damage:
            self._part.damage = self._expanded.damage
        super().close()


def inspect(part: Part, kind: str, inspect_inner: Inspect) -> Found:
    """What a compressed file holds."""
    inner = expanded(part, part.stream, CODECS[kind], kind)
    yield from inspect_inner(inner)
    if inner.damage:
        yield part.unread(inner.damage)
