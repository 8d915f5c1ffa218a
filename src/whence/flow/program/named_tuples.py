"""`namedtuple("Pair", "left right")`: which argument of a call is which field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.flow.program.leaf import ANY, EACH
from whence.flow.program.registries import variable_of
from whence.vocabulary.fact.program import Call, Const, Name, Sequence

if TYPE_CHECKING:
    from whence.flow.program.callee import Callees
    from whence.flow.program.project import Scope

MAKERS = frozenset({"collections.namedtuple()", "typing.NamedTuple()"})
STEPS = 4


def field_values(callees: Callees, scope: Scope, index: int, key: str) -> list[int]:
    """The arguments of a call that fill a field, by its name or its place; all for any key."""
    call = scope.call(index)
    names = _fields(callees, scope, call.callee)
    if key in (ANY, EACH) or not names:
        return list(call.args)
    at = int(key) if key.isdigit() else names.index(key) if key in names else len(names)
    plain = call.positional
    named = dict(call.named)
    if at < len(plain):
        return [plain[at]]
    return [named[names[at]]] if at < len(names) and names[at] in named else []


def _fields(callees: Callees, scope: Scope, index: int) -> list[str]:
    for _ in range(STEPS):
        value = scope.values[index]
        if isinstance(value, Name):
            found = variable_of(callees, scope, value)
            if found is None:
                return []
            scope, index = found
            continue
        if isinstance(value, Call) and len(value.args) > 1:
            return _names(scope, value.args[1])
        break
    return []


def _names(scope: Scope, index: int) -> list[str]:
    held = scope.values[index]
    if isinstance(held, Const):
        return str(held.value).replace(",", " ").split()
    items = [scope.values[item] for item in held.items] if isinstance(held, Sequence) else []
    first = [scope.values[i.items[0]] if isinstance(i, Sequence) and i.items else i for i in items]
    return [str(item.value) for item in first if isinstance(item, Const)]
