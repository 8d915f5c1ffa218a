"""What a function puts into an object that it is given: `fill(settings)` and then `settings.url`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from whence.flow.program.leaf import ANY, EACH, Keys, Leaf
from whence.vocabulary.fact.program import Call, Const, Dict, Param, Sequence

if TYPE_CHECKING:
    from whence.flow.program.callee import Target
    from whence.flow.program.project import Scope
    from whence.flow.values.trace import Tracer

CALLS = 6
_MADE = (Call, Dict, Sequence)


class HandedObjects:
    """Follows attributes and items that called functions store in their parameters."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self._given: dict[int, dict[int, list[tuple[int, int | str]]]] = {}

    def stored(self, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
        """The leaves that the calls which take a value put under a key or attribute of it."""
        if scope.values[index].__class__ not in _MADE:
            return []
        found: list[Leaf] = []
        callees = self.tracer.callees
        for call, position in self._calls(scope).get(index, ())[:CALLS]:
            for target in callees.of_call(scope, call):
                inner = callees.runs(target) if target.kind != "external" else None
                if inner is None:
                    continue
                for leaf in self._put(inner, _filled(inner, position, target), keys, depth):
                    run = frozenset({inner.id})
                    found.extend(self.tracer.results.resolved(leaf, run, scope, call, depth))
        return found

    def _put(self, inner: Scope, name: str, keys: Keys, depth: int) -> list[Leaf]:
        held = next(
            (n for n, v in enumerate(inner.values) if v.__class__ is Param and v.name == name), -1
        )
        found: list[Leaf] = []
        for store in inner.code.stores:
            if store.base == held >= 0 and _fits(inner, store.key, store.name, keys[0]):
                found.extend(self.tracer.leaves(inner, store.value, keys[1:], depth + 1))
        for call in self.tracer.held.changes(inner).get(held, ()):
            found.extend(self.tracer.held.added(inner, call, keys, depth))
        return found

    def _calls(self, scope: Scope) -> dict[int, list[tuple[int, int | str]]]:
        """The calls of a function that take a value, with its place or its name among the arguments."""
        known = self._given.get(scope.id)
        if known is None:
            known = self._given[scope.id] = defaultdict(list)
            for index, value in enumerate(scope.values):
                if value.__class__ is Call:
                    places: list[tuple[int | str, int]] = [
                        *enumerate(value.positional),
                        *value.named,
                    ]
                    for position, arg in places:
                        if scope.values[arg].__class__ in _MADE:
                            known[arg].append((index, position))
        return known


def _filled(inner: Scope, position: int | str, target: Target) -> str:
    """The parameter that an argument fills; empty where it is one of many."""
    if isinstance(position, str):
        return position if position in inner.parameters else ""
    at = position + (target.bound or target.kind != "function")
    parameters = inner.code.parameters
    return parameters[at].name if at < len(parameters) and not parameters[at].kind else ""


def _fits(scope: Scope, key: int, name: str, wanted: str) -> bool:
    if wanted in (ANY, EACH):
        return True
    if key < 0:
        return name == wanted
    held = scope.values[key]
    return held.__class__ is not Const or str(held.value) == wanted
