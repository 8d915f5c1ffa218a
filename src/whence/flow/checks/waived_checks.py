"""Checks whose failure is caught by a handler that hands on what was refused, as if it had passed."""

from __future__ import annotations

from whence.flow.program.conditions import tells
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call, Choice, Context, Each, Item

_PARTS = 40
_ENDS = frozenset({"exit", "_exit", "abort", "fail", "quit"})


def handed_on(scope: Scope, index: int) -> Context | None:
    """The handler of a check's failure that returns, or leaves in place, what the check was given.

    `return check(rows)` with `except RowError: return rows` lets every row through; so does
    `clean = check(rows)` with `except RowError: clean = rows`.
    """
    call = scope.call(index)
    given = frozenset(at for arg in call.args for at in _whole(scope, arg) if tells(scope, at))
    handler = _handler_of(scope, call, index)
    if handler < 0 or not given or _leaves(scope, handler):
        return None
    for value, context in scope.code.returns:
        if value in given and _is_within(scope, context, handler) and _answers(scope, index):
            return scope.code.contexts[handler]
    for made in scope.values[index + 1 :]:
        if isinstance(made, Choice) and index in made.options and given & set(made.options):
            return scope.code.contexts[handler]
    return None


def _leaves(scope: Scope, handler: int) -> bool:
    """Whether a handler raises, or ends the program, on some way."""
    if any(_is_within(scope, raised, handler) for raised in scope.code.raises):
        return True
    return any(
        isinstance(held, Call)
        and _is_within(scope, held.context, handler)
        and last_name(scope.values, held.callee) in _ENDS
        for held in scope.values
    )


def _whole(scope: Scope, index: int) -> list[int]:
    """A value, and what it is a part of: the rows of `rows["label"]`."""
    found = [index]
    while len(found) < _PARTS:
        value = scope.values[found[-1]]
        if not isinstance(value, Item | Attribute | Each):
            break
        found.append(value.base)
    return found


def _handler_of(scope: Scope, call: Call, index: int) -> int:
    """The first handler below a call that belongs to the same block."""
    contexts = scope.code.contexts
    line = scope.code.lines[index]
    blocks = {call.context}
    if call.context >= 0 and contexts[call.context].kind == "swallow":
        blocks.add(contexts[call.context].parent)
    below = [
        number
        for number, held in enumerate(contexts)
        if held.kind == "handler" and held.parent in blocks and held.line > line
    ]
    return min(below, key=lambda number: contexts[number].line, default=-1)


def _answers(scope: Scope, index: int) -> bool:
    """Whether the function also returns once the check has passed, so that both ways look alike."""
    line = scope.code.lines[index]
    return any(
        value == index or (value >= 0 and context >= 0 and scope.code.lines[value] <= line)
        for value, context in scope.code.returns
    )


def _is_within(scope: Scope, context: int, handler: int) -> bool:
    while context >= 0:
        if context == handler:
            return True
        context = scope.code.contexts[context].parent
    return False
