"""Large sources, cut into pieces that are parsed one after the other.

A syntax tree takes two hundred times the memory of its text. What generated modules consist of can
be cut: between statements, between the statements of a long class or function, and in displays,
whose later items are read only where they call something.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise

from whence.readers.code.late_items import ITEMS_KEPT

LARGE = 1024 * 1024
PIECE = 256 * 1024
_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"""'
    r"|'''(?:[^'\\]++|\\.|'(?!''))*+'''"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'(?:[^'\\\n]++|\\.)*+'"
    r"|\#[^\n]*+|\\\n|[\n,()\[\]{}]",
    re.DOTALL,
)
_GOES_ON = re.compile(r"[\s#)\]}]|(?:else|elif|except|finally)\b|$")
_SUITE = re.compile(r"(?:async[ \t]++)?(?:def|class)\b")
_INDENT = re.compile(r"[ \t]++(?=[^\s#])")
_EMPTY = re.compile(r"[ \t]*+(?:#|\n|$)")
Left = list[tuple[int, int, str]]
_Suite = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Parse = Callable[[str], tuple[list[ast.stmt], Left]]


class Body:
    """The statements of a long class or function, parsed one piece after the other, once.

    `annotated` are those of them that annotate a name, as far as they have been read.
    """

    def __init__(self, of: _Suite, further: Iterator[ast.stmt]) -> None:
        self.of = of
        self.first = of.body
        self.further = further
        self.annotated: list[ast.stmt] = []

    def __iter__(self) -> Iterator[ast.stmt]:
        last = self.of.end_lineno
        for statements in (self.first, self.further):
            for statement in statements:
                last = statement.end_lineno
                if isinstance(statement, ast.AnnAssign):
                    self.annotated.append(statement)
                yield statement
        self.of.end_lineno = last


class LargeSource:
    """A text that is parsed by `parse` in pieces; `left_out` fills as the statements are read."""

    def __init__(self, text: str, parse: Parse, piece: int = PIECE) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.parse = parse
        self.piece = piece
        self.left_out: Left = []
        self.starts, self.cut = _scanned(self.text)

    def statements(self) -> Iterator[ast.stmt]:
        """All top-level statements in order, each parsed shortly before it is given."""
        tops = [at for at in self.starts if not _GOES_ON.match(self.text, at)]
        for first, last in self._pieces(0, tops, len(self.text)):
            suite = self._suite(first, last)
            if suite:
                yield from self._long(first, suite, last)
            else:
                yield from self._parsed(first, last)

    def _pieces(self, first: int, tops: list[int], last: int) -> Iterator[tuple[int, int]]:
        """Neighbouring statements together, up to a size; long ones by themselves."""
        tops = [at for before, at in pairwise([first, *tops]) if self.text[before] != "@"]
        for at, after in pairwise([*tops, last]):
            if after - at > self.piece and at > first:
                yield first, at
                first = at
            if after - first >= self.piece:
                yield first, after
                first = after
        if first < last:
            yield first, last

    def _suite(self, first: int, last: int) -> list[int]:
        """Where the statements of a long class or function begin; empty for anything else."""
        cut = sum(end - begin for begin, end in self._cuts(first, last))
        if last - first - cut <= 2 * self.piece:
            return []
        lines = self.starts[bisect_left(self.starts, first) : bisect_left(self.starts, last)]
        heads = [at for at in lines if not _GOES_ON.match(self.text, at)]
        if not heads or not _SUITE.match(self.text, heads[-1]):
            return []
        found: list[int] = []
        width = 0
        for at in lines[lines.index(heads[-1]) + 1 :]:
            indent = _INDENT.match(self.text, at)
            if indent is not None:
                width = width or len(indent[0])
                if len(indent[0]) == width and not _GOES_ON.match(self.text, indent.end()):
                    found.append(at)
        return found

    def _long(self, first: int, suite: list[int], last: int) -> Iterator[ast.stmt]:
        """A class or function whose body is parsed in pieces while it is read."""
        text = self.text
        tops = [
            at
            for before, at in pairwise([first, *suite])
            if text[before : before + 200].lstrip()[:1] != "@" or before == first
        ]
        (_, end), *further = self._pieces(first, tops[1:], last)
        made = list(self._parsed(first, end))
        for statement in made[:1]:
            if isinstance(statement, _Suite):
                inner = (each for a, b in further for each in self._parsed(a, b, "if 1:\n"))
                final = self._end(first, last)
                statement.end_lineno = text.count("\n", 0, final) + (text[final - 1] != "\n")
                statement.body = Body(statement, inner)  # type: ignore[assignment]
        yield from made

    def _end(self, first: int, last: int) -> int:
        """Where the last line of code before a place ends."""
        for number in range(bisect_left(self.starts, last) - 1, 0, -1):
            if self.starts[number] <= first or not _EMPTY.match(self.text, self.starts[number]):
                break
            last = self.starts[number]
        return last

    def _parsed(self, first: int, last: int, head: str = "") -> Iterator[ast.stmt]:
        before = self.text.count("\n", 0, first) - head.count("\n")
        body, left_out = self.parse("\n" * before + head + self._kept(first, last))
        self.left_out.extend(left_out)
        for statement in body:
            if head and isinstance(statement, ast.If):
                yield from statement.body
            else:
                yield statement

    def _cuts(self, first: int, last: int) -> list[tuple[int, int]]:
        return self.cut[bisect_left(self.cut, (first, 0)) : bisect_left(self.cut, (last, 0))]

    def _kept(self, first: int, last: int) -> str:
        """A part of the text without what is cut from it; its lines keep their numbers."""
        parts: list[str] = []
        for begin, end in self._cuts(first, last):
            parts += (self.text[first:begin], "\n" * self.text.count("\n", begin, end))
            first = end
        return "".join([*parts, self.text[first:last]])


