"""Which calls have been made when control gets to a point of a function."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator

from whence.flow.checks.standing_checks import StandingChecks
from whence.flow.program.conditions import ancestor_ids, swallowed
from whence.flow.program.project import Scope
from whence.vocabulary.fact.program import Attribute, Call

_NOT_MADE, _MADE, _FORGOTTEN = range(3)


class CallsMade:
    """Answers by contexts, and remembers; `closure` gives the values that a value is made of."""

    def __init__(
        self, standing: StandingChecks, closure: Callable[[Scope, int], frozenset[int]]
    ) -> None:
        self.standing = standing
        self.closure = closure
        self._calls: dict[int, list[int]] = {}
        self._known: dict[tuple[int, int], tuple[set[int], dict[int, int]]] = {}
        self._given: dict[tuple[int, int], frozenset[int]] = {}

    def before(self, scope: Scope, context: int, before: int) -> Iterator[tuple[int, bool]]:
        """The calls made before a point, each with whether its failure is caught and forgotten."""
        calls = self._calls.get(scope.id)
        if calls is None:
            values = enumerate(scope.values)
            calls = self._calls[scope.id] = [at for at, held in values if held.__class__ is Call]
        around, known = self._around(scope, context)
        for index in calls[: bisect_left(calls, before)]:
            at = scope.call(index).context
            state = known.get(at)
            if state is None:
                state = known[at] = self._state(scope, at, around)
            if state is not _NOT_MADE:
                yield index, state is _FORGOTTEN

    def around(self, scope: Scope, context: int) -> set[int]:
        """The contexts that a context stands in, itself included."""
        return self._around(scope, context)[0]

    def _around(self, scope: Scope, context: int) -> tuple[set[int], dict[int, int]]:
        found = self._known.get((scope.id, context))
        if found is None:
            found = self._known[scope.id, context] = (set(ancestor_ids(scope, context)), {})
        return found

    def _state(self, scope: Scope, context: int, around: set[int]) -> int:
        if context in around:
            return _MADE
        if swallowed(scope, context, around):
            return _FORGOTTEN
        return _MADE if self.standing.stands(scope, context, around) else _NOT_MADE

    def given(self, scope: Scope, index: int) -> frozenset[int]:
        """All values that what a call is given is made of."""
        found = self._given.get((scope.id, index))
        if found is None:
            call = scope.call(index)
            callee = scope.values[call.callee]
            args = call.args
            if args and isinstance(callee, Attribute) and callee.name == "relative_to":
                args = (callee.base,)
            made = [self.closure(scope, arg) for arg in args]
            found = made[0] if len(made) == 1 else frozenset().union(*made)
            self._given[scope.id, index] = found
        return found
