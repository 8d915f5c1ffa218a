"""The pickle machine's state: stack, marks, memo, protocol, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from whence.readers.models.pickle.bulk import FRAMED, last_values
from whence.readers.models.pickle.memo import Memo
from whence.readers.models.pickle.trouble import (
    BeyondLimit,
    Exhausted,
    NeedsDetail,
    StreamError,
)
from whence.readers.models.pickle.values import DATA, Blob, Global, Made, Run
from whence.readers.models.pickle.window import Window

DEEPEST_STACK: Final = 300_000
MOST_MARKS: Final = 300_000
MOST_OPCODE_BYTES: Final = 1 << 30
MOST_GLOBALS: Final = 20_000
KEPT_BLOB_BYTES: Final = 1 << 23
LONGEST_KEPT_BLOB: Final = 1 << 20
FOLDED_BYTES: Final = 1 << 24
PREFIX: Final = 32
LONGEST_PLAIN: Final = 512
CROWDED_STACK: Final = 10_000


@dataclass(slots=True)
class Use:
    """Something that unpickling does with a value that is more than data.

    `how`: call (REDUCE), instance (INST, OBJ), new (NEWOBJ, NEWOBJ_EX), state (BUILD),
    items (SETITEM, SETITEMS), append (APPEND, APPENDS), add (ADDITEMS), persistent (PERSID,
    BINPERSID). `target` is what is called or changed. `looked_at` counts the values that judging
    it took.
    """

    how: str
    target: object
    arguments: object
    keywords: object
    offset: int
    looked_at: int = 0


@dataclass(slots=True)
class Reports:
    """Where the machine tells what it sees: uses, names, oddities, raw array bytes passed.

    `passed` is told start and end, and whether the bytes could act if they were read as opcodes.
    `imported` answers whether the name is a gadget. `routine` tells by what uses objects of a class
    are made, if they always are and are judged alike whatever data they get; `repeated` is told
    how often that happened in data passed in bulk.
    """

    use: Callable[[Use, Window], None]
    imported: Callable[[Global], bool]
    note: Callable[[str, int], None]
    passed: Callable[[int, int, bool], None]
    routine: Callable[[Global], tuple[str, ...]]
    repeated: Callable[[Global, int], None]


def _told_already(use: Use, window: Window) -> None:
    """What stands in a run was reported when the run was passed."""


class Machine:
    """One unpickler: memo and protocol live as long as one pickle.

    `arrays_follow`: raw arrays stand behind their wrappers; `arrays_confuse`: a loader that does not
    know that could still be reading on.
    """

    __slots__ = (
        "arrays_confuse",
        "arrays_follow",
        "blob_room",
        "bulk",
        "common",
        "depth",
        "extensions",
        "fence",
        "fold_room",
        "frames_cut",
        "gadgets",
        "globals",
        "interpret",
        "made",
        "marks",
        "memo",
        "protocol",
        "push",
        "reports",
        "result",
        "runs",
        "shared",
        "stack",
        "start",
        "window",
    )

    def __init__(
        self,
        window: Window,
        reports: Reports,
        interpret: Callable[[Machine], None],
        *,
        bulk: bool,
        arrays_follow: bool,
    ) -> None:
        self.window = window
        self.reports = reports
        self.interpret = interpret
        self.start = window.offset
        self.stack: list[object] = []
        self.push = self.stack.append
        self.marks: list[int] = []
        self.fence = 0
        self.memo = Memo()
        self.protocol = 0
        self.globals: dict[tuple[str | None, str | None], Global] = {}
        self.extensions: dict[int, Global] = {}
        self.made: dict[str, int] = {}
        self.common: list[Global] = []
        self.gadgets = False
        self.shared: dict[tuple[str, str], Made] = {}
        self.fold_room = FOLDED_BYTES
        self.blob_room = KEPT_BLOB_BYTES
        self.runs = 0
        self.bulk = bulk
        self.arrays_follow = arrays_follow
        self.arrays_confuse = True
        self.depth = 0
        self.frames_cut = False
        self.result: object = None

    def nested(self) -> Machine:
        """A fresh unpickler that goes on from here in the same bytes."""
        inner = Machine(
            self.window, self.reports, self.interpret, bulk=self.bulk, arrays_follow=False
        )
        inner.depth = self.depth + 1
        inner.frames_cut = self.frames_cut
        return inner

    def on_copy(self, data: bytes) -> Machine:
        """The same unpickler with a stack and memo of its own, before these bytes of its window."""
        inner = Machine(
            Window(data, self.window.offset),
            self.reports,
            self.interpret,
            bulk=False,
            arrays_follow=False,
        )
        inner.protocol = self.protocol
        inner.stack.extend(self.stack)
        inner.marks.extend(self.marks)
        inner.fence, inner.runs = self.fence, self.runs
        inner.memo.continue_from(self.memo, self.memo.length)
        inner.globals, inner.extensions = self.globals, self.extensions
        return inner

    def pop(self) -> object:
        """Take the top value; the values below the last mark are out of reach."""
        stack = self.stack
        if len(stack) <= self.fence:
            raise StreamError("the stack is empty, or a MARK is in the way")
        if self.runs and type(stack[-1]) is Run:
            self.expand_top()
        return stack.pop()

    def top(self) -> object:
        """The top value, left where it is."""
        if len(self.stack) <= self.fence:
            raise StreamError("the stack is empty, or a MARK is in the way")
        if self.runs and type(self.stack[-1]) is Run:
            self.expand_top()
        return self.stack[-1]

    def check_limits(self) -> None:
        """Stop where a stream grows beyond what any model needs; called every so many bytes."""
        w = self.window
        if len(self.stack) > DEEPEST_STACK:
            raise BeyondLimit(f"more than {DEEPEST_STACK} values on the stack")
        if len(self.marks) > MOST_MARKS:
            raise BeyondLimit(f"more than {MOST_MARKS} open groups")
        if w.offset - self.start - w.skipped > MOST_OPCODE_BYTES:
            raise BeyondLimit(f"one pickle has more than {MOST_OPCODE_BYTES} bytes of opcodes")

    def mark(self) -> None:
        """Open a group of values."""
        depth = len(self.stack)
        self.marks.append(depth)
        self.fence = depth

    def unmark(self) -> int:
        """Close the group; the index of its first value."""
        marks = self.marks
        if not marks:
            raise StreamError("no MARK was set")
        depth = marks.pop()
        self.fence = marks[-1] if marks else 0
        return depth

    def group(self) -> list[object]:
        """The values since the last mark, taken off the stack."""
        depth = self.unmark()
        values = self.stack[depth:]
        del self.stack[depth:]
        if self.runs:
            self.runs -= sum(1 for value in values if type(value) is Run)
        return values

    def expand_rows(self) -> None:
        """Turn runs in the open group into single values unless they are whole pairs."""
        if self.runs and any(
            type(value) is Run and not value.pairs for value in self.stack[self.fence :]
        ):
            self.expand_group()

    def expand_group(self) -> None:
        """Turn what was passed in bulk since the last mark into single values."""
        if not self.runs:
            return
        values = self.stack[self.fence :]
        del self.stack[self.fence :]
        for value in values:
            self.stack.append(value)
            if type(value) is Run:
                self.expand_top()

    def target_of_group(self) -> tuple[object, list[object]]:
        """What stands below the last mark, and the values above it."""
        values = self.group()
        if len(self.stack) <= self.fence:
            raise StreamError("nothing below the MARK to add to")
        return self.top(), values

    def expand_top(self) -> None:
        """Turn values passed in bulk into single ones, because one of them is wanted."""
        run = self.stack[-1]
        if not isinstance(run, Run):
            return
        data = self.window.again(run.start, run.end)
        if data is None:
            raise NeedsDetail
        if two := last_values(run, data, framed=self.protocol >= FRAMED):
            self.stack[-1:] = two
            self.runs += 1
            run = two[1]
            data = data[run.start - run.end :]
        told = replace(self.reports, use=_told_already)
        inner = Machine(
            Window(data, run.start), told, self.interpret, bulk=False, arrays_follow=False
        )
        inner.protocol = self.protocol
        inner.memo.continue_from(self.memo, run.memo[0])
        inner.made, inner.shared = self.made, self.shared
        with suppress(Exhausted):
            self.interpret(inner)
        self.stack.pop()
        self.stack.extend(inner.stack)
        self.runs -= 1
        self.memo.take_back(inner.memo)

    def import_global(self, module: str | None, name: str | None, offset: int) -> Global:
        """The value for an imported name, reported the first time and at most so many names."""
        key = (module, name)
        known = self.globals.get(key)
        if known is None:
            if len(self.globals) >= MOST_GLOBALS:
                raise BeyondLimit(f"more than {MOST_GLOBALS} different names are imported")
            known = self.globals[key] = Global(module, name, offset, self.protocol)
            if self.reports.imported(known):
                self.gadgets = True
        return known

    @property
    def longest_blob(self) -> int:
        """How long a constant may be to be read as a whole."""
        return LONGEST_KEPT_BLOB

    def constant(self, kind: str, offset: int, raw: bytes) -> object:
        """A bytes constant, or only where it stands if it is long or the stack is crowded."""
        if len(raw) <= LONGEST_PLAIN and len(self.stack) < CROWDED_STACK:
            return raw
        return self.blob(kind, offset, len(raw), raw)

    def blob(self, kind: str, offset: int, length: int, raw: bytes, *, whole: bool = False) -> Blob:
        """A long constant; its bytes are kept while there is room, if they cannot be read again.

        `whole`: the bytes in the stream are not the constant's own (escapes), so keep them.
        """
        kept = (whole or not self.window.rewindable) and len(raw) <= self.blob_room
        if kept:
            self.blob_room -= len(raw)
        return Blob(kind, offset, length, raw if kept else raw[:PREFIX])

    def use(
        self, how: str, target: object, arguments: object, offset: int, keywords: object = None
    ) -> None:
        """Report a use; a target whose nature was skipped in bulk must be read in detail."""
        if target is DATA:
            raise NeedsDetail
        self.reports.use(Use(how, target, arguments, keywords, offset), self.window)
