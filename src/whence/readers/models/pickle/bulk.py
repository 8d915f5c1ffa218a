"""Runs of plain data passed in bulk by regular expressions, exact in what they push.

A run is a row of complete plain values, and of objects of classes whose objects were made and filled
in one way so far, judged alike whatever data they get. Nothing else in a run can import, call or
change anything: containers are only filled by the very run that made them, and a tuple only takes
values of its own run. In a group that fills a dict, a run is whole pairs. Where a gadget was imported
there are no runs, as one of their memo reads might hand it over.

Where the C unpickler would stop inside a run because text is not UTF-8, a memo number is missing or
a memo entry cannot be a key, the machine reads on: it then sees more than would happen, never less.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.run_grammar import Common, Commons, marks, memo_writes, runs
from whence.readers.models.pickle.values import Container, Global, Made, Run

if TYPE_CHECKING:
    from whence.readers.models.pickle.memo import Memo
    from whence.readers.models.pickle.state import Machine
    from whence.readers.models.pickle.window import Window

SHORTEST_RUN: Final = 32
LONGEST_TAKEN_APART: Final = 4096
LAST_BYTES: Final = 1 << 9
MOST_JOINTS: Final = 4
MOST_STEPS: Final = 10
FAILURES_PER_STEP: Final = 16
PATIENCE_WITHOUT_ORDER: Final = 1 << 14
CLASSES_AFTER: Final = 1 << 21
"""From where on classes are worth an expression of their own; then at each doubling of the way."""
OBJECTS_IN_PAIRS_AFTER: Final = 1 << 23
MOST_CLASSES: Final = 16
BULK_AFTER: Final = 1 << 19
"""So many bytes of opcodes are read one by one first; tensors and arrays do not count."""
FRAMED: Final = 4
"""From this protocol on MEMOIZE and SHORT_BINUNICODE replace LONG_BINPUT and BINUNICODE."""
_TAKE_THE_LAST: Final = frozenset(b"abs0Q2\x85\x86\x87\x81R\x93")


class Bulk:
    """Tries a run where one may begin, and less often where none was found."""

    __slots__ = ("_classes", "_commons", "_look_at", "_seen", "_start", "failures", "next_try")

    def __init__(self, window: Window) -> None:
        self.next_try = window.offset + BULK_AFTER
        self.failures = 0
        self._classes: list[Global] = []
        self._commons: Commons = ()
        self._seen = 0
        self._start = window.offset - window.skipped
        self._look_at = self._start + CLASSES_AFTER

    def advance(self, m: Machine) -> bool:
        """Pass a run if there is one here; false if there is none worth it."""
        w = m.window
        memo = m.memo
        if m.gadgets:
            self.next_try = sys.maxsize
            return False
        if memo.sparse:
            self.next_try = w.offset + PATIENCE_WITHOUT_ORDER
            return False
        read = w.offset - w.skipped - self._start
        if read < BULK_AFTER:
            self.next_try = w.offset + BULK_AFTER - read
            return False
        pairs = _fills_dict(m)
        if pairs is None:
            return False
        self._look_for_classes(m)
        pos = w.pos
        framed = m.protocol >= FRAMED
        commons = () if pairs and read < OBJECTS_IN_PAIRS_AFTER else self._commons
        grammar = runs(commons, framed=framed, pairs=pairs)
        found = grammar.match(w.data, pos, max(w.edge, pos))
        end = found.end() if found else pos
        if end - pos < SHORTEST_RUN or _wanted_at_once(w.data[end : end + 1], end - pos):
            self.failures += 1
            steps = min(self.failures // FAILURES_PER_STEP, MOST_STEPS)
            self.next_try = w.base + end + (1 << steps)
            return False
        seen = marks(commons, framed=framed).findall(w.data, pos, end)
        written = memo_writes(w.data, pos, end, seen) if framed else _in_order(seen, memo)
        if written < 0:
            self.next_try = w.base + end + PATIENCE_WITHOUT_ORDER
            return False
        self.failures = 0
        first = memo.length
        memo.skip(written)
        m.push(Run(w.offset, w.base + end, (first, memo.length), commons, pairs=pairs))
        m.runs += 1
        w.pos = end
        for common, found_class in zip(commons, self._classes, strict=False):
            if count := seen.count(common.read):
                m.reports.repeated(found_class, count)
        return True

    def _look_for_classes(self, m: Machine) -> None:
        """Which classes objects are made of again and again, and where they stand in the memo."""
        memo = m.memo
        for common, found in zip(self._commons, self._classes, strict=True):
            if memo.kept.get(common.number) is not found or m.reports.routine(found) != common.uses:
                self._commons, self._classes, self._seen = (), [], 0
                break
        read = m.window.offset - m.window.skipped
        if self._seen == len(m.common) or read < self._look_at:
            return
        self._look_at = self._start + 2 * (read - self._start)
        self._seen = len(m.common)
        self._classes, commons = [], []
        for found in m.common[:MOST_CLASSES]:
            uses = m.reports.routine(found)
            index = next((i for i, value in memo.kept.items() if value is found), -1)
            if uses and index >= 0:
                self._classes.append(found)
                commons.append(Common(index, uses))
        self._commons = tuple(commons)
        self.failures = 0


def _wanted_at_once(following: bytes, length: int) -> bool:
    """Whether a short run would be taken apart again, because the next opcode takes its last value."""
    return length < LONGEST_TAKEN_APART and bool(following) and following[0] in _TAKE_THE_LAST


def _fills_dict(m: Machine) -> bool | None:
    """Whether the open group may become keys and values of a dict; None in the midst of a pair."""
    below = m.stack[m.fence - 1] if m.marks and m.fence else None
    if type(below) is not Made and (type(below) is not Container or below.kind != "dict"):
        return False
    group = m.stack[m.fence :]
    singles = len(group) - [*map(type, group)].count(Run)
    return True if singles % 2 == 0 else None


def _in_order(seen: list[bytes], memo: Memo) -> int:
    """How many memo entries a run writes by number; -1 if these are not the next ones, once each."""
    numbers = sorted(struct.unpack("<I", mark[1:])[0] for mark in seen if mark[:1] == b"r")
    first, count = memo.length, len(numbers)
    return count if numbers == [*range(first, first + count)] else -1


def last_values(run: Run, data: bytes, *, framed: bool) -> tuple[Run, Run] | None:
    """A long run as two, of which the second holds its last few values; None if it has no joint."""
    if run.end - run.start < 2 * LAST_BYTES:
        return None
    grammar = runs(run.commons, framed=framed, pairs=run.pairs)
    joint = len(data) - LAST_BYTES
    for _ in range(MOST_JOINTS):
        found = grammar.match(data, 0, joint)
        joint = found.end() if found else 0
        if joint <= 0:
            return None
        if grammar.fullmatch(data, joint):
            break
        joint -= 1
    else:
        return None
    seen = marks(run.commons, framed=framed).findall(data, joint)
    first, last = run.memo
    if framed:
        middle = last - memo_writes(data, joint, len(data), seen)
    else:
        middle = last - sum(mark[:1] == b"r" for mark in seen)
    at = run.start + joint
    return (
        Run(run.start, at, (first, middle), run.commons, pairs=run.pairs),
        Run(at, run.end, (middle, last), run.commons, pairs=run.pairs),
    )
