"""Decorators of the project: which functions they are given, and who then calls what.

`@timed` on `load` hands `load` to `timed` as its parameter; what `timed` returns runs where the
project calls `load`, and calls `load` where it calls its parameter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.leaf import Site
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call, Closure, Item, Name, Param, Star

if TYPE_CHECKING:
    from whence.flow.program.callee import Callees
    from whence.flow.program.project import Scope

GIVEN = 24
_PARTS = frozenset({Attribute, Item, Star})


class Decorated:
    """Answers what the project's own decorators do with functions, and remembers."""

    def __init__(self, callees: Callees) -> None:
        self.callees = callees
        self._given: dict[int, list[Scope]] | None = None
        self._decorators: dict[int, list[Scope]] = {}

    def given_to(self, decorator: Scope, name: str) -> list[Scope]:
        """The functions and classes that a parameter of a decorator can be."""
        if not decorator.code.parameters or _handed(decorator) != name:
            return []
        if self._given is None:
            self._given = {}
            self._given = self._all()
        return self._given.get(decorator.id, [])

    def wrapped_calls(self, scope: Scope) -> Iterator[Site]:
        """The calls of a decorated function inside its decorators that add something of their own."""
        for inner, index in self.calls_inside(scope):
            if _adds(inner, inner.call(index)):
                yield inner, index

    def calls_inside(self, scope: Scope) -> Iterator[Site]:
        """All calls of a decorated function inside its decorators."""
        for decorator in self._of(scope):
            name = _handed(decorator)
            for inner in _inside(decorator):
                for index, value in enumerate(inner.values):
                    if value.__class__ is Call and _is(inner, value.callee, name):
                        yield inner, index

    def standing_for(self, wrapper: Scope) -> Iterator[Scope]:
        """The functions in whose place a function runs that a decorator returns."""
        owner = wrapper.owner
        if owner is None or owner.code.kind != "function":
            return
        if any(_closure(owner, value) == wrapper.code.name for value, _ in owner.code.returns):
            yield from self.given_to(owner, _handed(owner))

    def _all(self) -> dict[int, list[Scope]]:
        found: dict[int, list[Scope]] = defaultdict(list)
        for scope in self.callees.project.scopes:
            for decorator in self._of(scope) if scope.code.decorators else ():
                if len(found[decorator.id]) < GIVEN:
                    found[decorator.id].append(scope)
        return found

    def _of(self, scope: Scope) -> list[Scope]:
        """The functions that the decorators of a function run with it."""
        known = self._decorators.get(scope.id)
        owner = scope.owner
        if known is not None or owner is None:
            return known or []
        self._decorators[scope.id] = []
        found = [
            inner
            for index in scope.code.decorators
            for target in self.callees.targets(owner, index)
            if target.kind != "external"
            and (inner := self.callees.runs(target)) is not None
            and inner.code.parameters
        ]
        if self.callees.open:
            del self._decorators[scope.id]
        else:
            self._decorators[scope.id] = found
        return found


def _handed(decorator: Scope) -> str:
    """The parameter by which a decorator gets the function."""
    names = [p.name for p in decorator.code.parameters if p.name != decorator.self_name]
    return names[0] if names else ""


def _inside(decorator: Scope) -> Iterator[Scope]:
    waiting = [decorator.klass or decorator]
    while waiting:
        scope = waiting.pop()
        yield scope
        waiting.extend(scope.children.values())


def _is(scope: Scope, index: int, name: str) -> bool:
    """Whether a callee is the function that the decorator was given, or an attribute that keeps it."""
    value = scope.values[index]
    if value.__class__ is Param or value.__class__ is Name:
        return last_name(scope.values, index) == name or getattr(value, "name", "") == name
    return value.__class__ is Attribute and value.name == name


def _adds(scope: Scope, call: Call) -> bool:
    """Whether a call gives more than the parameters of the function that it stands in."""
    return any(not _passes(scope, arg) for arg in call.args)


def _passes(scope: Scope, index: int) -> bool:
    """Whether a value is a parameter, or a part of one."""
    value = scope.values[index]
    while value.__class__ in _PARTS:
        value = scope.values[value.base]
    return value.__class__ is Param


def _closure(scope: Scope, index: int) -> str:
    value = scope.values[index]
    if value.__class__ is Call and value.args:
        return _closure(scope, value.args[-1])
    return value.name if value.__class__ is Closure else ""
