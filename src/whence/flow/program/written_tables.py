"""Mappings that the code itself begins, so that a key chooses an item and is not one."""

from __future__ import annotations

from whence.flow.program.members import attribute_values
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call, Dict, Name

_MAKE = frozenset({"dict", "OrderedDict", "defaultdict"})


def is_table(scope: Scope, index: int) -> bool:
    """Whether a value is a dictionary of the function, of an outer one, or of the object."""
    value = scope.values[index]
    if isinstance(value, Attribute) and scope.klass is not None:
        held = attribute_values(scope.klass, value.name)
        return bool(held) and all(_is_begun(place, at) for place, at in held)
    owner = scope.owner if isinstance(value, Name) and not value.imported else None
    while owner is not None and isinstance(value, Name):
        at = owner.code.names.get(value.dotted)
        value = owner.values[at] if at is not None else value
        owner = owner.owner
    return isinstance(value, Dict)


def _is_begun(scope: Scope, index: int) -> bool:
    value = scope.values[index]
    if isinstance(value, Call):
        return last_name(scope.values, value.callee) in _MAKE
    return isinstance(value, Dict)
