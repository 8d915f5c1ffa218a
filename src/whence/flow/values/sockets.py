"""Where the sockets of ZeroMQ meet: the addresses that they bind or connect to.

Facts: the transports of ZeroMQ's reference. `ipc` and `inproc` never leave the machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf
from whence.flow.program.members import attribute_values
from whence.flow.program.project import Scope
from whence.flow.program.text import Texts
from whence.vocabulary.fact.program import (
    AnyValue,
    Attribute,
    Call,
    Item,
    Name,
    Param,
    Sequence,
)

DEPTH = 5
CALLERS = 4
_MEETS = frozenset({"bind", "connect", "bind_to_random_port"})
_RECEIVES = ("recv", "recv_pyobj", "recv_multipart", "recv_serialized", "recv_string", "recv_json")


class Sockets:
    """Answers at which addresses what a socket receives is sent."""

    def __init__(self, callees: Callees, texts: Texts) -> None:
        self.callees = callees
        self.texts = texts

    def address(self, leaf: Leaf) -> str:
        """The address of the socket that a message came from; empty where it is not known.

        One that other machines reach stands for all where there are several.
        """
        value = leaf.scope.values[leaf.index]
        callee = leaf.scope.values[value.callee] if isinstance(value, Call) else None
        if not isinstance(callee, Attribute) or callee.name not in _RECEIVES:
            return ""
        found = sorted(set(self._of_socket(leaf.scope, callee.base, 0)), key=_is_local)
        return found[0] if found and "://" in found[0] else ""

    def _of_socket(self, scope: Scope, index: int, depth: int) -> Iterator[str]:
        value = scope.values[index]
        yield from self._met(scope, index)
        if isinstance(value, Call):
            yield from self._made(scope, index)
        for place, held in self._holders(scope, value) if depth < DEPTH else ():
            yield from self._of_socket(place, held, depth + 1)
        if isinstance(value, Attribute):
            for klass in self._classes(scope, value):
                for method in klass.children.values():
                    yield from self._met_as(method, value.name)

    def _holders(self, scope: Scope, value: AnyValue) -> Iterator[tuple[Scope, int]]:
        """What a socket is called where it comes from."""
        if isinstance(value, Item):
            yield scope, value.base
        elif isinstance(value, Attribute):
            for klass in self._classes(scope, value):
                yield from attribute_values(klass, value.name)
        elif isinstance(value, Param):
            for caller, call in self.callees.callers(scope)[:CALLERS]:
                given = self.callees.argument(scope, caller, call, value.name)
                if given is not None:
                    yield given
        elif isinstance(value, Name) and not value.imported and scope.owner is not None:
            held = scope.owner.code.names.get(value.dotted)
            if held is not None:
                yield scope.owner, held

    def _classes(self, scope: Scope, value: Attribute) -> list[Scope]:
        targets = self.callees.targets(scope, value.base)
        made = [target for target in targets if target.kind in ("instance", "class")]
        return [target.scope for target in made if target.scope is not None]

    def _met(self, scope: Scope, index: int) -> Iterator[str]:
        """The addresses that a function gives to a socket that it holds in a variable."""
        for call, base in _meetings(scope):
            if base == index:
                yield self.texts.rendered(scope, call.args[0])

    def _met_as(self, scope: Scope, name: str) -> Iterator[str]:
        """The addresses that a method gives to the socket in an attribute."""
        for call, base in _meetings(scope):
            held = scope.values[base]
            if isinstance(held, Attribute) and held.name == name:
                yield self.texts.rendered(scope, call.args[0])

    def _made(self, scope: Scope, index: int) -> Iterator[str]:
        """The addresses that a function of the project gives to the socket that it returns."""
        for target in self.callees.of_call(scope, index):
            inner = self.callees.runs(target)
            if inner is None:
                continue
            returned = {part for value, _ in inner.code.returns for part in _parts(inner, value)}
            for call, base in _meetings(inner):
                if base not in returned:
                    continue
                to = inner.values[call.args[0]]
                name = to.name if isinstance(to, Param) else ""
                given = self.callees.argument(inner, scope, index, name) if name else None
                yield self.texts.rendered(*(given or (inner, call.args[0])))


def _meetings(scope: Scope) -> Iterator[tuple[Call, int]]:
    for value in scope.values:
        if value.__class__ is Call and value.args:
            callee = scope.values[value.callee]
            if isinstance(callee, Attribute) and callee.name in _MEETS:
                yield value, callee.base


def _parts(scope: Scope, index: int) -> tuple[int, ...]:
    value = scope.values[index]
    return value.items if isinstance(value, Sequence) else (index,)


def _is_local(address: str) -> bool:
    return address.startswith(
        ("ipc://", "inproc://", "tcp://127.", "tcp://localhost", "tcp://[::1]")
    )