class _Bracket:
    """An open bracket: the items so far, where the current one began, and what is called in it."""

    __slots__ = ("any_calls", "began", "calls", "items")

    def __init__(self, began: int) -> None:
        self.began = began
        self.items = 0
        self.calls = self.any_calls = False


def _scanned(text: str) -> tuple[list[int], list[tuple[int, int]]]:  # noqa: C901 - one branch for each kind
    """Where lines begin outside of brackets and strings, and the late items that call nothing."""
    starts = [0]
    cut: list[tuple[int, int]] = []
    held: list[_Bracket] = []
    for token in _TOKEN.finditer(text):
        at = token.start()
        letter = text[at]
        if letter == "\n":
            if not held:
                starts.append(at + 1)
        elif not held and letter not in "([{":
            continue
        elif letter == ",":
            top = held[-1]
            top.items += 1
            if top.items > ITEMS_KEPT and not top.calls:
                _cut(cut, top.began, at + 1)
            top.began = at + 1
            top.calls = False
        elif letter in "([{":
            if held and letter == "(" and _is_called(text, at):
                held[-1].calls = held[-1].any_calls = True
            held.append(_Bracket(at + 1))
        elif letter in ")]}":
            if held.pop().any_calls and held:
                held[-1].calls = held[-1].any_calls = True
        elif letter in "\"'" and "f" in text[max(0, at - 2) : at].lower():
            held[-1].calls = held[-1].any_calls = True
    return starts, cut


def _cut(cut: list[tuple[int, int]], begin: int, end: int) -> None:
    while cut and cut[-1][0] >= begin:
        cut.pop()
    if cut and cut[-1][1] == begin:
        begin = cut.pop()[0]
    cut.append((begin, end))


def _is_called(text: str, at: int) -> bool:
    """Whether something stands before a bracket that it may be the call of."""
    while at and text[at - 1] in " \t\n\\":
        at -= 1
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] in "_)]}\"'")
