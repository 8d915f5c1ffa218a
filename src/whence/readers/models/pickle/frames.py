"""FRAME, and what its end means.

For the C unpickler reading bytes in memory a frame is only a check that so many bytes are there.
Reading a file, it fetches the frame as a whole, and an argument that begins inside the frame and
does not fit is read from behind the frame: what was left inside is lost. Picklers never write such
a stream; whoever does wants scanner and loader to disagree. So both readings are followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.opcodes import ARGUMENT_WIDTH, OPCODES, Argument
from whence.readers.models.pickle.scalar_opcodes import LARGEST_SIZE
from whence.readers.models.pickle.trouble import BeyondLimit, Exhausted, StreamError

if TYPE_CHECKING:
    from whence.readers.models.pickle.state import Machine

STRADDLE: Final = "an argument begins inside a frame and ends outside"
TOO_LONG: Final = "a frame is longer than the data"
NESTED: Final = "a frame begins inside another"
LONGEST_REST: Final = 1 << 20
_READ_INTO: Final = frozenset({0x42, 0x43, 0x8E, 0x96})


def frame(m: Machine) -> None:
    w = m.window
    length = int.from_bytes(w.data[w.pos : w.pos + 8], "little")
    at = w.offset - 1
    w.pos += 8
    if length > LARGEST_SIZE:
        raise StreamError("a frame is longer than any memory")
    end = w.offset + length
    size = w.size()
    if size is not None and end > size:
        m.reports.note(TOO_LONG, at)
    if w.frame_end > w.offset:
        m.reports.note(NESTED, at)
        if end > w.frame_end:
            m.reports.note(STRADDLE, at)
        end = max(end, w.frame_end)
    w.frame_end = end
    w.settle()


def at_edge(m: Machine) -> None:
    """Make sure that the next opcode and its fixed argument are there; leave a frame that ended."""
    w = m.window
    if 0 <= w.frame_end <= w.offset:
        if w.frame_end < w.offset:
            m.reports.note(STRADDLE, w.frame_end)
        w.frame_end = -1
    m.check_limits()
    w.settle()
    if w.pos < w.edge:
        return
    if not w.has(1):
        raise Exhausted("the data ends before STOP")
    if not w.has(1 + ARGUMENT_WIDTH[w.data[w.pos]]):
        raise Exhausted("the data ends inside an argument")


def _cut(m: Machine) -> int | None:
    """How many bytes of the next opcode are read inside the frame, if it does not fit in."""
    w = m.window
    room = w.frame_end - w.offset
    opcode = OPCODES.get(w.data[w.pos])
    if opcode is None:
        return None
    header = 1 + opcode.width
    if opcode.argument in (Argument.FIXED, Argument.COUNTED):
        if header > room:
            return 1
        length = int.from_bytes(w.data[w.pos + 1 : w.pos + header], "little")
        if opcode.number == 0x95 and header < room < header + length:
            return header
        if opcode.argument is Argument.COUNTED and opcode.number not in _READ_INTO:
            return header if header + length > room else None
        return None
    lines = {Argument.LINE: 1, Argument.TWO_LINES: 2}.get(opcode.argument, 0)
    inside = 1
    for _ in range(lines):
        if not w.has(min(room, LONGEST_REST)):
            return None
        end = w.data.find(b"\n", w.pos + inside, w.pos + room)
        if end < 0:
            return inside
        inside = end + 1 - w.pos
    return None


def leave_frame(m: Machine) -> None:
    """The file reading of frames: forget the rest of a frame that the next argument overruns."""
    at_edge(m)
    w = m.window
    if w.frame_end < 0:
        return
    inside = _cut(m)
    if inside is None:
        return
    rest = w.frame_end - w.offset
    if rest > LONGEST_REST:
        raise BeyondLimit("too much of a frame is left where an argument overruns it")
    if not w.has(rest):
        raise Exhausted("the data ends inside a frame")
    end = w.frame_end
    w.data = w.data[w.pos : w.pos + inside] + w.data[w.pos + rest :]
    w.pos = 0
    w.base = end - inside
    w.frame_end = -1
    w.settle()
    at_edge(m)
