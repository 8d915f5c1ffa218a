"""Names under which functions are called that are not their own.

`decode = pickle.loads`, `CODECS = {"pickle": pickle.loads}`, `return pickle.loads`: the calls spell
`decode(…)`, `CODECS[…](…)`, `chosen()(…)`. A name with `[]` behind it stands for what a table of that
name holds, one with `()` for what a function of that name returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import (
    AnyValue,
    Attribute,
    Call,
    Choice,
    Closure,
    Dict,
    Each,
    Item,
    Name,
    Param,
    Sequence,
)

if TYPE_CHECKING:
    from whence.flow.program.project import Scope

TABLE = 200
_MEANS = (Name, Closure)
ADDS = frozenset({"append", "add", "insert"})
_GETS = frozenset({"get", "pop", "__getitem__"})


def called_as(scope: Scope, index: int) -> str:
    """The last name that a callee spells, also where it is taken from a table or returned."""
    values = scope.values
    value = values[index]
    if value.__class__ is Name:
        return value.dotted.rpartition(".")[2]
    if value.__class__ is Param:
        klass = scope.klass
        if klass is not None and value.name == scope.self_name:
            return klass.code.name.rpartition(".")[2]
        return value.name
    if value.__class__ is Item:
        return _tabled(scope, value.base)
    if value.__class__ is Each:
        given = values[value.base].__class__ is Call
        return called_as(scope, value.base) if given else _tabled(scope, value.base)
    if value.__class__ is Call:
        callee = values[value.callee]
        if callee.__class__ is Attribute and callee.name in _GETS:
            return _tabled(scope, callee.base)
        found = last_name(values, index)
        if found:
            return found
        inner = last_name(values, value.callee)
        return f"{inner}()" if inner else ""
    return last_name(values, index)


def _tabled(scope: Scope, base: int) -> str:
    if scope.values[base].__class__ in (Dict, Sequence):
        return _unnamed(scope, base)
    name = last_name(scope.values, base)
    return f"{name}[]" if name else ""


def _unnamed(scope: Scope, table: int) -> str:
    """The name that a table has in the function which writes it down."""
    return f"{scope.id}.{table}[]"


def other_names(scope: Scope) -> Iterator[tuple[str, str]]:
    """(name, last name of what it stands for) for what a scope names, keeps and returns."""
    for name, held in scope.code.names.items():
        yield from _meant(scope.values, name, held)
    yield from _stored(scope)
    own = scope.code.name.rpartition(".")[2]
    for returned, _ in scope.code.returns:
        for option in _options(scope.values, returned):
            if scope.values[option].__class__ in _MEANS:
                yield f"{own}()", last_name(scope.values, option)


def put_in(scope: Scope, call: Call) -> Iterator[tuple[str, str]]:
    """As `other_names`, for what a call such as `append` puts into a list."""
    if scope.values[call.args[-1]].__class__ in _MEANS:
        table = added_to(scope, call)
        if table:
            yield table, last_name(scope.values, call.args[-1])


def added_to(scope: Scope, call: Call) -> str:
    """The name of the list that a call such as `append` puts its argument into."""
    callee = scope.values[call.callee]
    if callee.__class__ is not Attribute or callee.name not in ADDS or not call.args:
        return ""
    held = scope.values[callee.base]
    inner = scope.values[held.callee] if held.__class__ is Call else None
    if inner.__class__ is Attribute and inner.name == "setdefault":
        return _tabled(scope, inner.base)
    base = held.base if held.__class__ is Item else callee.base
    return _tabled(scope, base)


def _stored(scope: Scope) -> Iterator[tuple[str, str]]:
    values = scope.values
    for store in scope.code.stores:
        if store.name:
            yield from _meant(values, store.name, store.value)
        elif store.key >= 0 and store.base >= 0 and values[store.value].__class__ in _MEANS:
            tail = last_name(values, store.value)
            yield _unnamed(scope, store.base), tail
            table = last_name(values, store.base)
            if table:
                yield f"{table}[]", tail


def in_table(scope: Scope, index: int) -> Iterator[tuple[str, str]]:
    """The names under which a function calls what stands in a table of its own."""
    table = scope.values[index]
    for held in table.values[:TABLE] if isinstance(table, Dict) else ():
        if scope.values[held].__class__ in _MEANS:
            yield _unnamed(scope, index), last_name(scope.values, held)


def _meant(values: list[AnyValue], name: str, held: int) -> Iterator[tuple[str, str]]:
    value = values[held]
    if value.__class__ is Dict:
        for inner in value.values[:TABLE]:
            if values[inner].__class__ in _MEANS or values[inner].__class__ is Attribute:
                yield f"{name}[]", last_name(values, inner)
        return
    if value.__class__ is Call and value.args and last_name(values, value.callee) == "staticmethod":
        held = value.args[0]
    for option in _options(values, held):
        if values[option].__class__ in _MEANS:
            tail = last_name(values, option)
            if tail != name:
                yield name, tail


def _options(values: list[AnyValue], index: int) -> tuple[int, ...]:
    value = values[index]
    return value.options if value.__class__ is Choice else (index,)
