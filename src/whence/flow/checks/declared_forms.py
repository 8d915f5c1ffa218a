"""What declared types, fields and their validators let through.

Sources: the reference pages of pydantic, FastAPI and marshmallow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from whence.flow.checks.form_checks import FormChecks
from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf
from whence.flow.program.members import given_to
from whence.flow.program.project import Module, Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables.requests import NUMBERS
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import Guard
from whence.vocabulary.fact.program import AnyValue, Attribute, Call, Const, Item, Param, Sequence

DEPTH = 4
_CLOSED = ("Literal", "UUID", "UUID1", "UUID3", "UUID4", "UUID5", "PositiveInt", "NonNegativeInt",
           "conint", "StrictInt", "StrictBool", "HttpUrl")  # fmt: skip
_DECLARES = frozenset(
    {"Query", "Path", "Body", "Form", "Header", "Cookie", "Field", "StringConstraints", "constr"}
)
_CALLS_BACK = ("AfterValidator", "BeforeValidator")
_OF_FIELDS = ("field_validator", "validator")
_OF_MODELS = ("model_validator", "root_validator", "validates_schema")
_SCHEMA_NUMBERS = frozenset(
    {"Int", "Integer", "Float", "Number", "Decimal", "UUID", "Bool", "Boolean", "DateTime", "Date"}
)
_TYPED = "its declared type admits only such values"
_LISTED = "only listed values pass"

_Before = Callable[[Scope, int, frozenset[int], Leaf | None], list[Guard]]
_Ensured = Callable[[Scope, frozenset[int], Leaf | None], Iterator[Guard]]


class DeclaredForms:
    """Finds the guards in declarations and decorators.

    `ensured` says what a function makes sure of to its end, `before` what it does before a call.
    """

    def __init__(
        self, callees: Callees, forms: FormChecks, ensured: _Ensured, before: _Before
    ) -> None:
        self.callees = callees
        self.forms = forms
        self.before = before
        self.ensured = ensured

    def of(self, leaf: Leaf) -> Iterator[Guard]:
        """The guards that stand before a handler runs, for what its parameter holds."""
        scope = leaf.scope
        parameter = scope.parameters.get(leaf.detail)
        if leaf.kind is not None or parameter is None:
            yield from self._of_schemas(leaf)
            return
        span = scope.module.fact.place(scope.code.line)
        if scope.owner is not None and parameter.default >= 0:
            yield from self._of_call(scope.owner, parameter.default)
        yield from self._of_decorators(leaf)
        annotation, module = parameter.annotation, scope.module
        yield from self._of_type(annotation, module, span)
        for key in leaf.keys[:DEPTH]:
            klass = self._class(annotation, module)
            holder = self._holder(klass, key)
            if klass is None or holder is None:
                return
            yield from self._of_field(klass, holder, key)
            annotation, module = holder.code.fields[key], holder.module
            yield from self._of_type(annotation, module, module.fact.place(holder.code.line))

    def _of_decorators(self, leaf: Leaf) -> Iterator[Guard]:
        """What a decorator of the project makes sure of before it hands on what it was given."""
        for inner, index in self.callees.decorated.calls_inside(leaf.scope):
            given = given_to(leaf.scope, inner, index, leaf.detail, 0, 0)
            related = {given[1]} if given is not None and given[0] is inner else set()
            if not related:
                related = _spread(inner, index, leaf.detail)
            if related:
                yield from self.before(inner, index, frozenset(related), leaf)

    def _class(self, annotation: str, module: Module) -> Scope | None:
        found = self.callees.project.find(annotation, module) if annotation else None
        return found if found is not None and found.code.kind == "class" else None

    def _holder(self, klass: Scope | None, field: str) -> Scope | None:
        for item in self.callees.project.ancestry(klass) if klass is not None else ():
            if isinstance(item, Scope) and field in item.code.fields:
                return item
        return None

    def _of_type(self, annotation: str, module: Module, span: Span) -> Iterator[Guard]:
        """A type that admits numbers, listed values or identifiers only."""
        if annotation in NUMBERS or annotation.rpartition(".")[2] in _CLOSED:
            yield Guard("allow-list", True, _TYPED, span)
            return
        klass = self._class(annotation, module)
        bases = self.callees.project.ancestry(klass) if klass is not None else ()
        if any(isinstance(base, str) and base.startswith("enum.") for base in bases):
            yield Guard("allow-list", True, _LISTED, span)

    def _of_call(self, scope: Scope, index: int) -> Iterator[Guard]:
        """`Query(pattern=…)`, `Field(pattern=…)` and their kin."""
        value = scope.values[index]
        if not isinstance(value, Call):
            return
        name = last_name(scope.values, value.callee)
        if name in _DECLARES:
            for key, at in value.named:
                found = self.forms.of_declared(scope, at) if key in ("pattern", "regex") else None
                if found is not None:
                    yield found
        elif name in _CALLS_BACK and value.args:
            for target in self.callees.targets(scope, value.args[0]):
                inner = self.callees.runs(target)
                if inner is not None and inner.code.parameters:
                    yield from self._of_function(inner, inner.code.parameters[0].name)

    def _of_function(self, inner: Scope, parameter: str) -> Iterator[Guard]:
        related = frozenset(
            at
            for at, value in enumerate(inner.values)
            if value.__class__ is Param and value.name == parameter
        )
        yield from self.ensured(inner, related, None)

    def _of_field(self, klass: Scope, holder: Scope, field: str) -> Iterator[Guard]:
        declared = holder.code.names.get(field)
        if declared is not None:
            yield from self._of_call(holder, declared)
        for item in self.callees.project.ancestry(klass):
            for method in item.children.values() if isinstance(item, Scope) else ():
                yield from self._of_validator(method, field)

    def _of_validator(self, method: Scope, field: str) -> Iterator[Guard]:
        for index, name in zip(method.code.decorators, method.decorator_names, strict=False):
            tail = name.rpartition(".")[2]
            if tail in _OF_MODELS:
                yield from self.ensured(method, _attributes(method, field), None)
            elif tail in _OF_FIELDS and _names(method.owner, index, field):
                names = [each.name for each in method.code.parameters]
                given = [each for each in names if each != method.self_name]
                if given:
                    yield from self._of_function(method, given[0])

    def _of_schemas(self, leaf: Leaf) -> Iterator[Guard]:
        """A field of a marshmallow schema that took in what was sent."""
        for scope, index in leaf.trail:
            value = scope.values[index]
            callee = scope.values[value.callee] if isinstance(value, Call) else None
            if not isinstance(callee, Attribute) or callee.name not in ("load", "loads"):
                continue
            field = _taken(scope, index, leaf)
            for target in self.callees.targets(scope, callee.base) if field else ():
                if target.kind == "instance" and target.scope is not None:
                    yield from self._of_schema(target.scope, field)

    def _of_schema(self, klass: Scope, field: str) -> Iterator[Guard]:
        ancestry = self.callees.project.ancestry(klass)
        if not any(isinstance(base, str) and base.endswith("Schema") for base in ancestry):
            return
        for item in ancestry:
            at = item.code.names.get(field) if isinstance(item, Scope) else None
            if not isinstance(item, Scope) or at is None:
                continue
            value = item.values[at]
            if not isinstance(value, Call):
                return
            if last_name(item.values, value.callee) in _SCHEMA_NUMBERS:
                yield Guard("allow-list", True, _TYPED, item.place(at))
            for key, given in value.named:
                if key == "validate":
                    yield from self._of_validate(item, given)
            return

    def _of_validate(self, scope: Scope, index: int) -> Iterator[Guard]:
        value = scope.values[index]
        if isinstance(value, Sequence):
            for each in value.items:
                yield from self._of_validate(scope, each)
        elif isinstance(value, Call) and value.args:
            name = last_name(scope.values, value.callee)
            if name == "OneOf":
                yield Guard("allow-list", True, _LISTED, scope.place(index))
            elif name == "Regexp":
                found = self.forms.of_declared(scope, value.args[0])
                if found is not None:
                    yield found


def _spread(inner: Scope, index: int, name: str) -> set[int]:
    """What a function takes out of the keywords under a name that it hands on with `**`."""
    bases = {at for key, at in inner.call(index).named if key == "**"}
    return {
        at
        for at, value in enumerate(inner.values)
        if _key_of(inner, at) == name and _base_of(inner, value) in bases
    }


def _key_of(scope: Scope, index: int) -> str:
    """The constant key of an item, or of what `get` is asked for; empty elsewhere."""
    value = scope.values[index]
    key = value.key if isinstance(value, Item) else -1
    if isinstance(value, Call) and value.args and last_name(scope.values, value.callee) == "get":
        key = value.args[0]
    held = scope.values[key] if key >= 0 else None
    return str(held.value) if isinstance(held, Const) else ""


def _base_of(scope: Scope, value: AnyValue) -> int:
    if isinstance(value, Call):
        callee = scope.values[value.callee]
        return callee.base if isinstance(callee, Attribute) else -1
    return value.base if isinstance(value, Item) else -1


def _names(owner: Scope | None, index: int, field: str) -> bool:
    """Whether a decorator such as `field_validator("name")` names a field."""
    held = owner.values[index] if owner is not None else None
    if owner is None or not isinstance(held, Call):
        return False
    given = [owner.values[at] for at in held.positional]
    return any(each.__class__ is Const and each.value in (field, "*") for each in given)


def _attributes(method: Scope, field: str) -> frozenset[int]:
    """What a method takes of the object that it checks under the name of a field."""
    return frozenset(
        at
        for at, value in enumerate(method.values)
        if (isinstance(value, Attribute) and value.name == field) or _key_of(method, at) == field
    )


def _taken(scope: Scope, loaded: int, leaf: Leaf) -> str:
    """The key under which what a schema gave is taken on the way of a leaf."""
    for place, at in leaf.trail:
        if place is scope and _base_of(place, place.values[at]) == loaded:
            return _key_of(place, at)
    return ""
