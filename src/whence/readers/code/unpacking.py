"""What the targets of an assignment get, and operators on literals and mappings."""

from __future__ import annotations

import ast

from whence.readers.code.scope import Scope
from whence.vocabulary.fact.program import Call, Const, Dict, Item, Mix, Name, Sequence, Star

_REPEATED = 1000


def unpacked(scope: Scope, targets: list[ast.expr], value: int) -> list[int]:
    """The value for each of several targets, of which one may be starred."""
    star = next((n for n, target in enumerate(targets) if target.__class__ is ast.Starred), -1)
    count = len(targets)
    items = _known_items(scope, value)
    if items is not None and star < 0 and len(items) == count:
        return list(items)
    if items is not None and star >= 0 and len(items) >= count - 1:
        end = len(items) - (count - 1 - star)
        rest = scope.add(Sequence(items[star:end]))
        return [*items[:star], rest, *items[end:]]
    return [_part(scope, value, number, star, count) for number in range(count)]


def _part(scope: Scope, value: int, number: int, star: int, count: int) -> int:
    if number == star:
        return scope.add(Mix((value,)))
    position = number - count if 0 <= star < number else number
    return scope.add(Item(value, scope.constant(position)))


def _known_items(scope: Scope, value: int) -> tuple[int, ...] | None:
    held = scope.values[value]
    if held.__class__ is not Sequence or held.many:
        return None
    return None if any(scope.values[item].__class__ is Star for item in held.items) else held.items


def united(scope: Scope, parts: list[int]) -> int:
    """`a | b`: a mapping of both where one of them is written as a mapping."""
    if any(_is_mapping(scope, part) for part in parts):
        return scope.add(Dict((-1,) * len(parts), tuple(parts)))
    return scope.add(Mix(tuple(parts)))


def _is_mapping(scope: Scope, index: int) -> bool:
    value = scope.values[index]
    if value.__class__ is Call:
        callee = scope.values[value.callee]
        return callee.__class__ is Name and callee.dotted == "dict"
    return value.__class__ is Dict


def repeated(scope: Scope, parts: list[int]) -> int | None:
    """`"0" * 40`: the text that a literal and a number make, where it is not long."""
    held = [scope.values[part] for part in parts]
    told = [value.value for value in held if value.__class__ is Const and not value.kind]
    match told:
        case [str(text), int(times)] | [int(times), str(text)] if len(held) == 2:
            if 0 <= times * len(text) <= _REPEATED:
                return scope.add(Const(text * times))
    return None
