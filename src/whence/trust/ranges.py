"""A file behind HTTP that is read in ranges, as a seekable stream, without fetching it whole.

The server may be hostile, slow or broken: every answer is bounded in bytes and seconds, must be the
range that was asked for, and must belong to a file of the size that the listing states.
"""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol, cast

from whence.readers.contract import Source, Unreadable

BLOCK = 16 * 1024
FIRST = 64 * 1024
WHOLE = 1024 * 1024
LONGEST_REACH = 4 * 1024 * 1024
FILE_LIMIT = 64 * 1024 * 1024
REQUESTS = 5_000
SECONDS = 60.0
PATIENCE = 3
LONGEST_WAIT = 10.0
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_POINTER = b"version https://git-lfs.github.com/spec/v"
_WHAT_TO_DO = "download it and ask about the folder"


class Answer(Protocol):
    """What a server says to a request for a range."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_raw(self, chunk_size: int | None = None) -> Iterator[bytes]: ...


Ask = Callable[[int, int], AbstractContextManager[Answer]]


class Allowance:
    """What a whole repository may cost: bytes left to fetch, counted down by its files.

    Several files are read at once.
    """

    def __init__(self, size: int) -> None:
        self.left = size
        self._lock = threading.Lock()

    def spend(self, count: int) -> None:
        with self._lock:
            self.left -= count


class RemoteContent:
    """The bytes of one file, fetched as they are asked for and kept.

    `ask` sends a request for the bytes from its first to its second argument, both included. Raises
    Unreadable where the answer cannot be used, and where more than `FILE_LIMIT` would be fetched.
    """

    def __init__(self, size: int, ask: Ask, allowance: Allowance) -> None:
        self.size = size
        self.fetched = 0
        self.ignores_ranges = False
        self._ask, self._allowance = ask, allowance
        self._blocks: dict[int, bytes] = {}
        self._requests = 0
        self._next = 0
        self._reach = BLOCK

    def read(self, start: int, count: int) -> bytes:
        """The bytes from an offset on; fewer only at the end of the file."""
        end = min(start + count, self.size)
        if start >= end:
            return b""
        first, last = start // BLOCK, (end - 1) // BLOCK
        at = first
        while at <= last:
            if at in self._blocks:
                at += 1
                continue
            self._fetch(at, last)
        joined = b"".join(self._blocks[number] for number in range(first, last + 1))
        return joined[start - first * BLOCK : end - first * BLOCK]

    @property
    def complete(self) -> bool:
        """Whether every byte is here."""
        return sum(map(len, self._blocks.values())) == self.size

    def release(self) -> None:
        """Lets go of the bytes; they would be fetched again."""
        self._blocks.clear()

    def _fetch(self, first: int, last: int) -> None:
        """From one block to at least another; farther where reading goes straight on."""
        start = first * BLOCK
        self._reach = min(self._reach * 2, LONGEST_REACH) if start == self._next else BLOCK
        wanted = max((last + 1) * BLOCK - start, self._reach)
        if not self._blocks:
            wanted = max(wanted, self.size if self.size <= WHOLE else FIRST)
        end = start + BLOCK
        while end < min(start + wanted, self.size) and end // BLOCK not in self._blocks:
            end += BLOCK
        end = min(end, self.size)
        self._next = end
        self._spend(end - start)
        data = self._answered(start, end)
        base = 0 if len(data) == self.size else start
        for at in range(0, len(data), BLOCK):
            self._blocks[(base + at) // BLOCK] = data[at : at + BLOCK]

    def _spend(self, count: int) -> None:
        self._requests += 1
        if self._requests > REQUESTS:
            raise Unreadable(f"it takes more than {REQUESTS:,} requests to read: {_WHAT_TO_DO}")
        if self.fetched + count > FILE_LIMIT:
            limit = FILE_LIMIT // 1024**2
            raise Unreadable(f"more than {limit} MiB would have to be fetched: {_WHAT_TO_DO}")
        if count > self._allowance.left:
            raise Unreadable(f"the repository needs more than may be fetched: {_WHAT_TO_DO}")

    def _answered(self, start: int, end: int) -> bytes:
        for _ in range(PATIENCE):
            with self._ask(start, end - 1) as answer:
                if answer.status_code not in (429, 503):
                    return self._taken(answer, start, end)
                wait = _seconds(answer.headers.get("retry-after", ""))
            if wait > LONGEST_WAIT:
                break
            time.sleep(wait)
        raise Unreadable(_refusal(429))

    def _taken(self, answer: Answer, start: int, end: int) -> bytes:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise Unreadable("the server answers in an encoding that was not asked for")
        if answer.status_code == 206:
            self._check_range(answer, start, end)
            return self._body(answer, end - start)
        if answer.status_code != 200:
            raise Unreadable(_refusal(answer.status_code))
        return self._whole(answer)

    def _check_range(self, answer: Answer, start: int, end: int) -> None:
        given = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        if given is None:
            raise Unreadable("the server does not say which range it gives")
        first, last, size = map(int, given.groups())
        if size != self.size:
            self._other_size(answer, size)
        if (first, last) != (start, end - 1):
            raise Unreadable("the server gives another range than the one asked for")

    def _whole(self, answer: Answer) -> bytes:
        """A server that ignores ranges gives everything: taken where it is not too much."""
        self.ignores_ranges = True
        stated = answer.headers.get("content-length", "")
        if stated.isascii() and stated.isdecimal() and int(stated) != self.size:
            self._other_size(answer, int(stated))
        self._spend(self.size)
        return self._body(answer, self.size)

    def _other_size(self, answer: Answer, size: int) -> None:
        head = b"" if size > 1024 else self._body(answer, min(size, 1024))
        if head.startswith(_POINTER):
            raise Unreadable(
                "a Git LFS pointer stands in place of the content: the hub lost the file, or it"
                " was never uploaded"
            )
        raise Unreadable(f"the server has {size:,} bytes where the listing says {self.size:,}")

    def _body(self, answer: Answer, count: int) -> bytes:
        deadline = time.monotonic() + SECONDS
        got = bytearray()
        for chunk in answer.iter_raw(64 * 1024):
            got += chunk
            self.fetched += len(chunk)
            self._allowance.spend(len(chunk))
            if len(got) > count:
                raise Unreadable("the server sends more than it was asked for")
            if time.monotonic() > deadline:
                raise Unreadable(f"the server did not finish an answer within {SECONDS:g} s")
        if len(got) < count:
            raise Unreadable("the server broke off in the middle of an answer")
        return bytes(got)


class RemoteStream(io.RawIOBase):
    """A place in a remote file."""

    def __init__(self, content: RemoteContent) -> None:
        self._content, self._at = content, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = (0, self._at, self._content.size)[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        data = self._content.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class RemoteSource(Source):
    """A file of a remote repository as readers see it."""

    def __init__(self, path: str, content: RemoteContent) -> None:
        super().__init__(path, content.size)
        self.content = content

    def open(self) -> BinaryIO:
        """A seekable stream; every stream over one file shares what was fetched."""
        return cast(BinaryIO, io.BufferedReader(RemoteStream(self.content), 4096))


def _seconds(stated: str) -> float:
    """How long the server asks to wait; a second where it says nothing that is a number."""
    return float(stated) if stated.isascii() and stated.isdecimal() else 1.0


def _refusal(status: int) -> str:
    if status == 429:
        return "the hub asks for fewer requests (429): log in with `hf auth login`, or ask later"
    if status in (401, 403):
        return f"the hub refuses the file ({status}): log in with an account that may read it"
    if status == 404:
        return "the hub lists the file and does not have it (404)"
    return f"the hub answers {status}"
