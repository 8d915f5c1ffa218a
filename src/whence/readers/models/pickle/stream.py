"""Reads a whole stream: pickles one after another, each reading that a loader may take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from whence.readers.models.pickle.collector import Collector, Judge
from whence.readers.models.pickle.frames import STRADDLE
from whence.readers.models.pickle.interpreter import interpret
from whence.readers.models.pickle.opcodes import OPCODES
from whence.readers.models.pickle.state import Machine, Use
from whence.readers.models.pickle.torch_legacy import is_legacy, storages_end
from whence.readers.models.pickle.trace import Nested, PickleRead, Span, Trace
from whence.readers.models.pickle.trouble import BeyondLimit, NeedsDetail, StreamError
from whence.readers.models.pickle.values import Blob
from whence.readers.models.pickle.window import FIRST_READ, Window

MOST_PICKLES: Final = 100_000
DEEPEST_NESTING: Final = 8
MOST_NESTED: Final = 1_000
LONGEST_LATIN: Final = 1 << 25
_PADDING: Final = re.compile(rb"[\0\t\n\r ]+")
NO_PICKLE: Final = "not a pickle"


@dataclass(slots=True)
class Reading:
    """How to read: `joblib` has raw arrays follow their wrappers, `frames_cut` is how C reads files.

    `detail` reads every opcode by itself.
    """

    joblib: bool = True
    frames_cut: bool = False
    detail: bool = False


def read_stream(
    source: bytes | BinaryIO,
    judge: Judge,
    *,
    origin: int = 0,
    rewindable: bool | None = None,
    depth: int = 0,
) -> Trace:
    """What the pickles in `source` would do when loaded.

    Args:
        source: bytes, or a binary file from where it stands; it may be one that cannot seek.
        judge: decides about every import and use.
        origin: the offset of the first byte, for all offsets in the result.
        rewindable: false if seeking back is possible but costly (members of archives).
        depth: how many pickles this one stands inside.

    Never raises for any bytes; errors of the file itself (`OSError`, decompression errors) pass.
    """
    return _Stream(source, judge, origin, rewindable, depth).read()


class _Stream:
    def __init__(
        self,
        source: bytes | BinaryIO,
        judge: Judge,
        origin: int,
        rewindable: bool | None,
        depth: int,
    ) -> None:
        self.source = source
        self.judge = judge
        self.depth = depth
        self.window = Window(source, origin, rewindable=rewindable)
        self.collector = Collector(judge, self._read_argument)
        self.trace = self.collector.trace
        self.results: list[object] = []
        self.nested: set[int] = set()

    def read(self) -> Trace:
        w = self.window
        trace = self.trace
        while len(trace.pickles) < MOST_PICKLES:
            start = w.offset
            if not self._next_pickle(first=not trace.pickles):
                break
            if trace.pickles[-1].trouble:
                break
            if w.offset == start:
                break
            if is_legacy(self.results):
                self._pass_storages()
        self._rest()
        return trace

    def _next_pickle(self, *, first: bool) -> bool:
        """Read one pickle; false at the end or where none begins."""
        w = self.window
        if not first and not self._skip_padding():
            return False
        if not w.has(1):
            if first:
                self.trace.pickles.append(PickleRead(w.offset, w.offset, 0, "there are no bytes"))
            return False
        if not first and w.data[w.pos] not in OPCODES:
            return False
        start = w.offset
        before = self.collector.events
        read = self._attempt(Reading())
        if not first and read.trouble and not read.limited and self.collector.events == before:
            self._go_back(start)
            return False
        self.trace.pickles.append(read)
        self._other_readings(start)
        return True

    def _go_back(self, start: int) -> None:
        if self.window.rewindable:
            self.window.move(start)
        else:
            self.trace.unread.append(Span(start, self.window.offset, NO_PICKLE))

    def _attempt(self, reading: Reading, window: Window | None = None) -> PickleRead:
        w = window or self.window
        start = w.offset
        m = Machine(
            w,
            self.collector.reports,
            interpret,
            bulk=not reading.detail,
            arrays_follow=reading.joblib,
        )
        m.frames_cut = reading.frames_cut
        trouble, limited = "", False
        try:
            interpret(m)
        except StreamError as error:
            trouble = str(error)
        except BeyondLimit as error:
            trouble, limited = str(error), True
        except NeedsDetail:
            if w.rewindable and not reading.detail:
                w.move(start)
                in_detail = Reading(reading.joblib, reading.frames_cut, detail=True)
                return self._attempt(in_detail, window)
            trouble, limited = "data passed in bulk is needed again, and cannot be read again", True
        self.results.append(m.result)
        del self.results[:-8]
        leftover = w.frame_end
        w.frame_end = -1
        w.settle()
        if leftover > w.offset and not trouble:
            self.collector.reports.note("a frame goes on behind STOP", w.offset)
        if leftover >= 0 and leftover < w.offset:
            self.collector.reports.note(STRADDLE, leftover)
        return PickleRead(start, w.offset, m.protocol, trouble, limited)

    def _other_readings(self, start: int) -> None:
        """Follow what another loader would make of the same bytes."""
        w = self.window
        odd = {oddity.text for oddity in self.trace.oddities}
        readings = []
        if STRADDLE in odd:
            readings.append(Reading(frames_cut=True))
        if self.collector.ambiguous:
            readings.append(Reading(joblib=False))
            self.collector.ambiguous = False
        if not readings:
            return
        if not w.rewindable:
            self._read_again_from_memory(start, readings)
            return
        after = w.offset
        with self._set_apart():
            for reading in readings:
                w.move(start)
                self._attempt(reading)
        w.move(after)

    def _read_again_from_memory(self, start: int, readings: list[Reading]) -> None:
        w = self.window
        w.has(FIRST_READ)
        data = w.so_far(start)
        cut_short = data is None
        with self._set_apart():
            for reading in readings if data is not None else ():
                again = Window(data or b"", start)
                trouble = self._attempt(reading, again).trouble
                cut_short = cut_short or (bool(trouble) and not again.has(1) and not w.ended)
        if cut_short:
            self.trace.unread.append(
                Span(start, w.offset, "loaders read these bytes in two ways; one was followed")
            )

    @contextmanager
    def _set_apart(self) -> Iterator[None]:
        """Count what another reading does to the latest pickle, and no array twice."""
        arrays = list(self.trace.arrays)
        latest = self.trace.pickles.pop()
        yield
        self.trace.pickles.append(latest)
        self.trace.arrays[:] = arrays

    def _skip_padding(self) -> bool:
        """Go past padding; false at the end of the stream."""
        w = self.window
        start = w.offset
        while w.has(1):
            found = _PADDING.match(w.data, w.pos)
            if found is None:
                break
            w.pos = found.end()
        if w.offset > start:
            self.collector.reports.note("padding between pickles", start)
        return w.has(1)

    def _pass_storages(self) -> None:
        """Go past the tensors behind the pickles of a torch file."""
        w = self.window
        start = w.offset
        end = storages_end(self.results, start, self.trace)
        self.results.clear()
        if end is None or end <= start:
            return
        try:
            w.skip(end - start)
            self.trace.arrays.append(Span(start, end, "storages of torch"))
        except StreamError as error:
            self.trace.unread.append(
                Span(start, w.offset, f"torch storages are cut short: {error}")
            )

    def _rest(self) -> None:
        """Account for the bytes behind the last pickle."""
        w = self.window
        trace = self.trace
        start = w.offset
        end = w.size()
        if end is None:
            while w.has(1):
                w.pos = len(w.data)
            end = w.offset
        trace.end = end
        if end > start:
            broken = bool(trace.pickles and trace.pickles[-1].trouble)
            reason = "behind the point where reading stopped" if broken else NO_PICKLE
            trace.unread.append(Span(start, end, reason))

    def _read_argument(self, use: Use, value: object, window: Window) -> None:
        """Read a pickle that is an argument of a call, now, before its bytes are out of reach."""
        in_place = isinstance(value, Blob) and not value.latin
        origin = value.offset if isinstance(value, Blob) else use.offset
        if origin in self.nested:
            return
        self.nested.add(origin)
        into = use.target.label if hasattr(use.target, "label") else use.how
        if self.depth >= DEEPEST_NESTING or len(self.nested) > MOST_NESTED:
            self.trace.unread.append(
                Span(use.offset, use.offset + 1, f"pickles nested too deep in {into}")
            )
            return
        inner = self._open(value, window)
        if inner is None:
            self.trace.unread.append(
                Span(use.offset, use.offset + 1, f"the argument of {into} cannot be read again")
            )
            return
        trace = read_stream(
            inner, self.judge, origin=origin if in_place else 0, depth=self.depth + 1
        )
        self.trace.nested.append(Nested(use.offset, into, in_place, trace))

    def _open(self, value: object, window: Window) -> bytes | BinaryIO | None:
        if isinstance(value, str):
            return value.encode("latin-1", "replace")
        if isinstance(value, bytes):
            return value
        if not isinstance(value, Blob):
            return None
        if value.latin:
            return _latin(value, window)
        if len(value.prefix) >= value.length:
            return value.prefix
        return window.part(value.offset, value.length)


def _latin(value: Blob, window: Window) -> bytes | None:
    """The bytes that UTF-8 text stands for, one per character."""
    if value.length > LONGEST_LATIN:
        return None
    raw = value.prefix
    if len(raw) < value.length:
        raw = window.again(value.offset, value.offset + value.length) or b""
    return raw.decode("utf-8", "replace").encode("latin-1", "replace") if raw else None
