"""Parquet files → the names of their columns, from the footer alone.

Source: the Parquet format (parquet.thrift) and Thrift's compact protocol, as the Apache projects
document them. Rows are not read; a file whose footer is encrypted has no columns to tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.datasets import DataColumns

VERSION = 1
FOOTER = 4 * 1024 * 1024
COLUMNS = 500
NAME = 200
_DEPTH = 16
_STEPS = 200_000
_MAGIC = b"PAR1"
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_SCHEMA, _ELEMENT_NAME, _CHILDREN = 2, 4, 5


def claims(path: str, head: bytes) -> bool:
    """By the bytes that every Parquet file begins with."""
    return head.startswith(_MAGIC)


def read(source: Source) -> Iterator[DataColumns | Unread]:
    """One fact with the names of all leaves of the schema."""
    names = tuple(dict.fromkeys(_leaves(_Footer(_footer(source)))))[:COLUMNS]
    if names:
        yield DataColumns(source.span(), source.path, names, "parquet")


def _footer(source: Source) -> bytes:
    if source.size < 12:
        raise Unreadable("shorter than a Parquet file can be")
    with source.open() as stream:
        stream.seek(source.size - 8)
        tail = stream.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC:
            raise Unreadable("no Parquet footer: broken off, or encrypted")
        if not 0 < length <= min(FOOTER, source.size - 8):
            raise Unreadable("a Parquet footer of an impossible length")
        stream.seek(source.size - 8 - length)
        return stream.read(length)


def _leaves(footer: _Footer) -> Iterator[str]:
    """The names of the elements of the schema that have no children."""
    for field, kind in footer.fields():
        if field != _SCHEMA or kind != _LIST:
            footer.skip(kind)
            continue
        count, _ = footer.list_head()
        for _ in range(min(count, _STEPS)):
            name, children = "", 0
            for part, held in footer.fields():
                if part == _ELEMENT_NAME and held == _BINARY:
                    name = footer.text()
                elif part == _CHILDREN and held == _I32:
                    children = footer.number()
                else:
                    footer.skip(held)
            if name and not children:
                yield name
        return


class _Footer:
    """Values of the compact protocol, one after the other, within bounds."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.steps = 0

    def byte(self) -> int:
        self.steps += 1
        if self.at >= len(self.data) or self.steps > _STEPS * 4:
            raise Unreadable("a Parquet footer that ends too early")
        self.at += 1
        return self.data[self.at - 1]

    def unsigned(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Unreadable("a number too long for a Parquet footer")

    def number(self) -> int:
        value = self.unsigned()
        return (value >> 1) ^ -(value & 1)

    def text(self) -> str:
        length = self.unsigned()
        if length > len(self.data) - self.at:
            raise Unreadable("a text that is longer than the Parquet footer")
        self.at += length
        return self.data[self.at - length : self.at][:NAME].decode("utf-8", "replace")

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and kind of each field of a structure; the caller takes or skips its value."""
        number = 0
        while True:
            head = self.byte()
            if not head:
                return
            number = number + (head >> 4) if head >> 4 else self.number()
            yield number, head & 0x0F

    def list_head(self) -> tuple[int, int]:
        head = self.byte()
        count = head >> 4
        return (self.unsigned() if count == 15 else count), head & 0x0F

    def skip(  # noqa: C901 - one branch for each kind
        self, kind: int, depth: int = 0, inside: bool = False
    ) -> None:
        """Passes over a value; a truth value takes a byte only inside a list."""
        if depth > _DEPTH:
            raise Unreadable("a Parquet footer that is nested too deeply")
        if kind in (_TRUE, _FALSE):
            self.at += inside
        elif kind == _BYTE:
            self.byte()
        elif kind in (_I16, _I32, _I64):
            self.unsigned()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            self.text()
        elif kind in (_LIST, _SET):
            count, of = self.list_head()
            for _ in range(count):
                self.steps += 1
                self._within()
                self.skip(of, depth + 1, True)
        elif kind == _MAP:
            count = self.unsigned()
            kinds = self.byte() if count else 0
            for _ in range(count):
                self._within()
                self.skip(kinds >> 4, depth + 1, True)
                self.skip(kinds & 0x0F, depth + 1, True)
        elif kind == _STRUCT:
            for _, held in self.fields():
                self.skip(held, depth + 1)
        else:
            raise Unreadable("a kind of value that Parquet footers do not have")

    def _within(self) -> None:
        self.steps += 1
        if self.at > len(self.data) or self.steps > _STEPS * 4:
            raise Unreadable("a Parquet footer that ends too early")
