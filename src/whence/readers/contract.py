"""What a reader is: a module that turns the bytes of one kind of file into facts.

A reader module has three names:

* `VERSION`: an integer, raised when the same bytes would give other facts (the cache asks it);
* `claims(path, head)`: whether the reader wants the file, by its path and its first 4 KiB;
* `read(source)`: yields facts, and `Unread` for what it had to leave out.

`read` may raise `Unreadable`; that is caught in one place and reported as not audited.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO, Protocol

from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact

HEAD_SIZE = 4096
TEXT_LIMIT = 64 * 1024 * 1024


class Unreadable(Exception):
    """The file cannot be read as what it claims to be. The message says why, for the report."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Source:
    """One file as a reader sees it: its relative path, its size in bytes, and its content."""

    def __init__(
        self, path: str, size: int, location: str = "", content: bytes | None = None
    ) -> None:
        self.path = path
        self.size = size
        self._location = location
        self._content = content

    @classmethod
    def of_bytes(cls, path: str, content: bytes) -> Source:
        """A source that stands in memory: an archive's member, a notebook's cell, a test."""
        return cls(path, len(content), content=content)

    def open(self) -> BinaryIO:
        """A seekable stream over the content. The caller closes it."""
        if self._content is not None:
            return io.BytesIO(self._content)
        return open(self._location, "rb")

    @cached_property
    def data(self) -> bytes:
        """The whole content. Raises Unreadable past 64 MiB: such a file is read as a stream."""
        if self.size > TEXT_LIMIT:
            raise Unreadable(f"larger than {TEXT_LIMIT // 1024 // 1024} MiB")
        with self.open() as stream:
            return stream.read(TEXT_LIMIT + 1)

    @cached_property
    def text(self) -> str:
        """The content as UTF-8, a byte order mark removed. Raises Unreadable where it is not."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            raise Unreadable("not UTF-8 text", line) from None

    def span(self, first: int = 0, last: int = 0, place: str = "") -> Span:
        """A place in this file; `last` defaults to `first`."""
        return Span(self.path, first, last or first, place)


class Reader(Protocol):
    """The shape of a reader module."""

    VERSION: int
    __name__: str

    def claims(self, path: str, head: bytes) -> bool: ...

    def read(self, source: Source) -> Iterator[Fact | Unread]: ...
