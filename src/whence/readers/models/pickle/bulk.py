"""Runs of plain data passed in bulk by regular expressions, exact in what they push.

A run is an even number of complete plain values: scalars, short ASCII text, memo reads, and lists,
dicts and tuples of them two levels deep, with their memo writes. Nothing in a run can import, call
or change anything: containers are only filled by the very run that made them.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.values import Run

if TYPE_CHECKING:
    from whence.readers.models.pickle.memo import Memo
    from whence.readers.models.pickle.state import Machine
    from whence.readers.models.pickle.window import Window

SHORTEST_RUN: Final = 32
MOST_STEPS: Final = 10
FAILURES_PER_STEP: Final = 16
PATIENCE_WITHOUT_ORDER: Final = 1 << 14
BULK_AFTER: Final = 1 << 19
LONGEST_TEXT: Final = 40
FRAMED: Final = 4
"""From this protocol on MEMOIZE and SHORT_BINUNICODE replace LONG_BINPUT and BINUNICODE."""


def _text(*, framed: bool) -> bytes:
    zeros = b"" if framed else b"\\0\\0\\0"
    lengths = b"|".join(
        b"\\x%02x%s[^\\x80-\\xff]{%d}" % (length, zeros, length) for length in range(LONGEST_TEXT)
    )
    return (rb"\x8c(?:" if framed else rb"X(?:") + lengths + rb")"


def _scalars(*, framed: bool) -> list[bytes]:
    return [rb"[Kh].", _text(framed=framed), rb"M..", rb"[Jj].{4}", rb"G.{8}"]


def _level(scalar: bytes, inner: bytes, memo: bytes) -> bytes:
    parts = [
        inner + rb"(?:\x85|" + inner + rb"(?:\x86|" + inner + rb"\x87))" + memo,
        scalar,
        rb"\]" + memo + rb"(?:\(" + inner + rb"*+e|(?!\())",
        rb"\}" + memo + rb"(?:\((?:" + scalar + inner + rb")*+u|(?!\())",
        rb"\(" + inner + rb"*+t" + memo,
    ]
    return b"(?:" + b"|".join(parts) + b")"


@lru_cache(maxsize=2)
def _pairs(*, framed: bool) -> re.Pattern[bytes]:
    """Any number of pairs of values."""
    memo = rb"\x94?+" if framed else rb"(?:r.{4})?+"
    parts = _scalars(framed=framed)
    parts[1] += memo
    scalar = b"(?:" + b"|".join([rb"[N\x88\x89)]", *parts]) + b")"
    value = _level(scalar, _level(scalar, scalar, memo), memo)
    return re.compile(b"(?:" + value + value + b")*+", re.DOTALL)


@lru_cache(maxsize=2)
def _memo_writes(*, framed: bool) -> re.Pattern[bytes]:
    """Finds in a run MEMOIZE, or the number of each LONG_BINPUT; other opcodes give nothing."""
    write = rb"(\x94)" if framed else rb"r(.{4})"
    others = b"|".join([rb"[N\x88\x89)(\]}eut\x85\x86\x87]", *_scalars(framed=framed)])
    return re.compile(write + b"|(?:" + others + b")++", re.DOTALL)


class Bulk:
    """Tries a run where one may begin, and less often where none was found."""

    __slots__ = ("failures", "next_try")

    def __init__(self, start: int) -> None:
        self.next_try = start + BULK_AFTER
        self.failures = 0

    def advance(self, m: Machine) -> bool:
        """Pass a run if there is one here; false if there is none worth it."""
        w = m.window
        memo = m.memo
        if memo.sparse:
            self.next_try = w.offset + PATIENCE_WITHOUT_ORDER
            return False
        pos = w.pos
        framed = m.protocol >= FRAMED
        found = _pairs(framed=framed).match(w.data, pos, max(w.edge, pos))
        end = found.end() if found else pos
        written = _written(w, end, memo, framed=framed) if end - pos >= SHORTEST_RUN else -1
        if written < 0:
            self.failures += 1
            steps = min(self.failures // FAILURES_PER_STEP, MOST_STEPS)
            self.next_try = w.base + end + (1 << steps)
            return False
        self.failures = 0
        m.push(Run(w.offset, w.base + end, memo.length))
        m.runs += 1
        memo.skip(written)
        w.pos = end
        return True


def _written(w: Window, end: int, memo: Memo, *, framed: bool) -> int:
    """How many memo entries a run writes; -1 if their numbers are not the next ones."""
    found: list[bytes] = _memo_writes(framed=framed).findall(w.data, w.pos, end)
    numbers = b"".join(found)
    if framed:
        return len(numbers)
    count = len(numbers) // 4
    if memo.length + count >= 1 << 32:
        return -1
    expected = struct.pack(f"<{count}I", *range(memo.length, memo.length + count))
    return count if numbers == expected else -1
