"""The directory of a ZIP file, read as leniently as the most lenient loader does.

Facts: PKWARE APPNOTE 6.3.10. Where two readers would take different members from one file, both
are returned, and the disagreement is told.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

LOCAL = b"PK\x03\x04"
_CENTRAL = b"PK\x01\x02"
_END = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_END64 = b"PK\x06\x06"
_TAIL = 64 * 1024 + 22 + 20
_LARGEST_DIRECTORY = 64 * 1024 * 1024
_CENTRAL_FIELDS = struct.Struct("<4s6H3I5H2I")
_LOCAL_FIELDS = struct.Struct("<4s5H3I2H")
_MOST_ENDS = 8
_FARTHEST = 1 << 62


class Entry(msgspec.Struct):
    """A member as the central directory has it; `offset` is where its local header begins."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


class LocalHeader(msgspec.Struct):
    """A member as its local header has it; `data` is where its bytes begin."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    data: int


class Directory(msgspec.Struct):
    """A central directory: where it stands, its entries, and how far offsets had to be moved."""

    start: int
    end: int
    entries: list[Entry]
    prepended: int = 0
    faults: list[str] = []


def directories(stream: BinaryIO, size: int) -> list[Directory]:
    """Every central directory that a reader may settle for, the last first.

    Most take the last end record; some take one whose comment reaches the end of the file.
    """
    start = max(0, size - _TAIL)
    stream.seek(start)
    tail = stream.read(size - start)
    found: list[Directory] = []
    at, tried = len(tail), 0
    while tried < _MOST_ENDS and (at := tail.rfind(_END, 0, at)) >= 0:
        tried += 1
        reaches_end = at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)
        if found and not reaches_end:
            continue
        directory = _at_end_record(stream, size, start + at, tail[at : at + 22])
        if directory and all(known.start != directory.start for known in found):
            found.append(directory)
    return found


def _at_end_record(stream: BinaryIO, size: int, at: int, record: bytes) -> Directory | None:
    if len(record) < 22:
        return None
    count, length, offset = struct.unpack_from("<HII", record, 10)
    faults: list[str] = []
    comment = int.from_bytes(record[20:22], "little")
    if at + 22 + comment > size:
        faults.append("the comment is longer than the file")
    end = at
    wide = _zip64(stream, at)
    if wide and (length == 0xFFFFFFFF or offset == 0xFFFFFFFF or count == 0xFFFF):
        count, length, offset, end = wide
    elif wide and wide[:3] != (count, length, offset):
        faults.append("the ZIP64 end record disagrees with the plain one")
    elif wide:
        end = wide[3]
    return _placed(stream, offset, length, end, at + 22 + comment, faults)


def _zip64(stream: BinaryIO, at: int) -> tuple[int, int, int, int] | None:
    if at < 20:
        return None
    stream.seek(at - 20)
    locator = stream.read(20)
    if locator[:4] != _END64_LOCATOR:
        return None
    for position in (struct.unpack_from("<Q", locator, 8)[0], at - 20 - 56):
        if 0 <= position < at:
            stream.seek(position)
            record = stream.read(56)
            if record[:4] == _END64 and len(record) == 56:
                count, length, offset = struct.unpack_from("<QQQ", record, 32)
                return count, length, offset, position
    return None


def _placed(
    stream: BinaryIO, offset: int, length: int, end: int, last: int, faults: list[str]
) -> Directory | None:
    """The directory where readers look for it: before its end record, or at its offset."""
    if length > min(end, _LARGEST_DIRECTORY):
        return None
    for start in (end - length, offset):
        if not 0 <= start <= _FARTHEST:
            continue
        stream.seek(start)
        data = stream.read(length)
        if data[:4] == _CENTRAL:
            prepended = start - offset if start == end - length else 0
            entries, complete = _entries(data, prepended)
            if not complete:
                faults.append("the central directory breaks off")
            return Directory(start, last, entries, prepended, faults)
    return None


def _entries(data: bytes, prepended: int) -> tuple[list[Entry], bool]:
    entries: list[Entry] = []
    at = 0
    while at + _CENTRAL_FIELDS.size <= len(data):
        fields = _CENTRAL_FIELDS.unpack_from(data, at)
        if fields[0] != _CENTRAL:
            return entries, False
        name_size, extra_size, comment_size = fields[10], fields[11], fields[12]
        name_at = at + _CENTRAL_FIELDS.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        size, packed, offset = fields[9], fields[8], fields[16]
        if 0xFFFFFFFF in (size, packed, offset):
            extra = data[extra_at : extra_at + extra_size]
            size, packed, offset = _widened(extra, size, packed, offset)
        entries.append(
            Entry(
                _name(data[name_at:extra_at], fields[3]),
                fields[3],
                fields[4],
                fields[7],
                packed,
                size,
                offset + prepended,
            )
        )
    return entries, at == len(data)


def _widened(extra: bytes, *values: int) -> tuple[int, ...]:
    wide = iter(_zip64_values(extra))
    return tuple(next(wide, value) if value == 0xFFFFFFFF else value for value in values)


def _zip64_values(extra: bytes) -> Iterator[int]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + length]
            yield from (
                int.from_bytes(body[i : i + 8], "little") for i in range(0, len(body) - 7, 8)
            )
            return
        at += 4 + length


def _name(raw: bytes, flags: int) -> str:
    return raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")


def local_header(stream: BinaryIO, offset: int) -> LocalHeader | None:
    """The local header at an offset, None where there is none."""
    if not 0 <= offset <= _FARTHEST:
        return None
    stream.seek(offset)
    data = stream.read(_LOCAL_FIELDS.size)
    if data[:4] != LOCAL or len(data) < _LOCAL_FIELDS.size:
        return None
    _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL_FIELDS.unpack(data)
    name = stream.read(name_size)
    if packed == 0xFFFFFFFF or size == 0xFFFFFFFF:
        size, packed = _widened(stream.read(extra_size), size, packed)[:2]
    start = offset + _LOCAL_FIELDS.size + name_size + extra_size
    return LocalHeader(_name(name, flags), flags, method, crc, packed, size, start)


def find(stream: BinaryIO, signature: bytes, start: int, end: int) -> int:
    """Where a signature next stands between two offsets, -1 where it does not."""
    step = 1024 * 1024
    stream.seek(start, io.SEEK_SET)
    carried = b""
    at = start
    while at < end:
        block = stream.read(min(step, end - at))
        if not block:
            return -1
        window = carried + block
        hit = window.find(signature)
        if hit >= 0:
            return at - len(carried) + hit
        carried = window[-(len(signature) - 1) :]
        at += len(block)
    return -1
