"""The few opcodes of a stream that prove a use: those whose values reach it, disassembled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from whence.readers.models.pickle.opcodes import OPCODES, Argument
from whence.readers.models.pickle.trace import Span

MOST_LINES: Final = 60
MOST_OPCODES: Final = 400_000
_PUTS: Final = frozenset({"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"})
_GETS: Final = frozenset({"GET", "BINGET", "LONG_BINGET"})
_NO_VALUE: Final = frozenset({"PROTO", "FRAME", "STOP"})
_TAKES: Final = {
    "TUPLE1": 1,
    "TUPLE2": 2,
    "TUPLE3": 3,
    "REDUCE": 2,
    "NEWOBJ": 2,
    "NEWOBJ_EX": 3,
    "STACK_GLOBAL": 2,
    "BINPERSID": 1,
    "READONLY_BUFFER": 1,
}
_GROUPS: Final = frozenset({"TUPLE", "LIST", "DICT", "FROZENSET", "OBJ", "INST"})
_FILLS: Final = {"APPEND": 1, "SETITEM": 2, "BUILD": 1}
_FILLS_GROUP: Final = frozenset({"APPENDS", "SETITEMS", "ADDITEMS"})


@dataclass(slots=True, frozen=True)
class Line:
    """One opcode of the proof."""

    offset: int
    opcode: str
    argument: str

    def __str__(self) -> str:
        return f"{self.offset:>8}: {self.opcode} {self.argument}".rstrip()


class _Node:
    __slots__ = ("line", "sources")

    def __init__(self, line: Line, sources: list[_Node]) -> None:
        self.line = line
        self.sources = sources


def proof(data: bytes, origin: int, use: int, raw: Sequence[Span] = ()) -> list[Line]:
    """The opcodes that lead to the use at the offset `use`, in the order of the stream.

    Args:
        data: the stream's bytes from `origin` on, where an opcode begins, up to and with the use.
        raw: ranges that are no opcodes (arrays of joblib).

    At most `MOST_LINES` lines, nearest to the use; an empty list if the use is not reached.
    """
    stack = _Stack()
    for line, size in disassembled(data, origin, raw):
        node = stack.step(line)
        if line.offset <= use < line.offset + size and node is not None:
            return _closure(node)
        if line.offset > use:
            break
    return []


def _closure(node: _Node) -> list[Line]:
    found: dict[int, Line] = {}
    waiting = [node]
    while waiting and len(found) < MOST_LINES:
        here = waiting.pop(0)
        if here.line.offset not in found:
            found[here.line.offset] = here.line
            waiting.extend(here.sources)
    return [found[offset] for offset in sorted(found)]


class _Stack:
    """Which opcodes made each value; broken streams only make the proof shorter."""

    def __init__(self) -> None:
        self.values: list[_Node] = []
        self.marks: list[tuple[int, _Node]] = []
        self.memo: dict[str, _Node] = {}

    def _take(self, count: int) -> list[_Node]:
        taken = self.values[max(len(self.values) - count, 0) :] if count else []
        del self.values[len(self.values) - len(taken) :]
        return taken

    def _group(self) -> list[_Node]:
        depth, mark = self.marks.pop() if self.marks else (len(self.values), None)
        group = self.values[depth:]
        del self.values[depth:]
        return group if mark is None else [mark, *group]

    def step(self, line: Line) -> _Node | None:
        """Take one opcode; what it made or changed, if anything."""
        name = line.opcode
        if name in _NO_VALUE:
            return None
        if name == "MARK":
            self.marks.append((len(self.values), _Node(line, [])))
            return None
        if name in ("POP", "POP_MARK", "DUP") or name in _PUTS:
            self._move(line)
            return None
        if name in _FILLS or name in _FILLS_GROUP:
            return self._fill(line)
        if name in _GROUPS:
            made = _Node(line, self._group())
        elif name in _GETS:
            known = self.memo.get(line.argument)
            made = _Node(line, [known] if known else [])
        else:
            made = _Node(line, self._take(_TAKES.get(name, 0)))
        self.values.append(made)
        return made

    def _move(self, line: Line) -> None:
        if line.opcode == "POP":
            if self.marks and self.marks[-1][0] == len(self.values):
                self.marks.pop()
            else:
                self._take(1)
        elif line.opcode == "POP_MARK":
            self._group()
        elif not self.values:
            return
        elif line.opcode == "DUP":
            self.values.append(self.values[-1])
        else:
            index = str(len(self.memo)) if line.opcode == "MEMOIZE" else line.argument
            self.memo[index] = _Node(line, [self.values[-1]])

    def _fill(self, line: Line) -> _Node | None:
        if line.opcode in _FILLS_GROUP:
            given = self._group()
        else:
            given = self._take(_FILLS[line.opcode])
        if not self.values:
            return None
        target = self.values[-1]
        change = _Node(line, given)
        target.sources.append(change)
        return _Node(line, [*given, target])


def disassembled(
    data: bytes, origin: int = 0, raw: Sequence[Span] = ()
) -> Iterator[tuple[Line, int]]:
    """Each opcode and its length in bytes, until the bytes end or are no opcode."""
    jumps = {span.start: span.end for span in raw}
    position = 0
    for _ in range(MOST_OPCODES):
        position = jumps.get(origin + position, origin + position) - origin
        if not 0 <= position < len(data):
            return
        opcode = OPCODES.get(data[position])
        if opcode is None:
            return
        shown, end = _argument(data, position + 1, opcode.argument, opcode.width, opcode.name)
        if end < 0:
            return
        yield Line(origin + position, opcode.name, shown), end - position
        position = end


def _argument(
    data: bytes, start: int, argument: Argument, width: int, name: str
) -> tuple[str, int]:
    end = start + width
    if argument is Argument.NONE:
        return "", start
    if argument in (Argument.LINE, Argument.TWO_LINES):
        return _lines(data, start, 2 if argument is Argument.TWO_LINES else 1)
    number = int.from_bytes(data[start:end], "little", signed=name == "BININT")
    if argument is Argument.FIXED:
        return (str(number) if name != "BINFLOAT" else data[start:end].hex()), end
    return _short(data[end : end + min(number, 100)], number), end + number


def _lines(data: bytes, start: int, count: int) -> tuple[str, int]:
    shown = []
    for _ in range(count):
        end = data.find(b"\n", start)
        if end < 0:
            return "", -1
        shown.append(_short(data[start : min(end, start + 100)], end - start)[1:-1])
        start = end + 1
    return " ".join(shown), start


def _short(data: bytes, length: int) -> str:
    shown = ascii(data[:80].decode("utf-8", "backslashreplace"))
    return shown if length <= 80 else f"{shown[:-1]}… ({length} bytes){shown[-1]}"
