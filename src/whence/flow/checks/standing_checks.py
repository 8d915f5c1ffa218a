"""Checks that run unless somebody switches them off, which nobody in the project does."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from whence.flow.checks.opt_ins import OptIns
from whence.flow.program.conditions import ancestors
from whence.flow.program.project import Scope
from whence.vocabulary.fact.program import Attribute, Context, Logic, Name, Param


class StandingChecks:
    """Answers what happens under switches such as `verify=True`."""

    def __init__(self, opt_ins: OptIns) -> None:
        self.opt_ins = opt_ins

    def stands(self, scope: Scope, context: int, around: set[int]) -> bool:
        """Whether what happens in a context has happened at a point after it, within `around`."""
        while context >= 0 and context not in around:
            held = scope.code.contexts[context]
            if held.kind != "if" or not self._is_on(scope, held.value, held.holds):
                return False
            context = held.parent
        return context in around

    def passed(self, scope: Scope, before: int, around: set[int]) -> Iterator[Context]:
        """The tests under switches that a point is past, because their failure raises."""
        for raised in scope.code.raises:
            test = scope.code.contexts[raised] if raised >= 0 else None
            if test is None or test.kind != "if" or not 0 <= test.value < before:
                continue
            inside = test.parent not in around and raised not in around
            if inside and self.stands(scope, test.parent, around):
                yield msgspec.structs.replace(test, kind="exit", holds=not test.holds)

    def is_left_off(self, scope: Scope, context: int) -> bool:
        """Whether something happens only where such a switch is off."""
        return any(
            held.kind in ("if", "exit") and self._is_on(scope, held.value, not held.holds)
            for held in ancestors(scope, context)
        )

    def _is_on(self, scope: Scope, index: int, truth: bool) -> bool:
        value = scope.values[index] if index >= 0 else None
        while isinstance(value, Logic) and value.operator == "not":
            index, truth = value.parts[0], not truth
            value = scope.values[index]
        return (
            truth
            and isinstance(value, Param | Attribute | Name)
            and self.opt_ins.is_on(scope, index)
        )
