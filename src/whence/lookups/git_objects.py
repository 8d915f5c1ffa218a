"""A Git repository's commits, trees and files, read from its object files without running Git.

A repository's own configuration can name programs that Git runs, so none is run and no
configuration is read. The bytes may be made to exhaust whoever unpacks them; so every object has a
limit before it is inflated, chains of differences have a length, and all reading together has a
budget. Links and special files are not opened, other repositories not followed.

Source of the formats: Git's documentation, `gitformat-pack` and `gitrepository-layout`.
"""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import msgspec

OBJECT_LIMIT = 16 * 1024 * 1024
_BUDGET = 512 * 1024 * 1024
_CHAIN_LIMIT = 300
_PACK_LIMIT = 500
_OBJECTS_LIMIT = 10_000_000
_REFERENCES_LIMIT = 32 * 1024 * 1024
_CHUNK = 16 * 1024
_FIRST = 512  # most commits are shorter
_ID = re.compile(rb"[0-9a-f]{40}")
_REFERENCE = re.compile(rb"ref: (refs/[^\x00-\x20\\:?*\[]+)")
_KINDS = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_OFFSET_DELTA, _NAMED_DELTA = 6, 7
_FOLDER_MODE = b"40000"


class UnreadableRepository(Exception):
    """The repository, or an object of it, cannot be read. The message says why."""


class Commit(msgspec.Struct, frozen=True):
    """A commit: the id of its tree, its parents, and when it was made, in seconds since 1970."""

    tree: str
    parents: tuple[str, ...]
    time: int


