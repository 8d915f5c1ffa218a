"""Functions and classes that a project keeps in tables: dictionaries, lists, attributes.

`LOADERS[kind](path)` calls one of what stands in the dictionary, and of what functions put there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from whence.flow.program.members import attribute_values
from whence.flow.program.project import Scope
from whence.flow.program.special_methods import GETTER, Part, elements
from whence.flow.tables.types import canonical
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Const,
    Dict,
    Each,
    Item,
    Name,
    Param,
    Sequence,
    Star,
)

if TYPE_CHECKING:
    from whence.flow.program.callee import Callees, Target
    from whence.flow.program.deposits import Deposit

DEPTH = 4
# One more than a call may mean, so that the cut is told.
KEPT = 25
ANY = ""
_GETS = frozenset({"get", "pop", "setdefault"})


def elements_of(callees: Callees, scope: Scope, value: Each | Item, depth: int) -> list[Target]:
    """What an item of a table, of a list or of an instance can be."""
    bases = callees.targets(scope, value.base, depth + 1)
    found = [
        target
        for base in bases
        if base.kind == "instance" and base.scope is not None
        for target in _of_instance(callees, base.scope, value, depth)
    ]
    if not found and all(base.dotted.startswith(("?", "collections.", "dict")) for base in bases):
        key = _key(scope, value.key) if isinstance(value, Item) else ANY
        found = _meant(callees, scope, value.base, key, depth)
    if not found:
        found = [base for base in bases if base.kind in ("function", "class")]
    return found or [
        msgspec.structs.replace(base, dotted=canonical(base.dotted + "[]"))
        for base in bases
        if base.kind == "external" and not base.dotted.endswith("[][]")
    ]


def taken_of(callees: Callees, scope: Scope, index: int, depth: int) -> list[Target]:
    """What `get` and its kin take of a table of the project; nothing for any other call."""
    call = scope.call(index)
    callee = scope.values[call.callee]
    if callee.__class__ is not Attribute or callee.name not in _GETS or not call.args:
        return []
    found = _meant(callees, scope, callee.base, _key(scope, call.args[0]), depth)
    if found and len(call.args) > 1:
        found.extend(callees.targets(scope, call.args[1], depth + 1))
    return found


def _meant(callees: Callees, scope: Scope, base: int, key: str, depth: int) -> list[Target]:
    held = dict.fromkeys(held_under(callees, scope, base, key))
    return [
        target
        for owner, index in list(held)[:KEPT]
        for target in callees.targets(owner, index, depth + 1)
    ]


def _of_instance(
    callees: Callees, klass: Scope, value: Each | Item, depth: int
) -> Iterator[Target]:
    if isinstance(value, Item):
        method = callees.project.method(klass, GETTER)
        parts: list[Part] = [(method, v, ()) for v, _ in method.code.returns] if method else []
    else:
        parts = list(elements(callees.project, klass))
    for method, held, keys in parts:
        inner = method.values[held]
        wanted = inner.items if keys and isinstance(inner, Sequence) else (held,)
        for each in wanted[:DEPTH]:
            yield from callees.targets(method, each, depth + 1)


def _key(scope: Scope, index: int) -> str:
    held = scope.values[index]
    return str(held.value) if isinstance(held, Const) else ANY


def held_under(
    callees: Callees, scope: Scope, base: int, key: str, depth: int = 0
) -> Iterator[tuple[Scope, int]]:
    """The values that stand in a table under a key, `ANY` for all: (scope, value)."""
    if depth > DEPTH:
        return
    yield from _written(callees, scope, base, key, depth)
    for owner, index in _definitions(callees, scope, base):
        yield from held_under(callees, owner, index, key, depth + 1)
    yield from _put(_deposits(callees, scope, base), key)


def _written(
    callees: Callees, scope: Scope, base: int, key: str, depth: int
) -> Iterator[tuple[Scope, int]]:
    """What a function itself writes into a table."""
    value = scope.values[base]
    for store in scope.code.stores:
        if store.base == base and store.key >= 0 and _fits(scope, store.key, key):
            yield scope, store.value
    if isinstance(value, Dict):
        yield from _of_dict(callees, scope, value, key, depth)
    elif isinstance(value, Sequence):
        items = [item for item in value.items if scope.values[item].__class__ is not Star]
        yield from ((scope, item) for item in items)
        for index in callees.deposits.local.get((scope.id, base), ()):
            yield from ((scope, arg) for arg in scope.call(index).args[:1])
    elif isinstance(value, Choice):
        for option in value.options:
            yield from held_under(callees, scope, option, key, depth + 1)
    elif isinstance(value, Call):
        yield from ((scope, held) for name, held in value.named if key in (ANY, name))


def _of_dict(
    callees: Callees, scope: Scope, value: Dict, key: str, depth: int
) -> Iterator[tuple[Scope, int]]:
    for name, held in zip(value.keys, value.values, strict=True):
        if name < 0:
            yield from held_under(callees, scope, held, key, depth + 1)
        elif _fits(scope, name, key):
            yield scope, held


def _fits(scope: Scope, index: int, key: str) -> bool:
    held = scope.values[index]
    return key == ANY or held.__class__ is not Const or str(held.value) == key


def _put(deposits: list[Deposit], key: str) -> Iterator[tuple[Scope, int]]:
    for each in deposits:
        if each.key >= 0 and _fits(each.scope, each.key, key):
            yield each.scope, each.value
        elif each.call:
            yield from ((each.scope, arg) for arg in each.scope.call(each.value).args[:2])


def _definitions(callees: Callees, scope: Scope, base: int) -> Iterator[tuple[Scope, int]]:
    """Where a variable or an attribute gets its table."""
    value = scope.values[base]
    if isinstance(value, Name):
        found = variable_of(callees, scope, value)
        if found is not None:
            yield found
    elif isinstance(value, Attribute):
        for klass in _classes(callees, scope, value.base):
            yield from attribute_values(klass, value.name)


def _deposits(callees: Callees, scope: Scope, base: int) -> list[Deposit]:
    """What functions put into the table that a variable or an attribute is."""
    value = scope.values[base]
    if isinstance(value, Name):
        found = variable_of(callees, scope, value)
        return callees.deposits.into.get((found[0].id, found[1]), []) if found else []
    if isinstance(value, Attribute):
        return [
            each
            for klass in _classes(callees, scope, value.base)
            for each in callees.deposits.in_attribute(klass, value.name)
        ]
    return callees.deposits.into.get((scope.id, base), [])


def _classes(callees: Callees, scope: Scope, base: int) -> list[Scope]:
    """The classes of which a value is an instance, and their bases."""
    held = scope.values[base]
    if held.__class__ is Param and scope.klass is not None and held.name == scope.self_name:
        kinds = [scope.klass]
    else:
        kinds = [
            target.scope
            for target in callees.targets(scope, base)
            if target.kind in ("instance", "class") and target.scope is not None
        ]
    return [
        item for kind in kinds for item in callees.project.ancestry(kind) if isinstance(item, Scope)
    ]


def variable_of(callees: Callees, scope: Scope, value: Name) -> tuple[Scope, int] | None:
    """Where a name of an outer scope or of another module gets its value."""
    if not value.imported:
        owner = scope.owner
        while owner is not None:
            index = owner.code.names.get(value.dotted)
            if index is not None:
                return owner, index
            owner = owner.owner
    located = callees.project.locate(value.dotted, scope.module)
    if not isinstance(located, tuple):
        return None
    module, name = located
    index = module.body.code.names[name]
    itself = module.body is scope and scope.values[index].__class__ is Name
    return None if itself else (module.body, index)
