"""Who calls a function of the project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from whence.flow.program.commanders import RUNNERS
from whence.flow.program.leaf import Site
from whence.flow.program.other_names import added_to
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.flow.tables.handlers import registers
from whence.vocabulary.fact.program import AnyValue, Call, Param

if TYPE_CHECKING:
    from whence.flow.program.callee import Callees

CALLS = 200
MENTIONS = 50
KEPT = 40
BESIDE = 8


class Callers:
    """Answers which calls may run a function, and remembers."""

    def __init__(self, callees: Callees) -> None:
        self.callees = callees
        self._known: dict[int, tuple[Site, ...]] = {}
        self._of_spelling: dict[str, dict[int, list[Site]]] = {}

    def of(self, scope: Scope) -> tuple[Site, ...]:
        """The calls inside the project that may run a function."""
        found = self._known.get(scope.id)
        if found is None:
            self._known[scope.id] = ()
            sites = [
                site
                for spelling in self._spellings(scope)
                for site in self._sites(spelling).get(scope.id, ())
            ]
            sites.extend(self.callees.decorated.wrapped_calls(scope))
            for other in self.callees.decorated.standing_for(scope):
                sites.extend(self.of(other))
            found = self._known[scope.id] = tuple(dict.fromkeys(sites))[:KEPT]
        return found

    def _spellings(self, scope: Scope) -> list[str]:
        """The names under which a function is called; a constructor under those of its classes."""
        name = scope.code.name.rpartition(".")[2].partition("#")[0]
        if name not in ("__init__", "__call__", "__post_init__") or scope.klass is None:
            return [name]
        heirs = self.callees.heirs.inheriting(scope.klass, name)
        return list(dict.fromkeys([scope.klass.code.name.rpartition(".")[2], "__init__", *heirs]))

    def _called_with(self, caller: Scope, index: int, position: int) -> Iterator[Site]:
        """The calls of a function that a call hands on: beside it, or where it gets to."""
        call = caller.call(index)
        beside = called_beside(caller, index, call.args[position])
        if beside is not None:
            yield caller, beside
        for target in self.callees.of_call(caller, index):
            inner = self.callees.runs(target)
            if inner is not None:
                name = _bound_to(inner, call, position, target.bound or target.kind != "function")
                yield from ((inner, at) for at in _calls_of(inner, name))
                yield from self._kept(inner, name)

    def _kept(self, inner: Scope, name: str) -> Iterator[Site]:
        """The calls of what a function keeps of its parameter: in an attribute, or in a table."""
        calls = self.callees.project.calls
        held = next((n for n, v in enumerate(inner.values) if _is_parameter(v, name)), -1)
        if held < 0:
            return
        for store in inner.code.stores:
            if store.value == held and store.name and inner.klass is not None:
                line = self.callees.project.ancestry(inner.klass)
                for caller, index in calls.get(store.name, ())[:CALLS]:
                    own = caller.klass
                    if own is not None and (
                        own in line or inner.klass in self.callees.project.ancestry(own)
                    ):
                        yield caller, index
            elif store.value == held and store.key >= 0 and store.base >= 0:
                table = last_name(inner.values, store.base)
                yield from calls.get(f"{table}[]", ())[:MENTIONS]
        for value in inner.values:
            if value.__class__ is Call and held in value.args and (table := added_to(inner, value)):
                yield from calls.get(table, ())[:MENTIONS]

    def _sites(self, spelling: str) -> dict[int, list[Site]]:
        """The calls of a name and those that take it as an argument, by the functions that run."""
        found = self._of_spelling.get(spelling)
        if found is None:
            found = defaultdict(list)
            callees = self.callees
            for caller, index in callees.project.calls.get(spelling, ())[:CALLS]:
                for number in callees.run_by(caller, index):
                    found[number].append((caller, index))
            for caller, index, position in callees.project.mentions.get(spelling, ())[:MENTIONS]:
                call = caller.call(index)
                dotted = spelled(caller, call.callee)
                if not registers(dotted) and dotted not in RUNNERS:
                    targets = callees.targets(caller, call.args[position])
                    sites = list(self._called_with(caller, index, position)) or [(caller, index)]
                    for number in callees.running(targets):
                        found[number].extend(sites)
            # While a circle is open, what its values are is not all known yet.
            if not callees.open:
                self._of_spelling[spelling] = found
        return found


def _is_parameter(value: AnyValue, name: str) -> bool:
    return value.__class__ is Param and value.name == name


def called_beside(scope: Scope, index: int, handed: int) -> int | None:
    """The call of a function that is read beside the call which hands it on."""
    for at in range(index + 1, min(index + BESIDE, len(scope.values))):
        value = scope.values[at]
        if value.__class__ is Call and value.callee == handed:
            return at
    return None


def _bound_to(inner: Scope, call: Call, position: int, bound: bool) -> str:
    """The parameter that an argument of a call fills."""
    plain = len(call.args) - len(call.keywords)
    if position >= plain:
        return call.keywords[position - plain]
    at = position + bound
    parameters = inner.code.parameters
    return parameters[at].name if at < len(parameters) and not parameters[at].kind else ""


def _calls_of(scope: Scope, name: str) -> Iterator[int]:
    """The calls of a parameter inside the function that has it."""
    for index, value in enumerate(scope.values) if name else ():
        if value.__class__ is Call:
            callee = scope.values[value.callee]
            if callee.__class__ is Param and callee.name == name:
                yield index
