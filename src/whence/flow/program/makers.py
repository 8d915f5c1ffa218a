"""Which call made the object that a method is asked of."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Site
from whence.flow.program.members import attribute_values
from whence.flow.program.project import Scope
from whence.vocabulary.fact.program import Attribute, Call, Choice, Name, Param

DEPTH = 5
OPTIONS = 4


def made_by(callees: Callees, scope: Scope, index: int, depth: int = DEPTH) -> Iterator[Site]:
    """The calls that can have made a value: through names, attributes, parameters and returns."""
    value = scope.values[index]
    if depth <= 0:
        return
    if isinstance(value, Call):
        yield from _returned(callees, scope, index, depth)
    elif isinstance(value, Choice):
        for option in value.options[:OPTIONS]:
            yield from made_by(callees, scope, option, depth - 1)
    else:
        for held in _held(callees, scope, value):
            yield from made_by(callees, *held, depth - 1)


def _held(callees: Callees, scope: Scope, value: object) -> Iterator[Site]:
    """What a name, an attribute or a parameter holds."""
    if isinstance(value, Name):
        yield from _named(callees, scope, value)
    elif isinstance(value, Attribute):
        for target in callees.targets(scope, value.base):
            if target.kind in ("instance", "class") and target.scope is not None:
                yield from attribute_values(target.scope, value.name)[:OPTIONS]
    elif isinstance(value, Param):
        for caller, call in callees.callers(scope)[:OPTIONS]:
            given = callees.argument(scope, caller, call, value.name)
            if given is not None:
                yield given


def _named(callees: Callees, scope: Scope, value: Name) -> Iterator[Site]:
    owner = None if value.imported else scope.owner
    while owner is not None:
        held = owner.code.names.get(value.dotted)
        if held is not None:
            yield owner, held
            return
        owner = owner.owner
    located = callees.project.locate(value.dotted, scope.module)
    if isinstance(located, tuple):
        body = located[0].body
        yield body, body.code.names[located[1]]


def _returned(callees: Callees, scope: Scope, index: int, depth: int) -> Iterator[Site]:
    callee = scope.values[scope.call(index).callee]
    if isinstance(callee, Attribute) and callee.name == "__enter__":
        yield from made_by(callees, scope, callee.base, depth - 1)
        return
    inner = [callees.runs(t) for t in callees.of_call(scope, index) if t.kind == "function"]
    found = [function for function in inner if function is not None and function.code.returns]
    for function in found[:2]:
        for held, _ in function.code.returns[:OPTIONS]:
            yield from made_by(callees, function, held, depth - 1)
    if not found:
        yield scope, index
