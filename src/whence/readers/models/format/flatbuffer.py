"""Tables of a FlatBuffer, read in place. Facts: the FlatBuffers binary format.

Every offset is checked against the end of the data; nothing is copied but names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

_WINDOW = 64 * 1024
_MOST = 100_000
_LONGEST_NAME = 4096


class Broken(Exception):
    """Something refers beyond the end of the data."""


class Content:
    """The bytes of a stream by offset, through one window of 64 KiB."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.size = size
        self._stream = stream
        self._base, self._window = 0, b""

    def at(self, start: int, count: int) -> bytes:
        """So many bytes, at most 64 KiB, from an offset on. Raises Broken where they are not."""
        if start < 0 or start + count > self.size:
            raise Broken
        if not self._base <= start <= self._base + len(self._window) - count:
            self._stream.seek(start)
            self._base, self._window = start, self._stream.read(_WINDOW)
        found = self._window[start - self._base : start - self._base + count]
        if len(found) < count:
            raise Broken
        return found


class Table:
    """A table: its fields by number. All methods raise Broken."""

    def __init__(self, data: Content, at: int) -> None:
        self.data, self.at = data, at
        self.vtable = at - _signed(data, at)
        self.size = number_at(data, self.vtable, 2)

    def field(self, number: int) -> int:
        """Where a field stands, 0 where it is absent."""
        slot = 4 + 2 * number
        if slot + 2 > self.size:
            return 0
        offset = number_at(self.data, self.vtable + slot, 2)
        return self.at + offset if offset else 0

    def value(self, number: int, width: int) -> int:
        """An unsigned number of some bytes, 0 where it is absent."""
        at = self.field(number)
        return number_at(self.data, at, width) if at else 0

    def table(self, number: int) -> Table | None:
        """The table that a field refers to."""
        at = self._follow(number)
        return Table(self.data, at) if at else None

    def tables(self, number: int) -> Iterator[Table]:
        """The tables of a vector. Raises Broken past 100,000."""
        start = self._follow(number)
        count = _word(self.data, start) if start else 0
        if count > _MOST:
            raise Broken
        for index in range(count):
            at = start + 4 + 4 * index
            yield Table(self.data, at + _word(self.data, at))

    def text(self, number: int) -> str:
        """A string, at most 4 KiB of it; empty where it is absent."""
        start, end = self.vector(number)
        return self.data.at(start, min(end - start, _LONGEST_NAME)).decode("utf-8", "replace")

    def vector(self, number: int) -> tuple[int, int]:
        """Where the bytes of a string or byte vector begin and end; twice 0 where it is absent."""
        start = self._follow(number)
        if not start:
            return 0, 0
        end = start + 4 + _word(self.data, start)
        if end > self.data.size:
            raise Broken
        return start + 4, end

    def _follow(self, number: int) -> int:
        at = self.field(number)
        return at + _word(self.data, at) if at else 0


def root(data: Content) -> Table:
    """The table that the first four bytes refer to. Raises Broken."""
    return Table(data, _word(data, 0))


def number_at(data: Content, at: int, width: int) -> int:
    """An unsigned little-endian number. Raises Broken."""
    return int.from_bytes(data.at(at, width), "little")


def _word(data: Content, at: int) -> int:
    return number_at(data, at, 4)


def _signed(data: Content, at: int) -> int:
    value = number_at(data, at, 4)
    return value - (1 << 32) if value >> 31 else value
