"""`match` statements: what their patterns bind, and what must hold for a case to run."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from whence.readers.code.expressions import lower
from whence.readers.code.scope import Scope
from whence.vocabulary.fact.program import Attribute, Compare, Context, Item, Logic, Mix

# Classes whose one positional pattern is the subject itself. Source: PEP 634.
_WHOLE = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str",
     "tuple"}
)  # fmt: skip
Block = Callable[[Scope, list[ast.stmt]], bool]


def lower_match(scope: Scope, node: Any, block: Block) -> bool | None:
    """Reads the cases like a chain of `if` and `elif`. False where every case leaves."""
    subject = lower(scope, node.subject)
    branches: list[dict[str, int]] = []
    left_by: list[tuple[int, int, str]] = []
    outer = scope.context
    complete = False
    for case in node.cases:
        scope.line = line = case.pattern.lineno
        before = scope.context
        scope.begin()
        test = _test(scope, case, subject)
        if test >= 0:
            scope.enter(Context(scope.context, "if", test, True, line))
        alive = block(scope, case.body)
        made = scope.leave()
        scope.context = before
        if alive:
            branches.append(made)
        if test < 0:
            complete = True
            break
        if not alive:
            left_by.append((test, line, scope.left_by))
        how = "if" if alive else "exit"
        scope.enter(Context(scope.context, how, test, False, line, scope.left_by))
    if complete and not branches:
        return False
    scope.context = outer
    for test, line, how in left_by:
        scope.enter(Context(scope.context, "exit", test, False, line, how))
    scope.merge(branches, complete)
    return None


def _test(scope: Scope, case: ast.match_case, subject: int) -> int:
    """Binds the names of a case; what must be true for it, -1 where it always runs."""
    test = _pattern(scope, case.pattern, subject)
    if case.guard is None:
        return test
    guard = lower(scope, case.guard)
    return guard if test < 0 else scope.add(Logic("and", (test, guard)))


def _pattern(scope: Scope, pattern: Any, subject: int) -> int:
    kind = pattern.__class__
    if kind is ast.MatchValue:
        return scope.add(Compare("==", subject, lower(scope, pattern.value)))
    if kind is ast.MatchSingleton:
        return scope.add(Compare("is", subject, scope.constant(pattern.value)))
    if kind is ast.MatchAs:
        test = -1 if pattern.pattern is None else _pattern(scope, pattern.pattern, subject)
        if pattern.name is not None:
            scope.bind(pattern.name, subject)
        return test
    if kind is ast.MatchOr:
        return _either(scope, pattern, subject)
    if kind is ast.MatchSequence:
        return _sequence(scope, pattern, subject)
    if kind is ast.MatchMapping:
        return _mapping(scope, pattern, subject)
    return _class(scope, pattern, subject)


def _either(scope: Scope, pattern: ast.MatchOr, subject: int) -> int:
    tests: list[int] = []
    branches: list[dict[str, int]] = []
    for option in pattern.patterns:
        scope.begin()
        tests.append(_pattern(scope, option, subject))
        branches.append(scope.leave())
    scope.merge(branches, True)
    return -1 if min(tests) < 0 else scope.add(Logic("or", tuple(tests)))


def _sequence(scope: Scope, pattern: ast.MatchSequence, subject: int) -> int:
    tests = [scope.add(Mix((subject,)))]
    behind = 0
    for number, inner in enumerate(pattern.patterns):
        if isinstance(inner, ast.MatchStar):
            behind = len(pattern.patterns)
            if inner.name is not None:
                scope.bind(inner.name, scope.add(Mix((subject,))))
            continue
        item = scope.add(Item(subject, scope.constant(number - behind)))
        tests.append(_pattern(scope, inner, item))
    return _all(scope, tests)


def _mapping(scope: Scope, pattern: ast.MatchMapping, subject: int) -> int:
    tests = [scope.add(Mix((subject,)))]
    for key, inner in zip(pattern.keys, pattern.patterns, strict=True):
        item = scope.add(Item(subject, lower(scope, key)))
        tests.append(_pattern(scope, inner, item))
    if pattern.rest is not None:
        scope.bind(pattern.rest, subject)
    return _all(scope, tests)


def _class(scope: Scope, pattern: ast.MatchClass, subject: int) -> int:
    kind = lower(scope, pattern.cls)
    tests = [scope.add(Compare("is", subject, kind))]
    whole = isinstance(pattern.cls, ast.Name) and pattern.cls.id in _WHOLE
    for number, inner in enumerate(pattern.patterns):
        part = subject if whole else scope.add(Item(subject, scope.constant(number)))
        tests.append(_pattern(scope, inner, part))
    for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        tests.append(_pattern(scope, inner, scope.add(Attribute(subject, name))))
    return _all(scope, tests)


def _all(scope: Scope, tests: list[int]) -> int:
    """The test that all of several hold; patterns that always fit say nothing."""
    real = tuple(test for test in tests if test >= 0)
    return real[0] if len(real) == 1 else scope.add(Logic("and", real))
