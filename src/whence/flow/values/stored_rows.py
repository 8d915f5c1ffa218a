"""Whether what a call is given only chooses among rows that are stored: a key, a filter.

The row's columns are what somebody stored; the key is not among them. A mapping that the caller
sends is another matter: its items are the caller's whoever chooses among them.
"""

from __future__ import annotations

import re

from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.flow.tables.carriers import BY_CLASS, LOOKUPS, RUNS_QUERIES
from whence.vocabulary.fact.program import Attribute, Call, Const, Name, Text

_QUERY = re.compile(r"(?i)\s*(?:select|with|insert|update|delete|merge|pragma|show|call|match)\s")
_MANAGERS = frozenset({"query", "objects", "all_objects", "_default_manager"})


def chooses_rows(scope: Scope, callee: int, args: tuple[int, ...]) -> bool:
    """Whether the arguments of a call only say which of the stored rows is meant."""
    name = last_name(scope.values, callee)
    if name in BY_CLASS and len(args) > 1 and _is_class(scope, args[0]):
        return True
    held = scope.values[callee]
    if name in RUNS_QUERIES and args and _is_query(scope, args[0]):
        return True
    if name in LOOKUPS and isinstance(held, Attribute):
        return True
    if isinstance(held, Attribute) and not isinstance(scope.values[held.base], Attribute | Name):
        return False
    asked = spelled(scope, callee).rpartition(".")[0].rpartition(".")[2]
    managed = asked in _MANAGERS or _is_named_as_class(asked)
    return managed and bool(args) and (name in LOOKUPS or name in ("get", "aget"))


def _is_query(scope: Scope, index: int) -> bool:
    """Whether a value is the text of a query, as far as its beginning says."""
    value = scope.values[index]
    for _ in range(3):
        if isinstance(value, Call) and value.args:
            value = scope.values[value.args[0]]
        elif isinstance(value, Text) and value.parts:
            value = scope.values[value.parts[0]]
    return (
        isinstance(value, Const)
        and isinstance(value.value, str)
        and _QUERY.match(value.value) is not None
    )


def _is_class(scope: Scope, index: int) -> bool:
    """Whether a value is a class, by the way in which its name is written."""
    value = scope.values[index]
    return isinstance(value, Name) and _is_named_as_class(value.dotted.rpartition(".")[2])


def _is_named_as_class(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()
