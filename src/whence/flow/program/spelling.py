"""Expressions as the names that they spell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.vocabulary.fact.program import (
    AnyValue,
    Attribute,
    Call,
    Choice,
    Closure,
    Const,
    Name,
    Text,
)

if TYPE_CHECKING:
    from whence.flow.program.project import Scope

# Calls that give their first argument back, to be called later.
_LATER = frozenset({"partial", "delayed"})


def last_name(values: list[AnyValue], index: int) -> str:
    """The last part of the name that an expression spells."""
    value = values[index]
    if value.__class__ is Attribute:
        return value.name
    if value.__class__ is Name:
        return value.dotted.rpartition(".")[2]
    if value.__class__ is Closure:
        return value.name.rpartition(".")[2].partition("#")[0]
    if value.__class__ is Call and value.args and last_name(values, value.callee) in _LATER:
        return last_name(values, value.args[0])
    if value.__class__ is Choice and value.options:
        return last_name(values, value.options[0])
    return ""


def spelled(scope: Scope, index: int) -> str:
    """An expression as a dotted name, calls dropped; `?` for what has no name."""
    value = scope.values[index]
    if value.__class__ is Name:
        return value.dotted
    if value.__class__ is Attribute:
        return f"{spelled(scope, value.base)}.{value.name}"
    if value.__class__ is Call:
        return spelled(scope, value.callee)
    if value.__class__ is Closure:
        return value.name
    return "?"


def unquoted(text: str) -> str:
    """A rendered constant as plain text; empty for None."""
    if text == "None":
        return ""
    return text[1:-1] if len(text) > 1 and text[0] in "'\"" else text


_FILLS_IN = frozenset({"format", "format_map"})


def puts_together(scope: Scope, index: int) -> bool:
    """Whether a value is text made of parts: by operators, an f-string, or a method of text."""
    value = scope.values[index]
    if value.__class__ is Call:
        callee = scope.values[value.callee]
        if callee.__class__ is not Attribute:
            return False
        joined = callee.name == "join" and scope.values[callee.base].__class__ is Const
        return joined or callee.name in _FILLS_IN
    return value.__class__ is Text
