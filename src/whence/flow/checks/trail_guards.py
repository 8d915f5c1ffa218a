"""All guards of one leaf: on its way, before its handler, and in what is taken in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from whence.flow.checks.declared_forms import DeclaredForms
from whence.flow.checks.tested_values import decodes
from whence.flow.program.conditions import implied, tells
from whence.flow.program.leaf import Leaf
from whence.flow.program.project import Scope
from whence.vocabulary.fact.code import Guard
from whence.vocabulary.fact.program import Choice, Const

if TYPE_CHECKING:
    from whence.flow.checks.guards import Guards

DECODED = "what passes is decoded after the test"
_OF_LETTERS = frozenset({"confined", "members", "allow-list", "heads", "characters"})


class Point(msgspec.Struct, frozen=True):
    """A place in a function: the context, how many values came before, and what matters there."""

    scope: Scope
    context: int
    before: int
    related: frozenset[int]


class TrailGuards:
    """Finds the guards of a leaf."""

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self.declared = DeclaredForms(
            guards.callees, guards.forms, guards.ensured, self._before_call
        )

    def of_leaf(self, leaf: Leaf, scope: Scope, index: int) -> tuple[Guard, ...]:
        """The guards between a leaf and the call where its value ends."""
        related: dict[int, set[int]] = {}
        encoded: dict[int, set[int]] = {}
        decoded = False
        for place, value in leaf.trail:
            if tells(place, value):
                related.setdefault(place.id, set()).add(value)
                if decoded:
                    encoded.setdefault(place.id, set()).add(value)
            decoded = decoded or decodes(place, value)
        context = scope.call(index).context
        found: dict[Guard, None] = {}
        for place, at, before in ((scope, context, index), *leaf.uses):
            values = frozenset(related.get(place.id, ()))
            if values:
                point = Point(place, at, before, values)
                later = values - encoded.get(place.id, set())
                found.update(dict.fromkeys(self._at(point, leaf, later)))
        found.update(dict.fromkeys(self.declared.of(leaf)))
        found.update(dict.fromkeys(self._replaced(leaf)))
        for kind in leaf.washed:
            span = scope.place(index)
            found[Guard(kind, True, "the value is made harmless on the way", span)] = None
        return tuple(sorted(found))

    def _at(self, point: Point, leaf: Leaf, later: frozenset[int]) -> Iterator[Guard]:
        """The guards at a point; tests of letters are void that are decoded after them."""
        guards = self.guards.at(point, leaf)
        if later == point.related:
            yield from guards
            return
        decoded = msgspec.structs.replace(point, related=later)
        kept = self.guards.at(decoded, leaf) if later else []
        for guard in guards:
            void = guard.kind in _OF_LETTERS and guard not in kept
            yield msgspec.structs.replace(guard, holds=False, why=DECODED) if void else guard

    def _replaced(self, leaf: Leaf) -> Iterator[Guard]:
        """`if name not in LISTED: name = "default"`: what does not pass is not used."""
        for place, at in leaf.trail:
            value = place.values[at]
            if not isinstance(value, Choice):
                continue
            kept = {option for option in value.options if (place, option) in leaf.trail}
            others = [option for option in value.options if option not in kept]
            if len(kept) != 1 or not others:
                continue
            if all(place.values[option].__class__ is Const for option in others):
                yield from self._left(place, at, frozenset(kept), min(others), leaf)

    def _left(
        self, place: Scope, at: int, kept: frozenset[int], other: int, leaf: Leaf
    ) -> Iterator[Guard]:
        """The tests that lead to a constant in place of a value, as guards of the value."""
        for context in place.code.contexts:
            if context.kind != "if" or not max(kept) < context.value < max(other, at):
                continue
            point = Point(place, context.parent, at, kept)
            for atom, truth, unless in implied(place, context.value, not context.holds):
                if unless < 0:
                    yield from self.guards.of_atom(point, atom, truth, leaf, 0)

    def _before_call(
        self, scope: Scope, index: int, related: frozenset[int], leaf: Leaf | None
    ) -> list[Guard]:
        """The guards that stand before a call."""
        return self.guards.at(Point(scope, scope.call(index).context, index, related), leaf, 1)
