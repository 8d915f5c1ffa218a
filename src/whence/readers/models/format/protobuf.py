"""The wire format of Protocol Buffers, walked without a schema and without building messages.

Facts: the Protocol Buffers encoding guide. A field of length type is given as its range in the
file, so that weights are passed over and never copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

_TEXT_LIMIT = 64 * 1024
_WHOLE_LIMIT = 16 * 1024 * 1024
_WINDOW = 64 * 1024


class Field(msgspec.Struct, frozen=True):
    """A field: its number, its value where it is a number, its range where it has a length.

    `wire` is the wire type: 0 number, 1 eight bytes, 2 length, 5 four bytes.
    """

    number: int
    wire: int
    value: int
    start: int
    end: int


class Broken(Exception):
    """The bytes are no message. The message of the exception says where."""


class Wire:
    """Random access to the fields of a message in a stream, through one window of 64 KiB."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.size = size
        self._stream = stream
        self._data = b""
        self._base = 0
        self.fields_left = 5_000_000

    def _have(self, at: int, count: int) -> int:
        """The index in the window of the byte at an offset, `count` bytes being there if any are."""
        index = at - self._base
        if index < 0 or index + count > len(self._data):
            self._stream.seek(at)
            self._data = self._stream.read(max(_WINDOW, count))
            self._base = at
            index = 0
        return index

    def varint(self, at: int) -> tuple[int, int]:
        """A number and the offset behind it. Raises Broken."""
        index = self._have(at, 10)
        data = self._data
        value = shift = 0
        for position in range(index, min(index + 10, len(data))):
            byte = data[position]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF, at + position - index + 1
            shift += 7
        raise Broken(f"no number at byte {at}")

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """The fields of the message in a range. Raises Broken where the range holds none."""
        at = start
        while at < end:
            self.fields_left -= 1
            if self.fields_left < 0:
                raise Broken("more fields than whence looks at")
            tag, after = self.varint(at)
            number, wire = tag >> 3, tag & 7
            if number == 0:
                raise Broken(f"field number 0 at byte {at}")
            value, first = 0, after
            if wire == 0:
                value, after = self.varint(after)
            elif wire == 2:
                value, first = self.varint(after)
                after = first + value
            elif wire in (1, 5):
                after += 8 if wire == 1 else 4
            else:
                raise Broken(f"wire type {wire} at byte {at}")
            if after > end:
                raise Broken(f"field {number} at byte {at} is longer than its message")
            yield Field(number, wire, value, first, after)
            at = after

    def text(self, field: Field) -> str:
        """The text of a field, at most 64 KiB of it; empty where the field is no text."""
        if field.wire != 2:
            return ""
        return self.raw(field).decode("utf-8", "replace")

    def whole(self, field: Field) -> bytes:
        """All bytes of a field. Raises Broken past 16 MiB."""
        if field.end - field.start > _WHOLE_LIMIT:
            raise Broken(f"a text of {field.end - field.start} bytes")
        self._stream.seek(field.start)
        return self._stream.read(field.end - field.start)

    def raw(self, field: Field) -> bytes:
        """The bytes of a field, at most 64 KiB of them."""
        count = min(field.end - field.start, _TEXT_LIMIT)
        index = self._have(field.start, count)
        return self._data[index : index + count]

    def texts(self, start: int, end: int, number: int) -> list[str]:
        """The texts of all fields with a number in one message."""
        return [self.text(field) for field in self.fields(start, end) if field.number == number]
