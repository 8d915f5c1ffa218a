"""Bytes of a stream seen through a window that moves forward, in constant memory."""

from __future__ import annotations

import io
from typing import BinaryIO, Final, cast

from whence.readers.models.pickle.part import Part
from whence.readers.models.pickle.trouble import BeyondLimit, Exhausted, StreamError

CHUNK: Final = 1 << 18
LONGEST_LINE: Final = 1 << 20
FIRST_READ: Final = 1 << 14
LONGEST_FIRST: Final = 1 << 22
MARGIN: Final = 16


class Window:
    """A part of a stream: `data[pos]` is the next byte, at offset `base + pos`.

    Args:
        source: bytes, or a binary file read from where it stands (so that pipes and
            decompressors work); offsets count from `origin`.
        origin: the offset of the first byte.
        rewindable: whether earlier bytes may be read again through `seek`.

    `skipped` adds up the bytes of tensors and other long arguments, which are no opcodes.
    Before `edge` an opcode and its fixed argument are surely in `data`, and inside the frame that
    ends at the offset `frame_end` (-1: no frame).
    """

    __slots__ = (
        "_before",
        "_file",
        "_first",
        "_shift",
        "base",
        "data",
        "edge",
        "ended",
        "frame_end",
        "pos",
        "rewindable",
        "skipped",
    )

    def __init__(
        self, source: bytes | BinaryIO, origin: int = 0, *, rewindable: bool | None = None
    ) -> None:
        self._before = b""
        self._first: bytes | None = None
        self.base = origin
        self.pos = 0
        self.frame_end = -1
        self.edge = 0
        self.skipped = 0
        self._file: BinaryIO
        if isinstance(source, bytes):
            self._file = io.BytesIO(source)
            self._shift = -origin
            self.data = source
            self.ended = True
            self.rewindable = True
            self.settle()
            return
        self._file = source
        self.rewindable = source.seekable() if rewindable is None else rewindable
        self._shift = source.tell() - origin if self.rewindable else 0
        self.data = source.read(FIRST_READ)
        if not self.rewindable:
            self._first = self.data
        self.ended = not self.data
        self.settle()

    def settle(self) -> None:
        """Work out `edge` again after the data, the frame or the place changed.

        It is never far ahead, so that limits are looked at regularly.
        """
        edge = min(len(self.data) - MARGIN, self.pos + CHUNK)
        if self.frame_end >= 0:
            edge = min(edge, self.frame_end - self.base)
        self.edge = edge

    @property
    def offset(self) -> int:
        """Where the next byte stands in the stream."""
        return self.base + self.pos

    def _read(self, count: int) -> bytes:
        if self.ended:
            return b""
        if self.rewindable:
            self._file.seek(self._shift + self.base + len(self.data))
        more = self._file.read(count)
        if not more:
            self.ended = True
        elif self._first is not None:
            short = len(self._first) + len(more) <= LONGEST_FIRST
            self._first = self._first + more if short else None
        return more

    def so_far(self, start: int) -> bytes | None:
        """All bytes from an offset on that were fetched, if the stream is a short one."""
        if self._first is None:
            return None
        origin = self.base + len(self.data) - len(self._first)
        return self._first[start - origin :] if start >= origin else None

    def refill(self, wanted: int = CHUNK) -> bool:
        """Drop what was read, and read more; false at the end of the stream."""
        more = self._read(max(wanted, CHUNK))
        if not more:
            return False
        if self.pos:
            if not self.rewindable:
                self._before = self.data[max(0, self.pos - CHUNK) : self.pos]
            self.base += self.pos
            self.data = self.data[self.pos :] + more
            self.pos = 0
        else:
            self.data += more
        self.settle()
        return True

    def take(self, count: int) -> bytes:
        """The next `count` bytes; callers bound `count`."""
        while len(self.data) - self.pos < count:
            if not self.refill(count):
                raise Exhausted(f"the data ends inside an argument of {count} bytes")
        start = self.pos
        self.pos = start + count
        return self.data[start : self.pos]

    def skip(self, count: int) -> None:
        """Go past `count` bytes without keeping them."""
        self.skipped += count
        here = len(self.data) - self.pos
        if count <= here:
            self.pos += count
            return
        self._drop()
        left = count - here
        if self.rewindable and left > CHUNK and not self.ended:
            size = self._file.seek(0, io.SEEK_END) - self._shift
            jump = min(left, size - self.base)
            self.base += max(jump, 0)
            left -= max(jump, 0)
        while left:
            chunk = self._read(min(left, CHUNK))
            if not chunk:
                raise Exhausted(f"the data ends inside an argument of {count} bytes")
            self.base += len(chunk)
            left -= len(chunk)

    def _drop(self) -> None:
        self.base += len(self.data)
        self._before = b""
        self.data = b""
        self.pos = 0
        self.settle()

    def line(self) -> bytes:
        """The bytes up to the next newline, without it; the newline is passed."""
        found, length = self.long_line()
        if length > len(found):
            raise BeyondLimit(f"a text argument is longer than {LONGEST_LINE} bytes")
        return found

    def long_line(self) -> tuple[bytes, int]:
        """As `line`, but of a line longer than a megabyte only the beginning; and its length."""
        searched = self.pos
        while (end := self.data.find(b"\n", searched)) < 0:
            seen = len(self.data) - self.pos
            if seen > LONGEST_LINE:
                return self._skip_line()
            if not self.refill():
                raise Exhausted("the data ends inside a text argument")
            searched = self.pos + seen
        start = self.pos
        self.pos = end + 1
        return self.data[start:end], end - start

    def _skip_line(self) -> tuple[bytes, int]:
        start = self.offset
        beginning = self.data[self.pos : self.pos + 64]
        while (end := self.data.find(b"\n", self.pos)) < 0:
            self.pos = len(self.data)
            if not self.refill():
                raise Exhausted("the data ends inside a text argument")
        self.pos = end + 1
        return beginning, self.offset - 1 - start

    def again(self, start: int, end: int) -> bytes | None:
        """Bytes already passed, if they can still be had."""
        if start >= self.base and end <= self.base + len(self.data):
            return self.data[start - self.base : end - self.base]
        if self.rewindable:
            self._file.seek(self._shift + start)
            found = self._file.read(end - start)
            return found if len(found) == end - start else None
        before = self.base - len(self._before)
        if start >= before:
            joined = self._before + self.data
            return joined[start - before : end - before] if end <= before + len(joined) else None
        return None

    def part(self, offset: int, length: int) -> BinaryIO | None:
        """A range of a rewindable stream as a file of its own."""
        if not self.rewindable:
            found = self.again(offset, offset + length)
            return None if found is None else io.BytesIO(found)
        return cast(BinaryIO, Part(self._file, self._shift + offset, length))

    def move(self, offset: int) -> None:
        """Go to any offset of a rewindable stream."""
        inside = offset - self.base
        if 0 <= inside <= len(self.data):
            self.pos = inside
        else:
            self._drop()
            self.base = offset
            self.ended = False
        self.frame_end = -1
        self.settle()

    def end_frame(self) -> None:
        """Leave a frame that ends here; raw bytes are never inside one."""
        if self.frame_end > self.offset:
            raise StreamError("raw array bytes are expected in the middle of a frame")
        self.frame_end = -1
        self.settle()

    def has(self, count: int) -> bool:
        """Whether `count` more bytes can be had; reads on if need be."""
        while len(self.data) - self.pos < count:
            if not self.refill():
                return False
        return True

    def size(self) -> int | None:
        """Where the stream ends, if that is known without reading on."""
        if self.ended:
            return self.base + len(self.data)
        if not self.rewindable:
            return None
        return self._file.seek(0, io.SEEK_END) - self._shift
