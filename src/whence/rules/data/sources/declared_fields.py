"""What the fields of settings classes hold: dataclasses, pydantic settings, plain class attributes."""

from __future__ import annotations

from whence.rules.data.sources.programs import Code, Programs
from whence.vocabulary.fact.program import Attribute, Call, Closure, Function, Name

Place = tuple[Code, Function, int]

_FIELDS = frozenset({"field", "Field", "attrib", "ib"})
_BASES = 4


def field_of(programs: Programs, code: Code, function: Function, value: Attribute) -> Place | None:
    """What `settings.name` holds: given where the object is made, or else declared in its class."""
    dotted = programs.dotted(code, function, value.base)
    if dotted.startswith("?") or not dotted:
        return None
    made = _made(programs, code, function, value.base, dotted)
    if made is not None:
        code, function, index = made
        call = function.values[index]
        if isinstance(call, Call):
            given = dict(call.named).get(value.name)
            if given is not None:
                return code, function, given
        dotted = programs.dotted(code, function, index)
    return _declared(programs, code, dotted.removesuffix("()"), value.name, 0)


def field_of_name(programs: Programs, code: Code, dotted: str) -> Place | None:
    """As `field_of`, for `package.module.SETTINGS.name` or a class's `package.module.Settings.name`."""
    holder, _, field = dotted.rpartition(".")
    module, _, name = holder.rpartition(".")
    if not module:
        return None
    for other in programs.imported_by(code):
        if other.parts[-1:] != module.split(".")[-1:] or name not in other.body.names:
            continue
        call = other.body.values[other.body.names[name]]
        given = dict(call.named).get(field) if isinstance(call, Call) else None
        if given is not None:
            return other, other.body, given
        made = programs.dotted(other, other.body, other.body.names[name])
        return _declared(programs, other, made.removesuffix("()"), field, 0)
    return None


def _made(
    programs: Programs, code: Code, function: Function, base: int, dotted: str
) -> Place | None:
    """Where the project makes the object that a name of a module holds."""
    value = function.values[base]
    if not isinstance(value, Name):
        return None
    if not value.imported:
        held = code.resolved(function, value.dotted)
        return None if held is None else (code, *held)
    module, _, name = dotted.rpartition(".")
    for other in programs.imported_by(code):
        if name in other.body.names and other.parts[-1:] == module.split(".")[-1:]:
            return other, other.body, other.body.names[name]
    return None


def _declared(programs: Programs, code: Code, name: str, field: str, depth: int) -> Place | None:
    """The default of a field in a class of the project or one that it inherits from."""
    module, _, simple = name.rpartition(".")
    if depth > _BASES or not simple:
        return None
    own = () if module else (code,)
    for other in (*own, *programs.imported_by(code)):
        if module and other.parts[-1:] != module.split(".")[-1:]:
            continue
        klass = other.functions.get(simple)
        if klass is None or klass.kind != "class":
            continue
        if field in klass.names:
            index = _default(klass, klass.names[field])
            return None if index < 0 else (other, klass, index)
        for base in klass.bases:
            found = _declared(programs, other, base, field, depth + 1)
            if found is not None:
                return found
    return None


def _default(klass: Function, index: int) -> int:
    """The default of a field, out of `field(default=...)` or `Field(...)`; -1 where it has none."""
    value = klass.values[index]
    if isinstance(value, Closure):
        return -1
    if not isinstance(value, Call):
        return index
    callee = klass.values[value.callee]
    name = getattr(callee, "name", "") or getattr(callee, "dotted", "").rpartition(".")[2]
    if name not in _FIELDS:
        return index
    given = dict(value.named)
    if "default" in given:
        return given["default"]
    return value.positional[0] if value.positional else -1
