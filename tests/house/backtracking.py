"""How many steps a regular expression takes by backtracking: a count, where a clock would depend on the machine.

The matcher does what `re` does, one step for each part that is tried at a place, and stops at a
bound. It reads the parse tree that `re` itself makes.
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator
from typing import Any

Node = tuple[Any, Any]
Then = Callable[[int], bool]
LOOPS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
SINGLES = (op.ANY, op.LITERAL, op.NOT_LITERAL, op.IN)
FEW = 4


class TooManySteps(Exception):
    """The bound was reached."""


def tree_of(pattern: str | bytes, flags: int) -> tuple[list[Node], int]:
    """The parse tree of a pattern, and its flags with those it sets itself."""
    parsed = parser.parse(pattern, flags)
    return [_shrunk(node) for node in parsed], parsed.state.flags


def _shrunk(node: Node) -> Node:
    """The part with its bounded loops cut short: they are a constant factor, not growth."""
    kind, held = node
    if kind in LOOPS:
        least, most, inner = held
        most = most if most is op.MAXREPEAT else min(most, FEW)
        return kind, (min(least, FEW), most, [_shrunk(each) for each in inner])
    if kind is op.SUBPATTERN:
        return kind, (*held[:3], [_shrunk(each) for each in held[3]])
    if kind is op.BRANCH:
        return kind, (None, [[_shrunk(each) for each in way] for way in held[1]])
    if kind is op.ATOMIC_GROUP:
        return kind, [_shrunk(each) for each in held]
    return node


def matches(node: Node, char: str, flags: int) -> bool:
    """Whether a part that takes one character takes this one."""
    kind, held = node
    if kind is op.ANY:
        return char != "\n" or bool(flags & re.DOTALL)
    forms = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
    if kind is op.LITERAL:
        return any(ord(form) == held for form in forms if len(form) == 1)
    if kind is op.NOT_LITERAL:
        return all(ord(form) != held for form in forms if len(form) == 1)
    negated = held[0][0] is op.NEGATE
    return any(_in_set(part, form) for part in held for form in forms if len(form) == 1) != negated


def _in_set(part: Node, char: str) -> bool:
    kind, held = part
    if kind is op.LITERAL:
        return ord(char) == held
    if kind is op.RANGE:
        return bool(held[0] <= ord(char) <= held[1])
    return kind is op.CATEGORY and _in_category(held, char)


def _in_category(category: Any, char: str) -> bool:
    name = str(category)
    if name.endswith("DIGIT"):
        found = char.isdecimal()
    elif name.endswith("SPACE"):
        found = char.isspace()
    else:
        found = char.isalnum() or char == "_"
    return found != ("NOT" in name)


def is_single(nodes: list[Node]) -> bool:
    """Whether a sequence takes exactly one character."""
    return len(nodes) == 1 and nodes[0][0] in SINGLES


class Run:
    """One pattern over one text."""

    def __init__(self, tree: list[Node], flags: int, text: str, bound: int) -> None:
        self.tree = tree
        self.flags = flags
        self.text = text
        self.bound = bound
        self.steps = 0
        self.groups: dict[int, tuple[int, int]] = {}
        self.known: dict[tuple[int, str, int], bool] = {}

    def match(self, start: int, whole: bool = False) -> int:
        """Where a match that begins here ends; -1 for none. `whole` asks for the end of the text."""
        ends: list[int] = []

        def accepted(at: int) -> bool:
            if whole and at != len(self.text):
                return False
            ends.append(at)
            return True

        self.groups = {}
        return ends[0] if self._sequence(self.tree, 0, start, accepted) else -1

    def search_all(self) -> int:
        """Steps until all matches are found, as `finditer` finds them."""
        at = 0
        while at <= len(self.text):
            end = self.match(at)
            at = end if end > at else at + 1
        return self.steps

    def _sequence(self, nodes: list[Node], index: int, at: int, then: Then) -> bool:
        if index == len(nodes):
            return then(at)
        self.steps += 1
        if self.steps > self.bound:
            raise TooManySteps
        kind, held = nodes[index]

        def rest(end: int) -> bool:
            return self._sequence(nodes, index + 1, end, then)

        if kind in SINGLES:
            return self._takes(nodes[index], at) and rest(at + 1)
        if kind is op.AT:
            return self._holds_at(str(held), at) and rest(at)
        if kind is op.SUBPATTERN:
            return self._group(held, at, rest)
        if kind is op.BRANCH:
            return any(self._sequence(list(way), 0, at, rest) for way in held[1])
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self._repeat(kind is op.MAX_REPEAT, held, at, rest)
        return self._special(kind, held, at, rest)

    def _special(self, kind: Any, held: Any, at: int, rest: Then) -> bool:
        """What never goes back into itself, what only looks, and what refers to a group."""
        if kind in (op.POSSESSIVE_REPEAT, op.ATOMIC_GROUP):
            own = kind is op.ATOMIC_GROUP
            end = self._alone(list(held) if own else [(op.MAX_REPEAT, held)], at)
            return end >= 0 and rest(end)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return self._looked(held, at) is (kind is op.ASSERT) and rest(at)
        return self._referred(kind, held, at, rest)

    def _takes(self, node: Node, at: int) -> bool:
        if at >= len(self.text):
            return False
        key = (id(node), self.text[at], self.flags)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = matches(node, self.text[at], self.flags)
        return found

    def _alone(self, nodes: list[Node], at: int) -> int:
        ends: list[int] = []
        self._sequence(nodes, 0, at, lambda end: ends.append(end) is None)
        return ends[0] if ends else -1

    def _looked(self, held: Any, at: int) -> bool:
        direction, inner = held
        start = at if direction > 0 else at - inner.getwidth()[0]
        return start >= 0 and self._alone(list(inner), start) >= 0

    def _group(self, held: Any, at: int, rest: Then) -> bool:
        number, added, _, inner = held
        before = self.flags
        self.flags |= added

        def closed(end: int) -> bool:
            if number is not None:
                self.groups[number] = (at, end)
            self.flags, inside = before, self.flags
            found = rest(end)
            self.flags = inside
            return found

        found = self._sequence(list(inner), 0, at, closed)
        self.flags = before
        return found

    def _repeat(self, greedy: bool, held: Any, at: int, rest: Then) -> bool:
        least, most, inner = held
        nodes = list(inner)
        if is_single(nodes):
            return self._repeat_single(greedy, least, most, nodes[0], at, rest)

        def again(count: int, here: int) -> bool:
            def once_more(end: int) -> bool:
                return (end > here or count < least) and again(count + 1, end)

            if count < least:
                return self._sequence(nodes, 0, here, once_more)
            if not greedy and rest(here):
                return True
            if count < most and self._sequence(nodes, 0, here, once_more):
                return True
            return greedy and rest(here)

        return again(0, at)

    def _repeat_single(
        self, greedy: bool, least: int, most: int, node: Node, at: int, rest: Then
    ) -> bool:
        end = at
        limit = min(len(self.text), at + int(most))
        if greedy:
            while end < limit and self._takes(node, end):
                end += 1
            self.steps += end - at
            return any(rest(here) for here in range(end, at + least - 1, -1))
        for count in range(limit - at + 1):
            if count >= least and rest(at + count):
                return True
            self.steps += 1
            if not self._takes(node, at + count):
                return False
        return False

    def _holds_at(self, where: str, at: int) -> bool:
        text, multiline = self.text, bool(self.flags & re.MULTILINE)
        if where == "AT_BEGINNING":
            return at == 0 or (multiline and text[at - 1] == "\n")
        if where == "AT_BEGINNING_STRING":
            return at == 0
        if where == "AT_END_STRING":
            return at == len(text)
        if where == "AT_END":
            last = at == len(text) - 1 and text[at] == "\n"
            return at == len(text) or last or (multiline and text[at] == "\n")
        sides = [0 <= n < len(text) and (text[n].isalnum() or text[n] == "_") for n in (at - 1, at)]
        return (sides[0] is not sides[1]) is (where == "AT_BOUNDARY")

    def _referred(self, kind: Any, held: Any, at: int, rest: Then) -> bool:
        if kind is op.GROUPREF:
            if held not in self.groups:
                return False
            start, end = self.groups[held]
            same = self.text.startswith(self.text[start:end], at)
            return same and rest(at + end - start)
        number, yes, no = held
        chosen = yes if number in self.groups else no
        return self._sequence(list(chosen or ()), 0, at, rest)


def parts(nodes: list[Node], before: tuple[Node, ...] = ()) -> Iterator[tuple[Node, list[Node]]]:
    """Every part of a tree, each with what stands before it on the way."""
    done = list(before)
    for node in nodes:
        yield node, list(done)
        for inner in inside(node):
            yield from parts(inner, tuple(done))
        done.append(node)


def inside(node: Node) -> list[list[Node]]:
    """The sequences in a part."""
    kind, held = node
    if kind is op.SUBPATTERN:
        return [list(held[3])]
    if kind is op.BRANCH:
        return [list(way) for way in held[1]]
    if kind in LOOPS:
        return [list(held[2])]
    if kind is op.ATOMIC_GROUP:
        return [list(held)]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [list(held[1])]
    if kind is op.GROUPREF_EXISTS:
        return [list(way) for way in held[1:] if way]
    return []
