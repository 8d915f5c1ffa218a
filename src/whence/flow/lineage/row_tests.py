"""Tests that rows are put to before they are trained on: by name, by schema, or by hand."""

from __future__ import annotations

from whence.flow.engine import Engine
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables import lifecycle as table
from whence.vocabulary.fact.program import Call, Compare, Logic

_LEAVES = frozenset({"raise", "continue", "return", "exit"})


class RowTests:
    """Conditions of functions that turn rows away, each function looked at once."""

    def __init__(self, engine: Engine) -> None:
        self.guards = engine.guards
        self._refused: dict[int, frozenset[int]] = {}

    def refused(self, scope: Scope) -> frozenset[int]:
        """The values of a function of which a condition asks something and leaves."""
        found = self._refused.get(scope.id)
        if found is None:
            found = self._refused[scope.id] = frozenset(
                index
                for context in scope.code.contexts
                if context.value >= 0 and _asks(scope, context.value)
                if context.kind == "assert"
                or (context.kind == "exit" and context.detail in _LEAVES)
                for index in self.guards.closure(scope, context.value)
            )
        return found


def _asks(scope: Scope, index: int) -> bool:
    """Whether a condition asks more than whether there is something."""
    value = scope.values[index]
    if isinstance(value, Logic):
        return any(_asks(scope, part) for part in value.parts)
    return isinstance(value, Compare | Call)


def can_reject(scope: Scope, call: Call) -> bool:
    """Whether a call, by its name, puts rows to a test."""
    name = last_name(scope.values, call.callee)
    return name in table.REJECTING_TAILS or table.VALIDATION_NAME.search(name) is not None


def _is_schema(engine: Engine, scope: Scope, call: Call) -> bool:
    """Whether a row goes through a class of the project that refuses what does not fit."""
    if not last_name(scope.values, call.callee)[:1].isupper():
        return False
    for target in engine.callees.targets(scope, call.callee):
        if target.kind == "class" and target.scope is not None:
            for klass in engine.callees.project.ancestry(target.scope):
                bases = klass.code.bases if isinstance(klass, Scope) else [str(klass)]
                if any(table.SCHEMA_CLASS.search(base) for base in bases):
                    return True
    return False


def tests_between(scope: Scope, index: int, data: list[int], engine: Engine) -> bool:
    """Whether the function calls a check on the data before it trains."""
    related: set[int] = set()
    for value in data:
        related |= engine.guards.closure(scope, value)
    for at in range(index):
        call = scope.values[at]
        if call.__class__ is not Call:
            continue
        if at in related and _is_schema(engine, scope, call):
            return True
        if can_reject(scope, call) and not related.isdisjoint(engine.guards.closure(scope, at)):
            return True
    return False