class GitObjects:
    """The objects of a repository. `folder` is its `.git`. To be closed, by leaving a `with`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = ExitStack()
        self._left = _BUDGET
        self._packs: list[_Pack] | None = None

    def __enter__(self) -> GitObjects:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def head(self) -> str:
        """The id of the commit that is checked out."""
        name = self._small_file("HEAD", 1024).strip()
        for _ in range(5):
            if _ID.fullmatch(name):
                return name.decode()
            found = _REFERENCE.fullmatch(name)
            if found is None or b".." in found[1]:
                raise UnreadableRepository("HEAD names no commit that can be read")
            name = self._reference(found[1])
        raise UnreadableRepository("its references name one another")

    def shallow(self) -> frozenset[str]:
        """The commits whose parents a shallow clone left behind."""
        try:
            listed = self._small_file("shallow", _REFERENCES_LIMIT)
        except UnreadableRepository:
            return frozenset()
        return frozenset(found.decode() for found in _ID.findall(listed))

    def commit(self, identifier: str) -> Commit:
        """A commit by its id."""
        head, _, _ = self._object(identifier, b"commit").partition(b"\n\n")
        tree, parents, time = "", [], None
        for line in head.split(b"\n"):
            key, _, value = line.partition(b" ")
            if key == b"tree" and _ID.fullmatch(value):
                tree = value.decode()
            elif key == b"parent" and _ID.fullmatch(value):
                parents.append(value.decode())
            elif key == b"committer" and (told := re.search(rb"> (\d{1,11}) ", value)):
                time = int(told[1])
        if not tree or time is None:
            raise UnreadableRepository(f"commit {identifier[:12]} is malformed")
        return Commit(tree, tuple(parents), time)

    def file(self, tree: str, path: Sequence[str]) -> bytes | None:
        """The content of a file below a tree; nothing where the tree does not have it."""
        for number, name in enumerate(path):
            entry = self._entry(tree, os.fsencode(name))
            is_last = number == len(path) - 1
            if entry is None or (entry[0] == _FOLDER_MODE) is is_last:
                return None
            if is_last:
                return self._object(entry[1], b"blob") if entry[0].startswith(b"100") else None
            tree = entry[1]
        return None

    def _entry(self, tree: str, wanted: bytes) -> tuple[bytes, str] | None:
        data, at = self._object(tree, b"tree"), 0
        while at < len(data):
            space = data.find(b" ", at, at + 8)
            end = data.find(b"\0", space + 1)
            if space < 0 or end < 0 or end + 21 > len(data):
                raise UnreadableRepository(f"tree {tree[:12]} is malformed")
            if data[space + 1 : end] == wanted:
                return data[at:space], data[end + 1 : end + 21].hex()
            at = end + 21
        return None

    def _reference(self, name: bytes) -> bytes:
        try:
            return self._small_file(os.fsdecode(name), 1024).strip()
        except UnreadableRepository:
            packed = self._small_file("packed-refs", _REFERENCES_LIMIT)
            found = re.search(rb"^([0-9a-f]{40}) " + re.escape(name) + rb"$", packed, re.MULTILINE)
            if found is None:
                raise UnreadableRepository("HEAD names a branch without commits") from None
            return found[1]

    def _small_file(self, name: str, limit: int) -> bytes:
        with _opened(self._folder / name) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise UnreadableRepository(f"`{name}` is too large")
        return data

    def _object(self, identifier: str, kind: bytes) -> bytes:
        found, data = self._packed(identifier) or self._loose(identifier)
        if found != kind:
            raise UnreadableRepository(f"object {identifier[:12]} is no {kind.decode()}")
        return data

    def _loose(self, identifier: str) -> tuple[bytes, bytes]:
        path = self._folder / "objects" / identifier[:2] / identifier[2:]
        if not path.exists():
            raise UnreadableRepository(f"object {identifier[:12]} is not in the repository")
        with _opened(path) as stream:
            inflating = zlib.decompressobj()
            try:
                start = inflating.decompress(stream.read(_CHUNK), 64)
            except zlib.error:
                raise UnreadableRepository("an object is damaged") from None
            head, end, _ = start.partition(b"\0")
            kind, _, told = head.partition(b" ")
            if not end or not told.isdigit() or len(told) > 12:
                raise UnreadableRepository(f"object {identifier[:12]} is malformed")
            size = self._claimed(int(told))
            return kind, _inflated(stream, inflating, start[len(head) + 1 :], b"", size)

    def _packed(self, identifier: str) -> tuple[bytes, bytes] | None:
        if self._packs is None:
            folder = self._folder / "objects" / "pack"
            try:
                names = sorted(entry.name for entry in os.scandir(folder))
            except OSError:
                names = []
            indexes = [folder / name for name in names if name.endswith(".idx")]
            self._packs = [_Pack(path, self._files) for path in indexes[:_PACK_LIMIT]]
        wanted = bytes.fromhex(identifier)
        for pack in self._packs:
            offset = pack.offset(wanted)
            if offset is not None:
                return self._at(pack, offset)
        return None

    def _at(self, pack: _Pack, offset: int) -> tuple[bytes, bytes]:
        """An object of a pack, put together from the differences that it is stored as."""
        deltas: list[bytes] = []
        while len(deltas) <= _CHAIN_LIMIT:
            number, size, offset_of_base, name_of_base, rest = pack.header(offset)
            size = self._claimed(size)
            data = _inflated(pack.data, zlib.decompressobj(), b"", rest, size)
            if number in _KINDS:
                for delta in reversed(deltas):
                    data = self._applied(delta, data)
                return _KINDS[number], data
            deltas.append(data)
            if number == _OFFSET_DELTA and 0 < offset_of_base < offset:
                offset = offset_of_base
                continue
            base = pack.offset(name_of_base) if number == _NAMED_DELTA else None
            if base is None:
                raise UnreadableRepository("an object in a pack is malformed")
            offset = base
        raise UnreadableRepository(f"an object is stored as more than {_CHAIN_LIMIT} differences")

    def _claimed(self, size: int) -> int:
        if size > OBJECT_LIMIT:
            raise UnreadableRepository(f"an object is larger than {OBJECT_LIMIT:,} bytes")
        # An object costs something even where it is empty.
        self._left -= size + 256
        if self._left < 0:
            raise UnreadableRepository(f"its history takes more than {_BUDGET:,} bytes to read")
        return size

    def _applied(self, delta: bytes, base: bytes) -> bytes:
        """A base changed as a difference says: pieces copied from it and pieces put in."""
        stated, at = _size_in(delta, 0)
        size, at = _size_in(delta, at)
        if stated != len(base):
            raise UnreadableRepository("a difference in a pack fits no object")
        self._claimed(size)
        made = bytearray()
        while at < len(delta) and len(made) <= size:
            command = delta[at]
            at += 1
            if command & 0x80:
                start, length, at = _copied_range(delta, at, command)
                made += base[start : start + length]
            else:
                made += delta[at : at + command]
                at += command
        if len(made) != size:
            raise UnreadableRepository("a difference in a pack is malformed")
        return bytes(made)


class _Pack:
    """A pack and its index, of version 2."""

    _HEADER = 8
    _NAMES = 8 + 256 * 4

    def __init__(self, index: Path, files: ExitStack) -> None:
        self._index = files.enter_context(_opened(index))
        self.data = files.enter_context(_opened(index.with_suffix(".pack")))
        if self._index.read(self._HEADER) != b"\xfftOc\x00\x00\x00\x02":
            raise UnreadableRepository("a pack's index has a version that is not read")
        fanout = self._index.read(256 * 4)
        self._fanout = [int.from_bytes(fanout[n : n + 4], "big") for n in range(0, 1024, 4)]
        if sorted(self._fanout) != self._fanout or self._fanout[255] > _OBJECTS_LIMIT:
            raise UnreadableRepository("a pack's index is malformed or too large")
        self._names = self._piece(self._NAMES, 20 * self._fanout[255])

    def offset(self, wanted: bytes) -> int | None:
        """Where an object of that name begins, found by halving."""
        low = self._fanout[wanted[0] - 1] if wanted[0] else 0
        high, count = self._fanout[wanted[0]], self._fanout[255]
        while low < high:
            middle = (low + high) // 2
            name = self._names[20 * middle : 20 * middle + 20]
            if name == wanted:
                return self._offset(middle, count)
            if name < wanted:
                low = middle + 1
            else:
                high = middle
        return None

    def _offset(self, number: int, count: int) -> int:
        offset = int.from_bytes(self._piece(self._NAMES + 24 * count + 4 * number, 4), "big")
        if offset < 1 << 31:
            return offset
        far = self._NAMES + 28 * count + 8 * (offset - (1 << 31))
        return int.from_bytes(self._piece(far, 8), "big")

    def _piece(self, at: int, length: int) -> bytes:
        self._index.seek(at)
        piece = self._index.read(length)
        if len(piece) != length:
            raise UnreadableRepository("a pack's index is cut short")
        return piece

    def header(self, offset: int) -> tuple[int, int, int, bytes, bytes]:
        """Kind, size, the base's offset and name where it is a difference, and what follows.

        `data` goes on after that.
        """
        if offset >= 1 << 62:
            raise UnreadableRepository("a pack's index names a place that no file has")
        self.data.seek(offset)
        head = self.data.read(_FIRST)
        if not head:
            raise UnreadableRepository("a pack is cut short")
        number, size, at = (head[0] >> 4) & 7, head[0] & 15, 1
        shift, byte = 4, head[0]
        while byte & 0x80 and at < min(len(head), 10):
            byte = head[at]
            size |= (byte & 0x7F) << shift
            shift, at = shift + 7, at + 1
        base_offset, base_name = 0, b""
        if number == _OFFSET_DELTA:
            back, at = _distance_in(head, at)
            base_offset = offset - back
        elif number == _NAMED_DELTA:
            base_name, at = head[at : at + 20].ljust(20, b"\0"), at + 20
        return number, size, base_offset, base_name, head[at:]


def _opened(path: Path) -> BinaryIO:
    """A regular file for reading. Nothing else is opened: a pipe would never answer."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise UnreadableRepository(f"`{path.name}` cannot be opened") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableRepository(f"`{path.name}` is no regular file")
    return os.fdopen(descriptor, "rb")


