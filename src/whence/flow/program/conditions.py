"""What conditions settle, and what values are made of, inside one function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whence.flow.program.project import Scope
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Closure,
    Compare,
    Const,
    Context,
    Item,
    Logic,
    Name,
    Param,
    Sequence,
    Text,
    Value,
)


def operands(scope: Scope, index: int) -> Iterable[int]:
    """The values that a value is made of directly, or that a lambda takes from around it."""
    value = scope.values[index]
    if not isinstance(value, Closure):
        return scope.code.operands(index)
    inner = scope.module.scopes.get(value.name)
    if inner is None or inner.code.kind != "lambda":
        return ()
    outside = (held.dotted for held in inner.values if isinstance(held, Name))
    return [scope.code.names[name] for name in outside if name in scope.code.names]


def implied(scope: Scope, index: int, truth: bool) -> Iterator[tuple[int, bool, int]]:
    """The simple tests that a condition's outcome settles: (test, outcome, unless).

    `unless` is a value whose emptiness lets the condition pass without the test, -1 where none.
    """
    value = scope.values[index]
    each = _of_each(scope, value, truth) if value.__class__ is Call else -1
    if each >= 0:
        yield from implied(scope, each, truth)
    if value.__class__ is not Logic:
        yield index, truth, -1
        return
    parts = value.parts
    operator = value.operator
    if operator == "not":
        yield from implied(scope, parts[0], not truth)
    elif (operator == "and") is truth:
        for part in parts:
            yield from implied(scope, part, truth)
    elif len(parts) == 2:
        for test, unless in ((parts[1], parts[0]), (parts[0], parts[1])):
            if _is_presence(scope, unless):
                for atom, holds, _ in implied(scope, test, truth):
                    yield atom, holds, unless


def alternatives(scope: Scope, index: int, truth: bool) -> list[tuple[int, bool]]:
    """The conditions of which one holds, each with its outcome; empty where it is no such choice."""
    value = scope.values[index]
    if not isinstance(value, Logic):
        return []
    if value.operator == "not":
        return alternatives(scope, value.parts[0], not truth)
    if (value.operator == "or") is not truth:
        return []
    return [(part, truth) for part in value.parts]


def _of_each(scope: Scope, value: Value, truth: bool) -> int:
    """The test that `all(...)` and a failing `any(...)` make of every element; -1 for none."""
    if not isinstance(value, Call) or len(value.args) != 1:
        return -1
    callee, over = scope.values[value.callee], scope.values[value.args[0]]
    wanted = "all" if truth else "any"
    if not isinstance(callee, Name) or callee.dotted != wanted or not isinstance(over, Sequence):
        return -1
    return over.items[0] if over.many else -1


def _is_presence(scope: Scope, index: int) -> bool:
    value = scope.values[index]
    if value.__class__ is Logic and value.operator == "not":
        return _is_presence(scope, value.parts[0])
    if value.__class__ is Compare:
        right = scope.values[value.right]
        return right.__class__ is Const and right.value is None
    return value.__class__ in (Name, Param, Attribute, Item)


def ancestors(scope: Scope, context: int) -> Iterator[Context]:
    for number in ancestor_ids(scope, context):
        yield scope.code.contexts[number]


def ancestor_ids(scope: Scope, context: int) -> Iterator[int]:
    while context >= 0:
        yield context
        context = scope.code.contexts[context].parent


def swallowed(scope: Scope, context: int, around: set[int]) -> bool:
    """Whether something stands in a `try` whose failure is forgotten before the point."""
    while context >= 0 and context not in around:
        held = scope.code.contexts[context]
        if held.kind == "swallow":
            return held.parent in around
        context = held.parent
    return False


def is_constant(scope: Scope, index: int, truth: bool) -> bool:
    value = scope.values[index]
    return value.__class__ is Const and bool(value.value) is truth


def left_over(scope: Scope, options: tuple[int, ...]) -> tuple[int, ...]:
    """The values of a choice, without those that are empty where they were left as they were.

    After `if name is not None: name = int(name)` the other branch holds nothing but `None`.
    """
    if len(options) != 2:
        return options
    for kept, other in (options, options[::-1]):
        if _is_made_where_set(scope, kept, other):
            return (kept,)
    return options


def _is_made_where_set(scope: Scope, made: int, of: int) -> bool:
    value = scope.values[made]
    if value.__class__ is not Call:
        return False
    held = scope.code.contexts[value.context]
    if held.kind != "if" or held.value < 0:
        return False
    test = scope.values[held.value]
    if test.__class__ is Compare and test.left == of:
        right = scope.values[test.right]
        is_none = right.__class__ is Const and right.value is None
        return is_none and (test.operator in ("is not", "!=")) is held.holds
    return held.value == of and held.holds


def divides(scope: Scope, value: Text) -> bool:
    """Whether a `/` between values divides numbers and joins no path."""
    parts = (scope.values[part] for part in value.parts)
    return any(part.__class__ is Const and isinstance(part.value, int | float) for part in parts)


def tells(scope: Scope, index: int) -> bool:
    """Whether a value identifies something; short literals and imported names do not."""
    value = scope.values[index]
    if value.__class__ is Const:
        return isinstance(value.value, str) and len(value.value) > 3
    return not (value.__class__ is Name and value.imported)
