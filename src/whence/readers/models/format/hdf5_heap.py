"""Fractal heaps and version 2 B-trees of HDF5: where large groups and attribute lists are kept.

Facts: the HDF5 File Format Specification 3.0, sections III.A.2 and III.G.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

ReadAt = Callable[[int, int], bytes]
_MOST_RECORDS = 200_000
_LONGEST_OBJECT = 16 * 1024 * 1024
_DEEPEST = 12
_MANAGED, _HUGE, _TINY = 0, 1, 2
_UNFILTERED_HUGE = 1
# Where the identifier of a heap object begins in a record, by the type of the tree.
_ID_AT = {5: 4, 6: 8, 8: 0, 9: 0}


class Unfollowed(Exception):
    """A heap that is compressed or contradicts itself."""


def records(read: ReadAt, address: int, offsets: int, lengths: int) -> Iterator[tuple[int, bytes]]:
    """The type of a B-tree and each of its records. Raises Unfollowed."""
    head = read(address, 16 + offsets + 2 + lengths)
    if head[:4] != b"BTHD":
        raise Unfollowed(f"no B-tree at byte {address}")
    kind = head[5]
    node_size, width, depth = (
        int.from_bytes(head[6:10], "little"),
        int.from_bytes(head[10:12], "little"),
        int.from_bytes(head[12:14], "little"),
    )
    if not width or depth > _DEEPEST or node_size > _LONGEST_OBJECT:
        raise Unfollowed("a B-tree of impossible measures")
    root = int.from_bytes(head[16 : 16 + offsets], "little")
    count = int.from_bytes(head[16 + offsets : 18 + offsets], "little")
    tree = _Tree(read, offsets, node_size, width, depth)
    for record in tree.below(root, count, depth):
        yield kind, record


class _Tree:
    def __init__(self, read: ReadAt, offsets: int, node_size: int, width: int, depth: int) -> None:
        self.read, self.offsets, self.width = read, offsets, width
        self.left = _MOST_RECORDS
        most = max((node_size - 10) // width, 1)
        below = most
        self.widths = [(0, 0)]
        for level in range(1, depth + 1):
            pair = (_bytes_for(most), _bytes_for(below) if level > 1 else 0)
            self.widths.append(pair)
            most = max((node_size - 10 - offsets - sum(pair)) // (width + offsets + sum(pair)), 1)
            below = (most + 1) * below + most

    def below(self, address: int, count: int, level: int) -> Iterator[bytes]:
        self.left -= count + 1
        if self.left < 0:
            raise Unfollowed("more records than whence looks at")
        counted, summed = self.widths[level]
        pointer = self.offsets + counted + summed
        size = 6 + count * self.width + ((count + 1) * pointer if level else 0)
        node = self.read(address, size)
        if node[:4] != (b"BTIN" if level else b"BTLF"):
            raise Unfollowed(f"no node of a B-tree at byte {address}")
        for index in range(count):
            yield node[6 + index * self.width : 6 + (index + 1) * self.width]
        for index in range(count + 1) if level else ():
            at = 6 + count * self.width + index * pointer
            child = int.from_bytes(node[at : at + self.offsets], "little")
            at += self.offsets
            inner = int.from_bytes(node[at : at + counted], "little")
            yield from self.below(child, inner, level - 1)


class Heap:
    """A fractal heap. `read` gives bytes at an offset of the file and refuses those beyond it."""

    def __init__(self, read: ReadAt, address: int, offsets: int, lengths: int) -> None:
        self.read, self.o, self.l = read, offsets, lengths
        head = read(address, 22 + 12 * lengths + 3 * offsets)
        if head[:4] != b"FRHP":
            raise Unfollowed(f"no heap at byte {address}")
        if int.from_bytes(head[7:9], "little"):
            raise Unfollowed("a compressed heap")
        self.width = int.from_bytes(head[5:7], "little")
        self.largest = int.from_bytes(head[10:14], "little")
        self.huge = int.from_bytes(head[14 + lengths : 14 + lengths + offsets], "little")
        at = 14 + 10 * lengths + 2 * offsets
        self.columns, at = int.from_bytes(head[at : at + 2], "little"), at + 2
        self.first, at = int.from_bytes(head[at : at + lengths], "little"), at + lengths
        self.longest, at = int.from_bytes(head[at : at + lengths], "little"), at + lengths
        self.bits, at = int.from_bytes(head[at : at + 2], "little"), at + 4
        self.root, at = int.from_bytes(head[at : at + offsets], "little"), at + offsets
        self.rows = int.from_bytes(head[at : at + 2], "little")
        sane = 0 < self.first <= self.longest and self.columns and 0 < self.bits <= 64
        if not sane or self.rows > 64:
            raise Unfollowed("a heap of impossible measures")

    def objects(self, tree: int) -> Iterator[bytes]:
        """Every object that a B-tree of links or attributes names. Raises Unfollowed."""
        for kind, record in records(self.read, tree, self.o, self.l):
            if kind not in _ID_AT:
                raise Unfollowed(f"a B-tree of type {kind}")
            yield self._object(record[_ID_AT[kind] :][: self.width])

    def _object(self, identity: bytes) -> bytes:
        kind = identity[0] >> 4 & 3
        if kind == _TINY:
            length = (identity[0] & 15) + 1
            return identity[1 : 1 + length]
        if kind == _HUGE:
            return self._huge(int.from_bytes(identity[1:], "little"), identity)
        wide = -(-self.bits // 8)
        narrow = min(_bytes_for(self.longest - 1), _bytes_for(self.largest))
        offset = int.from_bytes(identity[1 : 1 + wide], "little")
        length = int.from_bytes(identity[1 + wide : 1 + wide + narrow], "little")
        if length > _LONGEST_OBJECT:
            raise Unfollowed("an object longer than its heap allows")
        block, start = self._block(offset)
        return self.read(block + offset - start, length)

    def _huge(self, number: int, identity: bytes) -> bytes:
        if len(identity) > self.o + self.l:
            address = int.from_bytes(identity[1 : 1 + self.o], "little")
            length = int.from_bytes(identity[1 + self.o : 1 + self.o + self.l], "little")
        else:
            address, length = self._huge_places.get(number, (0, 0))
        if not length or length > _LONGEST_OBJECT:
            raise Unfollowed("a huge object that is not there")
        return self.read(address, length)

    @cached_property
    def _huge_places(self) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        for kind, record in records(self.read, self.huge, self.o, self.l):
            if kind != _UNFILTERED_HUGE:
                raise Unfollowed("huge objects that are compressed")
            address, rest = record[: self.o], record[self.o :]
            number = int.from_bytes(rest[self.l : 2 * self.l], "little")
            place = int.from_bytes(address, "little"), int.from_bytes(rest[: self.l], "little")
            found[number] = place
        return found

    def _block(self, offset: int) -> tuple[int, int]:
        """The direct block that holds an offset of the heap: its address and its own offset."""
        if not self.rows:
            return self.root, 0
        address, start, rows = self.root, 0, self.rows
        direct = (self.longest // self.first).bit_length() + 1
        for _ in range(_DEEPEST):
            if self.read(address, 4) != b"FHIB":
                raise Unfollowed(f"no table of a heap at byte {address}")
            row, size, begins = self._row(offset - start, rows)
            column = (offset - start - begins) // size
            at = address + 5 + self.o + -(-self.bits // 8) + (row * self.columns + column) * self.o
            child = int.from_bytes(self.read(at, self.o), "little")
            start += begins + column * size
            if row < direct:
                return child, start
            address = child
            rows = (size // self.first // self.columns).bit_length()
        raise Unfollowed("a heap nested too deep")

    def _row(self, offset: int, rows: int) -> tuple[int, int, int]:
        """The row of a block table that holds an offset, its blocks' size, where it begins."""
        begins, size = 0, self.first
        for row in range(rows):
            if row > 1:
                size *= 2
            if offset < begins + size * self.columns:
                return row, size, begins
            begins += size * self.columns
        raise Unfollowed("an object beyond its heap")


def _bytes_for(number: int) -> int:
    """How many bytes hold a number up to this one."""
    return (max(number, 1).bit_length() - 1) // 8 + 1
