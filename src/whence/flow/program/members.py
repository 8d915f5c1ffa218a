"""What functions store under attributes and keys."""

from __future__ import annotations

from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Const,
    Dict,
    Name,
    Param,
    Star,
    Text,
)


def attribute_values(klass: Scope, name: str) -> list[tuple[Scope, int]]:
    """What a class and its methods store under an attribute: (scope, value)."""
    if klass.attributes is None:
        klass.attributes = _of_methods(klass)
    found = klass.attributes.get(name)
    if found is not None:
        return found
    index = klass.code.names.get(name)
    return [] if index is None else [(klass, index)]


def _of_methods(klass: Scope) -> dict[str, list[tuple[Scope, int]]]:
    """What the methods of a class store under attributes of their receiver, by name."""
    found: dict[str, list[tuple[Scope, int]]] = {}
    for method in klass.children.values():
        for store in method.code.stores:
            base = method.values[store.base] if store.name and store.base >= 0 else None
            if base.__class__ is Param and base.name == method.self_name:
                found.setdefault(store.name, []).append((method, store.value))
    return found


def literal_item(scope: Scope, base: int, key: str, before: int) -> int | None:  # noqa: C901 - one branch for each kind
    """The value under a constant key of a dictionary that a function builds, updates included."""
    value = scope.values[base]
    found: int | None = None
    if isinstance(value, Dict):
        for one, held in zip(value.keys, value.values, strict=True):
            if one < 0:
                found = literal_item(scope, held, key, before) or found
            else:
                name = scope.values[one]
                if name.__class__ is Const and name.value == key:
                    found = held
    elif isinstance(value, Call):
        call_args, keywords = value.args, value.keywords
        callee = scope.values[value.callee]
        if callee.__class__ is Name and callee.dotted == "dict":
            plain = len(call_args) - len(keywords)
            for keyword, held in zip(keywords, call_args[plain:], strict=True):
                if keyword == key:
                    found = held
    elif isinstance(value, Choice):
        for option in value.options:
            picked = literal_item(scope, option, key, before)
            found = picked if picked is not None else found
    elif isinstance(value, Text) and value.how == "+":
        for part in value.parts:
            picked = literal_item(scope, part, key, before)
            found = picked if picked is not None else found
    for store in scope.code.stores:
        if store.base == base and store.key >= 0 and store.before <= before:
            name = scope.values[store.key]
            if name.__class__ is Const and name.value == key:
                found = store.value
    for index in range(base + 1, min(before, len(scope.values))):
        call = scope.values[index]
        if call.__class__ is Call:
            callee = scope.values[call.callee]
            if (
                callee.__class__ is Attribute
                and callee.name in ("update", "setdefault")
                and callee.base == base
            ):
                found = _updated(scope, index, key, before, found)
    return found


def _updated(scope: Scope, index: int, key: str, before: int, found: int | None) -> int | None:
    call = scope.call(index)
    args, keywords = call.args, call.keywords
    plain = len(args) - len(keywords)
    if last_name(scope.values, call.callee) == "setdefault":
        if plain == 2 and found is None:
            name = scope.values[args[0]]
            if name.__class__ is Const and name.value == key:
                return args[1]
        return found
    for keyword, held in zip(keywords, args[plain:], strict=True):
        if keyword == key:
            return held
    if plain:
        picked = literal_item(scope, args[0], key, before)
        return picked if picked is not None else found
    return found


def given_to(
    scope: Scope, caller: Scope, index: int, name: str, shift: int, skip: int
) -> tuple[Scope, int] | None:
    """The argument of a call that binds a parameter; `shift` receivers and `skip` callables aside."""
    call = caller.call(index)
    args, keywords = call.args, call.keywords
    plain = len(args) - len(keywords)
    for keyword, value in zip(keywords, args[plain:], strict=True):
        if keyword == name:
            return caller, value
    position = -1
    for number, parameter in enumerate(scope.code.parameters):
        if parameter.kind == "*":
            break
        if parameter.name == name and parameter.kind == "":
            position = number - shift + skip
    spread = next((n for n, arg in enumerate(args) if caller.values[arg].__class__ is Star), plain)
    if skip <= position < min(plain, spread):
        return caller, args[position]
    for keyword, value in zip(keywords, args[plain:], strict=True):
        if keyword == "**":
            picked = literal_item(caller, value, name, index)
            if picked is not None:
                return caller, picked
    return None
