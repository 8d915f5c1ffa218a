"""A run of bytes to inspect: a file, an archive's member, what a compressed stream expands to."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import BinaryIO

from whence.readers.contract import HEAD_SIZE
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact

SPOOL_LIMIT = 1024 * 1024 * 1024
_SPOOL_MEMORY = 8 * 1024 * 1024
_CHUNK = 256 * 1024
_FARTHEST = 1 << 61
_LONGEST_NAME = 200

Found = Iterator[Fact | Unread]
Inspect = Callable[["Part"], Found]


class Budget:
    """What the inspection of one file of the tree may cost, shared by all that is nested in it.

    `bytes_left` bounds what decompression may produce, `parts_left` how many members are looked
    at, `DEEPEST` how far archives may nest.
    """

    DEEPEST = 16

    def __init__(self, size: int) -> None:
        self.bytes_left = max(2 * 1024**3, 64 * size)
        self.parts_left = 20_000


class Window(io.RawIOBase):
    """A seekable view of a part of another stream, without copying it."""

    def __init__(self, base: BinaryIO, start: int, size: int) -> None:
        self._base, self._start = base, min(max(start, 0), _FARTHEST)
        self._size, self._at = min(max(size, 0), _FARTHEST), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = (0, self._at, self._size)[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        self._base.seek(self._start + self._at)
        read = self._base.read(wanted)
        buffer[: len(read)] = read
        self._at += len(read)
        return len(read)


class Part:
    """Bytes with a name and a place.

    `path` is the file of the tree that holds them, `chain` the members that lead to them from
    there, `size` their number, -1 where a stream has not been expanded yet. `opener` gives a new
    stream from the start each time; `seekable` says whether it can go back.
    """

    def __init__(
        self,
        path: str,
        size: int,
        opener: Callable[[], BinaryIO],
        budget: Budget,
        chain: tuple[str, ...] = (),
        seekable: bool = True,
        note: str = "",
    ) -> None:
        self.path, self.size, self.budget, self.chain = path, size, budget, chain
        self.note = note
        self._opener, self._seekable = opener, seekable
        self._random: BinaryIO | None = None
        self.damage = ""

    @property
    def name(self) -> str:
        """The last name that the bytes go by."""
        return self.chain[-1] if self.chain else self.path

    @property
    def member(self) -> str:
        """The way from the file to these bytes, empty for the file itself."""
        return " > ".join(printable(name) for name in self.chain)

    def span(self, place: str = "") -> Span:
        """The place of these bytes in the tree, with a place inside them."""
        return Span(self.path, 0, 0, ", ".join(filter(None, (self.member, place))))

    def unread(self, reason: str, *, whole: bool = False) -> Unread:
        """Something of these bytes that was not looked at."""
        return Unread(self.span(), "models", reason, whole=whole and not self.chain)

    @cached_property
    def head(self) -> bytes:
        """The first 4 KiB."""
        if self._seekable:
            self.random().seek(0)
            return self.random().read(HEAD_SIZE)
        with self.stream() as stream:
            return stream.read(HEAD_SIZE)

    def stream(self) -> BinaryIO:
        """A stream from the first byte on. It may be unable to go back."""
        return self._opener()

    def random(self) -> BinaryIO:
        """A stream that can seek, always the same one; expands to a temporary file if need be."""
        if self._random is None:
            self._random = self._opener() if self._seekable else self._expanded()
        return self._random

    def close(self) -> None:
        """Lets go of the stream that `random` gives; it is opened anew when asked for again."""
        if self._random is not None:
            self._random.close()
            self._random = None

    def read_all(self, limit: int) -> bytes:
        """Everything, at most `limit` bytes."""
        with self.stream() as stream:
            return read_up_to(stream, limit)

    def inside(
        self,
        name: str,
        size: int,
        opener: Callable[[], BinaryIO],
        *,
        seekable: bool = True,
        note: str = "",
    ) -> Part:
        """A part that these bytes hold."""
        return Part(self.path, size, opener, self.budget, (*self.chain, name), seekable, note)

    def slice(self, name: str, start: int, size: int) -> Part:
        """A part that stands in these bytes as it is."""

        def opener() -> BinaryIO:
            return io.BufferedReader(Window(self.random(), start, size), 64 * 1024)

        return self.inside(name, size, opener)

    def _expanded(self) -> BinaryIO:
        spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_MEMORY)  # noqa: SIM115
        self.size = 0
        with self.stream() as stream:
            while chunk := stream.read(_CHUNK):
                spool.write(chunk)
                self.size += len(chunk)
                if self.size > SPOOL_LIMIT:
                    self.damage = f"expands beyond {SPOOL_LIMIT // 1024**2} MiB"
                    break
        return spool  # type: ignore[return-value]


def read_up_to(stream: BinaryIO, limit: int) -> bytes:
    """At most `limit` bytes of a stream that may give fewer at a time."""
    pieces: list[bytes] = []
    while limit > 0 and (piece := stream.read(min(limit, 1024 * 1024))):
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


def printable(name: str) -> str:
    """A member's name as it may stand in a report: bounded, without control characters."""
    if len(name) <= _LONGEST_NAME and name.isprintable():
        return name
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name[:_LONGEST_NAME])
    return shown + ("…" if len(name) > _LONGEST_NAME else "")
