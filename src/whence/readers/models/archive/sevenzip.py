"""7z archives: members stored, LZMA, LZMA2, BZip2 or Deflate, as far as the standard library goes.

Facts: `7zFormat.txt` of the LZMA SDK. Other coders (AES, PPMd, BCJ2 …) are told and not read.
"""

from __future__ import annotations

import io
import lzma
from collections.abc import Callable, Iterator
from typing import BinaryIO

from whence.readers.models.archive.compression import bzip2, deflated, expanded
from whence.readers.models.archive.sevenzip_header import Folder, Header, Malformed, parsed
from whence.readers.models.part import Found, Inspect, Part, Window, printable

_START = 32
_HEADER_LIMIT = 64 * 1024 * 1024
_PIECE = 64 * 1024
_MEMORY = 256 * 1024 * 1024
_NOT_READ = {
    b"\x06\xf1\x07\x01": "it is encrypted",
    b"\x03\x04\x01": "PPMd",
    b"\x03\x03\x01\x1b": "BCJ2",
    b"\x04\x01\x09": "deflate64",
    b"\x04\xf7\x11\x01": "zstandard",
    b"\x04\xf7\x11\x02": "brotli",
}
_FILTERS = {
    b"\x03\x01\x01": lzma.FILTER_LZMA1,
    b"\x21": lzma.FILTER_LZMA2,
    b"\x03": lzma.FILTER_DELTA,
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
}


def inspect(part: Part, inspect_member: Inspect) -> Found:
    """The members of a 7z archive."""
    stream = part.random()
    try:
        header = _header(part, stream)
    except (Malformed, lzma.LZMAError, EOFError) as error:
        yield part.unread(f"the 7z archive was not read: {error}")
        return
    if header is None:
        return
    number, offset = 0, 0
    for file in header.files:
        part.budget.parts_left -= 1
        if part.budget.parts_left <= 0:
            yield part.unread("the archive has more members than whence looks at")
            return
        if not file.has_data:
            continue
        while number < len(header.folders) and offset >= len(header.folders[number].sizes or ()):
            number, offset = number + 1, 0
        if number >= len(header.folders):
            return
        folder = header.folders[number]
        yield from _member(part, stream, folder, offset, file.name, inspect_member)
        offset += 1


def _header(part: Part, stream: BinaryIO) -> Header | None:
    stream.seek(0)
    start = stream.read(_START)
    offset, size = (int.from_bytes(start[at : at + 8], "little") for at in (12, 20))
    if not size:
        return None
    if size > _HEADER_LIMIT or _START + offset + size > part.size:
        raise Malformed("its header lies beyond the end: an incomplete download?")
    stream.seek(_START + offset)
    raw = stream.read(size)
    for _ in range(4):
        header = parsed(raw)
        if not header.packed:
            return header
        if not header.folders:
            raise Malformed("its header is packed and not there")
        folder = header.folders[0]
        window = io.BufferedReader(Window(stream, _START + folder.start, folder.packed))
        codec = _codec(folder)
        if codec is None:
            raise Malformed("its header is encrypted or uses an unknown coder")
        raw = _first(codec(window), _HEADER_LIMIT)
    raise Malformed("its header is packed again and again")


def _first(pieces: Iterator[bytes], limit: int) -> bytes:
    out = bytearray()
    for piece in pieces:
        out += piece
        if len(out) > limit:
            raise Malformed("its header is too large")
    return bytes(out)


def _member(
    part: Part,
    stream: BinaryIO,
    folder: Folder,
    index: int,
    name: str,
    inspect_member: Inspect,
) -> Found:
    codec = _codec(folder)
    if codec is None:
        yield part.unread(f"{printable(name)}: its 7z coder is not read{_why(folder)}")
        return
    sizes = folder.sizes or []
    before, size = sum(sizes[:index]), sizes[index]

    def source() -> BinaryIO:
        return io.BufferedReader(Window(stream, _START + folder.start, folder.packed), _PIECE)

    def pieces(packed: BinaryIO) -> Iterator[bytes]:
        return _cut(codec(packed), before, size)

    member = expanded(part, source, pieces, name, size)
    yield from inspect_member(member)
    if member.damage:
        yield part.unread(f"{printable(name)}: {member.damage}")


def _cut(pieces: Iterator[bytes], skip: int, size: int) -> Iterator[bytes]:
    for piece in pieces:
        if skip >= len(piece):
            skip -= len(piece)
            continue
        kept = piece[skip : skip + size]
        skip, size = 0, size - len(kept)
        yield kept
        if size <= 0:
            return


def _codec(folder: Folder) -> Callable[[BinaryIO], Iterator[bytes]] | None:
    """A function from packed to plain bytes; None where a coder is not known."""
    methods = [coder.method for coder in folder.coders]
    if methods == [b"\x00"]:
        return lambda stream: iter(lambda: stream.read(_PIECE), b"")
    if methods == [b"\x04\x01\x08"]:
        return deflated
    if methods == [b"\x04\x02\x02"]:
        return bzip2
    if not all(method in _FILTERS for method in methods):
        return None
    filters = [_filter(coder.method, coder.properties) for coder in folder.coders]
    # Some writers list the outer coder first, some the inner one; LZMA is always the inner.
    filters.sort(key=lambda chosen: chosen["id"] in (lzma.FILTER_LZMA1, lzma.FILTER_LZMA2))
    return lambda stream: _raw(stream, filters, folder.plain)


def _why(folder: Folder) -> str:
    """What the coder is, and what its reader can do about it."""
    known = [_NOT_READ[coder.method] for coder in folder.coders if coder.method in _NOT_READ]
    return f" ({', '.join(known)})" * bool(known) + ": unpack it and ask about the folder"


def _filter(method: bytes, properties: bytes) -> dict[str, int]:
    kind = _FILTERS[method]
    chosen: dict[str, int] = {"id": kind}
    if kind == lzma.FILTER_LZMA1 and len(properties) >= 5:
        byte = properties[0]
        chosen |= {"lc": byte % 9, "lp": byte // 9 % 5, "pb": byte // 45}
        chosen["dict_size"] = int.from_bytes(properties[1:5], "little")
    elif kind == lzma.FILTER_LZMA2 and properties:
        bits = properties[0]
        chosen["dict_size"] = (2 | bits & 1) << (bits // 2 + 11) if bits < 40 else 0xFFFFFFFF
    elif kind == lzma.FILTER_DELTA and properties:
        chosen["dist"] = properties[0] + 1
    if chosen.get("dict_size", 0) > _MEMORY:
        raise Malformed("it wants a dictionary larger than whence gives")
    return chosen


def _raw(stream: BinaryIO, filters: list[dict[str, int]], plain: int) -> Iterator[bytes]:
    """Filters are written outermost first, as 7z lists its coders."""
    machine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    left = plain
    while left > 0 and not machine.eof:
        data = stream.read(_PIECE) if machine.needs_input else b""
        if machine.needs_input and not data:
            raise EOFError("the data end early")
        piece = machine.decompress(data, min(left, _PIECE))
        left -= len(piece)
        if piece:
            yield piece
