"""Columns of stored rows: what the project itself writes into them comes out of them again.

One request stores a path, another reads the row and opens it: the second trusts who sent the first.
Sources: the reference pages of Django, SQLAlchemy, SQLModel, Peewee, Tortoise and MongoEngine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.conditions import operands
from whence.flow.program.leaf import ANY, EACH, Keys, Leaf
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call, Name

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

DEPTH = 12
MAKERS = 8
_COLUMNS = frozenset(
    {"Column", "mapped_column", "CharField", "TextField", "FilePathField", "URLField", "JSONField",
     "StringField", "Field", "SlugField", "DictField", "ListField"}
)  # fmt: skip
_CREATES = frozenset({"create", "get_or_create", "update_or_create", "acreate", "insert", "update"})


def stored_in_column(
    tracer: Tracer, scope: Scope, index: int, keys: Keys, depth: int
) -> list[Leaf]:
    """What the project writes into the column that is taken of the rows that a call finds."""
    names = [key for key in keys if key not in (ANY, EACH)]
    if not names or keys.index(names[0]) > 1:
        return []
    klass = _asked_for(tracer, scope, index, 0)
    if klass is None or not _is_column(tracer, klass, names[0]):
        return []
    rest = keys[keys.index(names[0]) + 1 :]
    return [
        leaf
        for caller, value in _written(tracer, klass, names[0])
        for leaf in tracer.leaves(caller, value, rest, depth + 1)
    ]


def _asked_for(tracer: Tracer, scope: Scope, index: int, depth: int) -> Scope | None:
    """The class of the project whose rows a call asks for."""
    value = scope.values[index]
    if isinstance(value, Name):
        for target in tracer.callees.targets(scope, index):
            if target.kind == "class" and target.scope is not None:
                return target.scope
        owner = tracer.project.owner_of(value.dotted, scope.module)[0] if value.imported else None
        if isinstance(owner, Scope) and owner.code.kind == "class":
            return owner
    if depth > DEPTH:
        return None
    below = list(operands(scope, index))
    if isinstance(value, Call):
        below = [value.callee, *value.args[:1]]
    elif isinstance(value, Attribute):
        below = [value.base]
    for each in below:
        found = _asked_for(tracer, scope, each, depth + 1)
        if found is not None:
            return found
    return None


def _is_column(tracer: Tracer, klass: Scope, name: str) -> bool:
    for item in tracer.project.ancestry(klass):
        if not isinstance(item, Scope):
            if item.endswith(("SQLModel", "DeclarativeBase")) and name in klass.code.fields:
                return True
            continue
        held = item.values[item.code.names[name]] if name in item.code.names else None
        if isinstance(held, Call) and last_name(item.values, held.callee) in _COLUMNS:
            return True
    return False


def _written(tracer: Tracer, klass: Scope, name: str) -> Iterator[tuple[Scope, int]]:
    """The values that calls of the class, or of its manager, give for a column."""
    tail = klass.code.name.rpartition(".")[2]
    for caller, index in tracer.project.calls.get(tail, ())[:MAKERS]:
        if any(target.scope is klass for target in tracer.callees.of_call(caller, index)):
            yield from _given(caller, index, name)
    for way in sorted(_CREATES):
        for caller, index in tracer.project.calls.get(way, ())[:200]:
            if name in caller.call(index).keywords:
                if _asked_for(tracer, caller, caller.call(index).callee, 0) is klass:
                    yield from _given(caller, index, name)


def _given(caller: Scope, index: int, name: str) -> Iterator[tuple[Scope, int]]:
    for keyword, value in caller.call(index).named:
        if keyword == name and not caller.module.is_test:
            yield caller, value
