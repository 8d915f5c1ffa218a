"""Tar archives, read forward, and the model formats that are tar archives.

Facts: POSIX.1-2017 pax, the GNU tar manual. Header sums are not enforced where a name and a size
can be read: the lenient loaders do not enforce them either.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from whence.readers.models.archive.coverage import Coverage
from whence.readers.models.part import Found, Inspect, Part, printable
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile

_BLOCK = 512
_PIECE = 1024 * 1024
_HEADERS = (b"L", b"K", b"x", b"X", b"g")
# What Python's module takes for links, devices and folders; every other type is a file to it.
_WITHOUT_DATA = (b"1", b"2", b"3", b"4", b"5", b"6")
_LARGEST = 1 << 60
_LONGEST_NAME = 64 * 1024
_LEAVES = re.compile(r"^/|^[A-Za-z]:[\\/]|(?:^|/)\.\.(?:/|$)")
_TORCH_LEGACY = {"pickle", "storages", "tensors"}


class _Member:
    def __init__(self, header: bytes) -> None:
        self.name = _text(header[:100])
        prefix = _text(header[345:500]) if header[257:262] == b"ustar" else ""
        if prefix and header[257:265] == b"ustar\x0000":
            self.name = f"{prefix}/{self.name}"
        self.size = _number(header[124:136])
        self.kind = header[156:157]
        self.target = _text(header[157:257])
        recorded = _number(header[148:156])
        self.sound = recorded == sum(header[:148]) + 256 + sum(header[156:])


def inspect(part: Part, inspect_member: Inspect) -> Found:
    """What a tar archive holds."""
    reading = _Reading(part, inspect_member)
    yield from reading.members()
    yield from reading.end()


class _Reading:
    """One pass over one archive, header by header."""

    def __init__(self, part: Part, inspect_member: Inspect) -> None:
        self.part, self.inspect_member = part, inspect_member
        self.stream = part.random()
        self.coverage = Coverage(part.size)
        self.names: set[str] = set()
        self.at = 0
        self.cut = False

    def members(self) -> Found:
        """Every member up to the first block of zeros, or to where no header stands."""
        name, size = "", -1
        while self.at + _BLOCK <= self.part.size:
            self.stream.seek(self.at)
            header = self.stream.read(_BLOCK)
            if not header.strip(b"\0"):
                return
            member = _Member(header)
            if not 0 <= member.size < _LARGEST or not member.name:
                yield _anomaly(self.part, "a broken member header", f"at byte {self.at}", False)
                return
            if member.kind in _HEADERS:
                text = self.stream.read(min(member.size, _LONGEST_NAME))
                name = _long_name(member.kind, text) or name
                size = _pax_size(member.kind, text, size)
                self._pass(member)
                continue
            member.name = name or member.name
            if size >= 0 and size != member.size:
                if member.size:
                    detail = printable(member.name)
                    yield _anomaly(self.part, "two sizes for a member", detail, True)
                member.size = size
            yield from self._member(member)
            name, size = "", -1
        self.cut = True

    def _pass(self, member: _Member) -> int:
        """Goes behind a member; returns where its data begin."""
        data = self.at + _BLOCK
        end = data + -(-member.size // _BLOCK) * _BLOCK
        self.coverage.add(self.at, end)
        self.at = end
        return data

    def _member(self, member: _Member) -> Found:
        yield from _faults(self.part, member, self.names)
        self.names.add(member.name)
        data = self._pass(member)
        if data + member.size > self.part.size:
            yield self.part.unread(f"member {printable(member.name)} ends beyond the file")
        if member.kind in _WITHOUT_DATA and member.size:
            detail = f"{printable(member.name)}, type {member.kind.decode()}"
            yield _anomaly(self.part, "a folder, link or device with data", detail, True)
        if member.kind == b"S":
            yield self.part.unread(f"member {printable(member.name)} is stored with holes")
        if not member.size:
            return
        self.part.budget.parts_left -= 1
        if self.part.budget.parts_left <= 0:
            yield self.part.unread("the archive has more members than whence looks at")
            self.at = self.part.size
            return
        yield from self.inspect_member(self.part.slice(member.name, data, member.size))

    def end(self) -> Found:
        """What stands behind the members, and what the archive is."""
        part = self.part
        if self.cut:
            yield part.unread("the end of the archive is missing: an incomplete download?")
        at = _after_zeros(self.stream, self.at, part.size, self.coverage)
        if at < part.size:
            yield _anomaly(part, "bytes behind the archive", f"from byte {at}", False)
            yield from self.inspect_member(part.slice(f"bytes at {at}", at, part.size - at))
        if self.names >= _TORCH_LEGACY:
            yield ModelFile(
                part.span(),
                "torch-tar",
                True,
                part.size,
                covered=self.coverage.share(),
                member=part.member,
            )


def _after_zeros(stream: BinaryIO, at: int, size: int, coverage: Coverage) -> int:
    """Where the first block that is not all zeros begins, or the end."""
    start = at
    stream.seek(at)
    while at < size and (piece := stream.read(_PIECE)):
        if piece.strip(b"\0"):
            zeros = len(piece) - len(piece.lstrip(b"\0"))
            at += zeros // _BLOCK * _BLOCK
            break
        at += len(piece)
    coverage.add(start, min(at, size))
    return at


def _pax_size(kind: bytes, text: bytes, known: int) -> int:
    """The size that an extended header gives the next member, else what is known already."""
    found = re.search(rb"(?:^|\n)\d+ size=(\d{1,18})\n", text) if kind in b"xX" else None
    return int(found[1]) if found else known


def _faults(part: Part, member: _Member, names: set[str]) -> Found:
    if not member.sound:
        yield _anomaly(part, "a member header's sum is wrong", printable(member.name), False)
    if member.name in names:
        yield _anomaly(part, "duplicate member", printable(member.name), True)
    if _LEAVES.search(member.name):
        yield _anomaly(part, "a member's name leaves the folder", printable(member.name), True)
    if member.kind in (b"1", b"2") and _LEAVES.search(member.target):
        detail = printable(f"{member.name} -> {member.target}")
        yield _anomaly(part, "a link leaves the folder", detail, True)


def _anomaly(part: Part, kind: str, detail: str, deceptive: bool) -> FormatAnomaly:
    return FormatAnomaly(part.span(), "tar", kind, detail, deceptive)


def _long_name(kind: bytes, text: bytes) -> str:
    if kind == b"L":
        return _text(text)
    found = re.search(rb"\d+ path=([^\n]*)\n", text) if kind in b"xX" else None
    return found[1].decode("utf-8", "replace") if found else ""


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")


def _number(raw: bytes) -> int:
    """An octal number, or GNU's binary form; -1 where it is neither."""
    if raw[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(raw[1:], "big")
    digits = raw.strip(b" \0")
    if not digits:
        return 0
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else -1
