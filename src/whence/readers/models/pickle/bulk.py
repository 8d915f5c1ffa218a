"""Runs of plain data passed in bulk by regular expressions, exact in what they push.

A run is a row of complete plain values: scalars, short text, memo reads, and lists, dicts and
tuples of them two levels deep, with their memo writes. Nothing in a run can import, call or change
anything: containers are only filled by the very run that made them, and a tuple only takes values
of its own run. In a group that fills a dict, a run is whole pairs.

Where the C unpickler would stop inside a run because text is not UTF-8, a memo number is missing or
a memo entry cannot be a key, the machine reads on: it then sees more than would happen, never less.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.values import Container, Made, Run

if TYPE_CHECKING:
    from whence.readers.models.pickle.memo import Memo
    from whence.readers.models.pickle.state import Machine
    from whence.readers.models.pickle.window import Window

SHORTEST_RUN: Final = 32
MOST_STEPS: Final = 10
FAILURES_PER_STEP: Final = 16
PATIENCE_WITHOUT_ORDER: Final = 1 << 14
BULK_AFTER: Final = 1 << 19
LONGEST_TEXT: Final = 56
LEVELS: Final = 2
FRAMED: Final = 4
"""From this protocol on MEMOIZE and SHORT_BINUNICODE replace LONG_BINPUT and BINUNICODE."""


def _text(*, framed: bool) -> bytes:
    zeros = b"" if framed else b"\\0\\0\\0"
    lengths = b"|".join(
        b"\\x%02x%s.{%d}" % (length, zeros, length) for length in range(LONGEST_TEXT)
    )
    return (rb"\x8c(?:" if framed else rb"X(?:") + lengths + rb")"


def _scalars(*, framed: bool) -> list[bytes]:
    return [rb"[Kh].", _text(framed=framed), rb"M..", rb"[Jj].{4}", rb"G.{8}"]


def _one(scalar: bytes, container: bytes, memo: bytes) -> bytes:
    """Exactly one value."""
    tuples = scalar + rb"(?:\x85|" + scalar + rb"(?:\x86|" + scalar + rb"\x87))" + memo
    return b"(?:" + tuples + b"|" + scalar + (b"|" + container if container else b"") + b")"


def _row(scalar: bytes, container: bytes, memo: bytes) -> bytes:
    """One or more values; a tuple opcode takes the last of them."""
    several = (
        scalar + rb"(?:" + scalar + rb"(?:" + scalar + b"++" + rb"(?:[\x85-\x87]" + memo + b")?+"
        rb"|(?:[\x85\x86]" + memo + rb")?+)|(?:\x85" + memo + rb")?+)"
    )
    if not container:
        return several
    holding = container + rb"(?:\x85" + memo + b"|" + scalar + rb"\x86" + memo + b")?+"
    return b"(?:" + several + b"|" + holding + b")"


def _container(scalar: bytes, inner: bytes, memo: bytes) -> bytes:
    """A list, dict or marked tuple of scalars and `inner` containers."""
    row = _row(scalar, inner, memo)
    one = _one(scalar, inner, memo)
    parts = [
        rb"\]" + memo + rb"(?:\((?:" + row + rb")*+e|" + scalar + rb"a|(?=[eut\x85\x86\x87]))",
        rb"\}" + memo + rb"(?:\((?:" + scalar + one + rb")*+u|" + scalar + one + b"s"
        rb"|(?=[eut\]\}\x85\x86\x87]))",
        rb"\((?:" + row + rb")*+t" + memo,
    ]
    return b"(?:" + b"|".join(parts) + b")"


@lru_cache(maxsize=4)
def _grammar(*, framed: bool, pairs: bool) -> re.Pattern[bytes]:
    """Rows of values, or keys and values in turn."""
    memo = rb"\x94?+" if framed else rb"(?:r.{4})?+"
    parts = _scalars(framed=framed)
    parts[1] += memo
    scalar = b"(?:" + b"|".join([rb"[N\x88\x89)]", *parts]) + b")"
    container = b""
    for _ in range(LEVELS):
        container = _container(scalar, container, memo)
    if pairs:
        values = scalar + _one(scalar, container, memo)
    else:
        values = _row(scalar, container, memo)
    return re.compile(b"(?:" + values + b")*+", re.DOTALL)


@lru_cache(maxsize=2)
def _memo_writes(*, framed: bool) -> re.Pattern[bytes]:
    """Finds in a run MEMOIZE, or the number of each LONG_BINPUT; other opcodes give nothing."""
    write = rb"(\x94)" if framed else rb"r(.{4})"
    others = b"|".join([rb"[N\x88\x89)(\]}eutas\x85\x86\x87]", *_scalars(framed=framed)])
    between = b"(?:" + others + b")"
    return re.compile(between + b"*+" + write + b"|" + between + b"++", re.DOTALL)


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
        pairs = _fills_dict(m)
        if pairs is None:
            return False
        found = _grammar(framed=framed, pairs=pairs).match(w.data, pos, max(w.edge, pos))
        end = found.end() if found else pos
        written = _written(w, end, memo, framed=framed) if end - pos >= SHORTEST_RUN else -1
        if written < 0:
            self.failures += 1
            steps = min(self.failures // FAILURES_PER_STEP, MOST_STEPS)
            self.next_try = w.base + end + (1 << steps)
            return False
        self.failures = 0
        m.push(Run(w.offset, w.base + end, memo.length, pairs=pairs))
        m.runs += 1
        memo.skip(written)
        w.pos = end
        return True


def _fills_dict(m: Machine) -> bool | None:
    """Whether the open group may become keys and values of a dict; None in the midst of a pair."""
    below = m.stack[m.fence - 1] if m.marks and m.fence else None
    if type(below) is not Made and (type(below) is not Container or below.kind != "dict"):
        return False
    singles = sum(1 for value in m.stack[m.fence :] if type(value) is not Run)
    return True if singles % 2 == 0 else None


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
