"""Conditions that several tests fulfil, each of which keeps a value in bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.checks.trail_guards import Point
from whence.flow.program.conditions import alternatives, implied
from whence.flow.program.leaf import Leaf
from whence.vocabulary.fact.code import Guard
from whence.vocabulary.fact.program import Compare

if TYPE_CHECKING:
    from whence.flow.checks.guards import Guards


def of_alternatives(
    guards: Guards, point: Point, index: int, truth: bool, leaf: Leaf | None, depth: int
) -> Iterator[Guard]:
    """`path == root or path.startswith(root + "/")`: a guard where each way to pass is one."""
    found: list[Guard] = []
    for part, outcome in alternatives(point.scope, index, truth):
        ways = [
            guard
            for atom, holds, unless in implied(point.scope, part, outcome)
            if unless < 0
            for guard in (
                *guards.of_atom(point, atom, holds, leaf, depth),
                *_same_as_root(guards, point, atom, holds),
            )
            if guard.holds
        ]
        if not ways:
            return
        found.extend(ways)
    yield from found[-1:]


def _same_as_root(guards: Guards, point: Point, index: int, truth: bool) -> Iterator[Guard]:
    """A path that is the root itself, which is one way to pass among others."""
    value = point.scope.values[index]
    if isinstance(value, Compare) and value.operator in ("==", "!="):
        related = [guards.is_related(point, side) for side in (value.left, value.right)]
        if (value.operator == "==") is truth and sorted(related) == [False, True]:
            yield Guard("confined", True, "the root itself passes", point.scope.place(index))