def _inflated(
    stream: BinaryIO, inflating: zlib._Decompress, made: bytes, pending: bytes, size: int
) -> bytes:
    """Exactly `size` bytes out of a compressed stream.

    `made` came out already, `pending` was read from the stream and not inflated yet.
    """
    pieces, length = [made], len(made)
    try:
        while length <= size and not inflating.eof:
            piece = pending or inflating.unconsumed_tail or stream.read(_CHUNK)
            if not piece:
                break
            pending = b""
            pieces.append(inflating.decompress(piece, size + 1 - length))
            length += len(pieces[-1])
    except zlib.error:
        raise UnreadableRepository("an object is damaged") from None
    if length != size:
        raise UnreadableRepository("an object is not as long as it says")
    return b"".join(pieces)


def _size_in(delta: bytes, at: int) -> tuple[int, int]:
    size = 0
    for shift in range(0, 63, 7):
        if at >= len(delta):
            break
        size |= (delta[at] & 0x7F) << shift
        at += 1
        if not delta[at - 1] & 0x80:
            return size, at
    raise UnreadableRepository("a difference in a pack is malformed")


def _distance_in(head: bytes, at: int) -> tuple[int, int]:
    distance = -1
    for _ in range(9):
        if at >= len(head):
            break
        distance = ((distance + 1) << 7) | (head[at] & 0x7F)
        at += 1
        if not head[at - 1] & 0x80:
            return distance, at
    raise UnreadableRepository("an object in a pack is malformed")


def _copied_range(delta: bytes, at: int, command: int) -> tuple[int, int, int]:
    numbers = [0, 0]
    for bit, (which, shift) in enumerate(
        ((0, 0), (0, 8), (0, 16), (0, 24), (1, 0), (1, 8), (1, 16))
    ):
        if command & (1 << bit):
            if at >= len(delta):
                raise UnreadableRepository("a difference in a pack is malformed")
            numbers[which] |= delta[at] << shift
            at += 1
    return numbers[0], numbers[1] or 0x10000, at
