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
    stream = part.random()
    coverage = Coverage(part.size)
    names: set[str] = set()
    longer = ""
    at = 0
    while at + _BLOCK <= part.size:
        stream.seek(at)
        header = stream.read(_BLOCK)
        if not header.strip(b"\0"):
            break
        member = _Member(header)
        if not 0 <= member.size < _LARGEST or not member.name:
            yield _anomaly(part, "a broken member header", f"at byte {at}", False)
            break
        start, at = at, at + _BLOCK + -(-member.size // _BLOCK) * _BLOCK
        if member.kind in b"LKxg" and member.kind:
            stream.seek(start + _BLOCK)
            text = stream.read(min(member.size, _LONGEST_NAME))
            longer = _long_name(member.kind, text) or longer
            coverage.add(start, at)
            continue
        member.name, longer = longer or member.name, ""
        yield from _faults(part, member, names)
        names.add(member.name)
        if at > part.size + _BLOCK:
            yield part.unread(f"member {printable(member.name)} ends beyond the file")
        coverage.add(start, at)
        if member.kind in (b"0", b"\0", b"7") and member.size:
            part.budget.parts_left -= 1
            if part.budget.parts_left <= 0:
                yield part.unread("the archive has more members than whence looks at")
                return
            yield from inspect_member(part.slice(member.name, start + _BLOCK, member.size))
    yield from _end(part, stream, at, coverage, names, inspect_member)


def _end(
    part: Part,
    stream: BinaryIO,
    at: int,
    coverage: Coverage,
    names: set[str],
    inspect_member: Inspect,
) -> Found:
    stream.seek(at)
    rest = stream.read(1024 * 1024)
    if not rest.strip(b"\0"):
        coverage.add(at, part.size)
    elif at < part.size:
        yield _anomaly(part, "bytes behind the archive", f"from byte {at}", False)
        yield from inspect_member(part.slice(f"bytes at {at}", at, part.size - at))
    if names >= _TORCH_LEGACY:
        yield ModelFile(
            part.span(),
            "torch-tar",
            True,
            part.size,
            covered=coverage.share(),
            member=part.member,
        )


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
    found = re.search(rb"\d+ path=([^\n]*)\n", text) if kind == b"x" else None
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
