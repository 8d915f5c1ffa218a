"""ZIP archives and the model formats that are ZIP archives.

Every member that any loader could take from the file is inspected: those of the directory, those
of a second directory, and those that stand between members without being listed.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

import msgspec

from whence.readers.models.archive.compression import bzip2, deflated, expanded, zip_lzma
from whence.readers.models.archive.coverage import Coverage
from whence.readers.models.archive.zip_directory import (
    LOCAL,
    Directory,
    Entry,
    LocalHeader,
    directories,
    find,
    local_header,
)
from whence.readers.models.archive.zip_kind import (
    EXECUTABLE,
    TORCHSCRIPT_BUILDERS,
    is_note,
    is_tensor,
    kind_of,
    sources_of,
)
from whence.readers.models.content import kinds
from whence.readers.models.opcode_run import may_run_on
from whence.readers.models.part import Found, Inspect, Part, printable
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import ConfiguredCode, FormatAnomaly, ModelFile, PickleUse

_CODECS: dict[int, Callable[[BinaryIO], Iterator[bytes]]] = {
    8: deflated,
    12: bzip2,
    14: zip_lzma,
}
_METHODS = {0: "stored", 8: "deflate", 9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "zstandard"}
_SUM_LIMIT = 4 * 1024 * 1024
_LEAVES = re.compile(r"^(?:/|[A-Za-z]:[\\/])|(?:^|[\\/])\.\.(?:[\\/]|$)")
_GAP_LIMIT = 64 * 1024 * 1024


def inspect(part: Part, inspect_member: Inspect) -> Found:
    """What a ZIP file holds, as any loader would see it."""
    stream = part.random()
    found = directories(stream, part.size)
    if not found:
        yield from _without_directory(part, stream, inspect_member)
        return
    names = {entry.name for directory in found for entry in directory.entries}
    kind = kind_of(names)
    reading = _Reading(part, stream, kind, inspect_member)
    if len(found) > 1:
        yield reading.anomaly(
            "two central directories", f"at bytes {found[0].start} and {found[1].start}", True
        )
    for directory in found:
        yield from reading.directory(directory)
    yield from reading.gaps()
    yield from _sources(part, sources_of(kind, names))
    if kind != "zip":
        yield ModelFile(
            part.span(),
            kind,
            kind in EXECUTABLE or reading.executable,
            part.size,
            covered=reading.coverage.share(),
            member=part.member,
            globals_needed=tuple(sorted(reading.needed)),
        )
    elif reading.coverage.share() != 1.0 and reading.holds_model:
        yield part.unread("bytes of the archive belong to no member")


def _sources(part: Part, names: list[str]) -> Found:
    if names:
        more = f" and {len(names) - 1} more" if names[1:] else ""
        reason = "torch.package runs the Python source of the archive where an object needs it"
        yield ConfiguredCode(
            part.span(),
            "torch-package",
            "Python sources",
            printable(names[0]) + more,
            "load",
            reason,
        )


def _without_directory(part: Part, stream: BinaryIO, inspect_member: Inspect) -> Found:
    """A file that begins like a ZIP and has no end: what is there is inspected all the same."""
    reading = _Reading(part, stream, "zip", inspect_member)
    reading.cut = True
    yield part.unread(
        "the archive has no central directory: it is cut short, an incomplete download?"
    )
    yield from reading.unlisted(0, part.size)
    yield ModelFile(part.span(), "zip", False, part.size, covered=0.0, member=part.member)


class _Reading:
    """One pass over one archive."""

    def __init__(self, part: Part, stream: BinaryIO, kind: str, inspect_member: Inspect) -> None:
        self.part, self.stream, self.kind = part, stream, kind
        self.inspect_member = inspect_member
        self.coverage = Coverage(part.size)
        self.needed: set[str] = set()
        self.holds_model = False
        self.executable = False
        self.cut = False
        self._told: set[str] = set()

    def anomaly(self, kind: str, detail: str, deceptive: bool) -> FormatAnomaly:
        return FormatAnomaly(self.part.span(), "zip", kind, printable(detail), deceptive)

    def once(self, kind: str, detail: str, deceptive: bool) -> Found:
        """An anomaly, told for its first member only."""
        if kind not in self._told:
            self._told.add(kind)
            yield self.anomaly(kind, detail, deceptive)

    def directory(self, directory: Directory) -> Found:
        """All that one central directory lists."""
        self.coverage.add(directory.start, directory.end)
        for fault in directory.faults:
            yield from self.once(fault, f"at byte {directory.start}", True)
        seen: set[str] = set()
        last_end, last_name = 0, ""
        for entry in sorted(directory.entries, key=lambda entry: entry.offset):
            if not is_tensor(self.kind, entry.name):
                if self.part.budget.parts_left <= 0:
                    yield self.part.unread("the archive has more members than whence looks at")
                    return
                self.part.budget.parts_left -= 1
            if entry.name in seen:
                yield from self.once("duplicate member", entry.name, True)
            seen.add(entry.name)
            if entry.offset < last_end and entry.packed:
                yield from self.once("members overlap", f"{last_name} and {entry.name}", True)
            last_end, last_name = entry.offset + 30 + entry.packed, entry.name
            yield from self._entry(entry)

    def _entry(self, entry: Entry) -> Found:
        header = local_header(self.stream, entry.offset)
        if header is None:
            yield from self.once("a listed member is not there", entry.name, True)
            yield self.part.unread(f"member {printable(entry.name)} has no local header")
            return
        if _LEAVES.search(entry.name):
            yield from self.once("a member's name leaves the folder", entry.name, True)
        yield from self._disagreements(entry, header)
        end = header.data + entry.packed
        if end > self.part.size:
            yield self.part.unread(f"member {printable(entry.name)} ends beyond the file")
        tail = 0 if not header.flags & 8 else self._descriptor(end)
        self.coverage.add(entry.offset, end + tail)
        if entry.name.endswith("/") and not entry.packed:
            return
        if is_tensor(self.kind, entry.name) or is_note(self.kind, entry.name):
            return
        yield from self._member(entry, header.data, entry.method)
        if header.method != entry.method:
            yield from self._member(entry, header.data, header.method)

    def _disagreements(self, entry: Entry, header: LocalHeader) -> Found:
        if header.name != entry.name:
            yield from self.once("two names for a member", f"{entry.name} / {header.name}", True)
        if header.method != entry.method:
            yield from self.once(
                "two compression methods for a member",
                f"{entry.name}: {_method(entry.method)} / {_method(header.method)}",
                True,
            )
        streamed = header.flags & 8
        sizes = (header.packed, header.size)
        if sizes != (entry.packed, entry.size) and not (streamed and sizes == (0, 0)):
            yield from self.once("two sizes for a member", f"{entry.name}", True)
        if header.crc != entry.crc and not (streamed and header.crc == 0):
            yield from self.once("two check sums for a member", entry.name, True)

    def _descriptor(self, end: int) -> int:
        self.stream.seek(end)
        record = self.stream.read(26)
        if record[:4] != b"PK\x07\x08":
            return 12
        return 24 if record[24:26] == b"PK" else 16

    def _member(self, entry: Entry, start: int, method: int) -> Found:
        raw = self.part.slice(entry.name, start, min(entry.packed, self.part.size - start))
        member = raw
        if method:
            codec = _CODECS.get(method)
            if codec is None:
                self.coverage.lose(entry.packed)
                yield self.part.unread(f"{printable(entry.name)}: {_method(method)} is not read")
                return
            member = expanded(self.part, raw.stream, codec, entry.name, entry.size)
        elif entry.packed != entry.size and not self.cut:
            yield from self.once("two sizes for a stored member", entry.name, True)
        if entry.flags & 1:
            if not _plain(member, method):
                self.coverage.lose(entry.packed)
                yield self.part.unread(f"{printable(entry.name)} is encrypted")
                return
            yield from self.once("a plain member is marked as encrypted", entry.name, True)
        yield from self._inspected(member, entry)

    def _inspected(self, member: Part, entry: Entry) -> Found:
        for found in self.inspect_member(member):
            if isinstance(found, ModelFile):
                self.holds_model = True
                self.executable = self.executable or found.executable
                self.needed.update(found.globals_needed)
                if found.covered < 1.0:
                    self.coverage.lose((1 - found.covered) * entry.packed)
                if self.kind != "zip":
                    continue
            if isinstance(found, PickleUse) and not self._counts(found):
                continue
            if isinstance(found, ConfiguredCode) and found.verdict != "expected":
                self.executable = self.executable or found.runs == "load"
            yield found
        if member.damage:
            self.coverage.lose(entry.packed)
            yield self.part.unread(f"{printable(entry.name)}: {member.damage}")
        elif entry.size <= _SUM_LIMIT and self.holds_model and not self.cut:
            yield from self._sum(member, entry)

    def _counts(self, use: PickleUse) -> bool:
        """Whether a use means anything: TorchScript's own reader knows its names and no others."""
        if self.kind not in ("torchscript", "torch-package"):
            return True
        builders = use.module == "torch.jit._pickle" and use.name in TORCHSCRIPT_BUILDERS
        return not builders and not f"{use.module}.{use.name}".startswith(
            ("__torch__.", ".__torch__.")
        )

    def _sum(self, member: Part, entry: Entry) -> Found:
        if not entry.crc and self.kind.startswith("torch"):
            return  # torch leaves the sums out where it is told to save time
        data = member.read_all(_SUM_LIMIT + 1)
        if zlib.crc32(data) != entry.crc:
            yield from self.once(
                "a member's check sum is wrong",
                f"{entry.name}: recorded {entry.crc:08x}, is {zlib.crc32(data):08x}",
                False,
            )

    def gaps(self) -> Found:
        """Bytes that belong to no member: padding, or something that is kept out of sight."""
        for start, end in self.coverage.gaps():
            self.stream.seek(start)
            piece = self.stream.read(min(end - start, _GAP_LIMIT))
            if not piece.strip(b"\0") and len(piece) == end - start:
                self.coverage.add(start, end)
                continue
            if start == 0 and not piece.startswith(LOCAL):
                yield from self.once("data before the archive", f"{end} bytes", False)
                yield from self.inspect_member(self.part.slice("bytes before", 0, end))
                continue
            if piece.startswith(LOCAL):
                before = yield from self._archives_before(start, end)
                if before == start:
                    continue
                end = before
            if LOCAL in piece[: end - start]:
                yield from self.once(
                    "a member that the directory does not list", f"at byte {start}", True
                )
                yield from self.unlisted(start, end)
            else:
                yield from self.once(
                    "bytes that belong to no member", f"{end - start} at byte {start}", False
                )
                yield from self.inspect_member(
                    self.part.slice(f"bytes at {start}", start, end - start)
                )

    def _archives_before(self, start: int, end: int) -> Generator[Fact | Unread, None, int]:
        """Whole archives in front of this one, as in a shard of a distributed checkpoint.

        Whichever of them a loader takes is inspected. Returns where the first of them begins.
        """
        while end > start and self.part.budget.parts_left > 0:
            self.part.budget.parts_left -= 1
            inner = self.part.slice("", start, end - start)
            found = directories(inner.random(), inner.size)
            inner.close()
            if not found or found[0].end != end - start:
                break
            begin = start + found[0].prepended
            kind = kind_of({entry.name for entry in found[0].entries})
            yield from self.once("several archives in one file", kind, kind != self.kind)
            yield from self._archive(begin, end)
            end = begin
        return end

    def _archive(self, start: int, end: int) -> Found:
        covered = 1.0
        for found in self.inspect_member(
            self.part.slice(f"archive at byte {start}", start, end - start)
        ):
            if isinstance(found, ModelFile):
                self.executable = self.executable or found.executable
                self.needed.update(found.globals_needed)
                covered = min(covered, found.covered)
                if self.kind != "zip":
                    continue
            yield found
        self.coverage.add(start, end)
        self.coverage.lose((1 - covered) * (end - start))

    def unlisted(self, start: int, end: int) -> Found:
        """Members found by their local headers alone, between two offsets."""
        at = start
        while (at := find(self.stream, LOCAL, at, end)) >= 0 and self.part.budget.parts_left > 0:
            self.part.budget.parts_left -= 1
            header = local_header(self.stream, at)
            if header is None:
                return
            packed = header.packed
            if not packed or header.data + packed > end:
                following = find(self.stream, b"PK\x07\x08", header.data, end)
                packed = (following if following >= 0 else end) - header.data
            entry = Entry(header.name, 0, header.method, header.crc, packed, header.size, at)
            if not is_tensor("torch-zip", entry.name):
                known = msgspec.structs.replace(entry, size=header.size or packed)
                yield from self._member(known, header.data, header.method)
            at = header.data + max(packed, 1)


def _plain(member: Part, method: int) -> bool:
    """Whether a member that says it is encrypted is not: it expands, or it is something known."""
    if not member.head or member.damage:
        return False
    return bool(method) or bool(kinds(member)) or may_run_on(member.head)


def _method(method: int) -> str:
    return _METHODS.get(method, f"method {method}")
