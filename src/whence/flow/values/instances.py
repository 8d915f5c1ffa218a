"""What stands in the attributes of instances that the project makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.leaf import Keys, Leaf
from whence.flow.program.members import attribute_values
from whence.flow.program.project import Scope, is_test
from whence.flow.program.special_methods import GETTER, made_up
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Call

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

CALLERS = 8


class Instances:
    """Follows values through attributes, properties and fields."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.stores: dict[int, list[Leaf]] = {}

    def member(self, klass: Scope, scope: Scope, base: int, keys: Keys, depth: int) -> list[Leaf]:
        """The leaves of an attribute of an instance made inside the project."""
        found: list[Leaf] = []
        name, rest = self._named(klass, keys[0]), keys[1:]
        for item in self.tracer.project.ancestry(klass):
            if not isinstance(item, Scope):
                continue
            found.extend(self._stored(item, name, rest, depth))
            if name in item.code.fields:
                found.extend(
                    Leaf(OriginKind.ENVIRONMENT, variable, scope, base, rest)
                    for variable in self.tracer.settings.variables_of(item, name)
                )
            if name in item.code.fields and "__init__" not in item.children:
                found.extend(self._field(klass, item, name, scope, base, rest, depth))
            if name in item.code.fields and item.id in self.tracer.callees.commanders.classes:
                found = [Leaf(OriginKind.COMMAND_LINE, name, scope, base, rest)]
            elif name in item.code.fields and self._is_filled_elsewhere(item, found):
                detail = f"field {name} of {item.code.name}"
                found.append(Leaf(OriginKind.UNKNOWN, detail, scope, base, rest))
            if found:
                break
        if not found:
            for owner, value, _ in made_up(self.tracer.project, klass, name):
                found.extend(self.tracer.leaves(owner, value, rest, depth + 1))
        return found

    def _stored(self, klass: Scope, name: str, keys: Keys, depth: int) -> list[Leaf]:
        """What a class and its methods store under an attribute, or answer for a property."""
        values = attribute_values(klass, name)
        method = klass.children.get(name)
        if method is not None and (
            name == GETTER or any("property" in n for n in method.decorator_names)
        ):
            values = [*values, *((method, value) for value, _ in method.code.returns)]
        found = [
            leaf
            for owner, value in values
            for leaf in self.tracer.leaves(owner, value, keys, depth + 1)
        ]
        put = self.tracer.callees.deposits.in_attribute(klass, name)
        return found + self.tracer.held.deposited(put, keys, depth) if put else found

    def _named(self, klass: Scope, key: str) -> str:
        """The field that a position means, as tuples with names and `match` have it."""
        fields = list(klass.code.fields) if key.isdigit() else []
        return fields[int(key)] if key.isdigit() and int(key) < len(fields) else key

    def _is_filled_elsewhere(self, klass: Scope, found: list[Leaf]) -> bool:
        """Whether a class has fields with defaults and nobody in the project makes instances."""
        if "__init__" in klass.children or not found:
            return False
        tail = klass.code.name.rpartition(".")[2]
        calls = self.tracer.project.calls.get(tail, ())
        made = any(not is_test(caller) for caller, _ in calls)
        made = made or bool(self.tracer.project.subclasses.get(klass.id))
        return not made and all(leaf.kind is OriginKind.CONSTANT for leaf in found)

    def _makers(self, klass: Scope, declaring: Scope) -> Iterator[tuple[Scope, int]]:
        """The calls that make instances of a class, or of one that inherits its fields.

        What is of a derived class is none of its siblings.
        """
        calls = self.tracer.project.calls
        yield from calls.get(declaring.code.name.rpartition(".")[2], ())[:CALLERS]
        heirs = self.tracer.project.subclasses.get(klass.id, ()) if klass is declaring else ()
        for heir in heirs[:CALLERS]:
            if "__init__" in heir.children:
                continue
            for caller, index in calls.get(heir.code.name.rpartition(".")[2], ())[:CALLERS]:
                if any(t.scope is heir for t in self.tracer.callees.of_call(caller, index)):
                    yield caller, index

    def _field(
        self,
        klass: Scope,
        declaring: Scope,
        name: str,
        scope: Scope,
        base: int,
        keys: Keys,
        depth: int,
    ) -> list[Leaf]:
        """A field of a dataclass: what the calls that make instances give for it."""
        position = list(declaring.code.fields).index(name)
        calls = [(scope, base)] if scope.values[base].__class__ is Call else []
        found: list[Leaf] = []
        for caller, index in calls or self._makers(klass, declaring):
            if is_test(caller) and not is_test(scope):
                continue
            call = caller.call(index)
            plain = len(call.args) - len(call.keywords)
            for keyword, arg in call.named:
                if keyword == name:
                    found.extend(self.tracer.leaves(caller, arg, keys, depth + 1))
                if keyword == "**":
                    found.extend(self.tracer.leaves(caller, arg, (name, *keys), depth + 1))
            if position < plain:
                found.extend(self.tracer.leaves(caller, call.args[position], keys, depth + 1))
        return found
