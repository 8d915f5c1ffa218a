"""Who calls a function of the project."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from whence.flow.leaf import Site
from whence.flow.project import Scope
from whence.flow.spelling import spelled
from whence.flow.tables.handlers import registers

if TYPE_CHECKING:
    from whence.flow.callee import Callees

CALLS = 200
MENTIONS = 50
KEPT = 40


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
            found = self._known[scope.id] = tuple(dict.fromkeys(sites))[:KEPT]
        return found

    def _spellings(self, scope: Scope) -> list[str]:
        """The names under which a function is called; a constructor under those of its classes."""
        name = scope.code.name.rpartition(".")[2].partition("#")[0]
        if name not in ("__init__", "__call__", "__post_init__") or scope.klass is None:
            return [name]
        heirs = self.callees.heirs.inheriting(scope.klass, name)
        return list(dict.fromkeys([scope.klass.code.name.rpartition(".")[2], "__init__", *heirs]))

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
                if not registers(spelled(caller, call.callee)):
                    for number in callees.running(callees.targets(caller, call.args[position])):
                        found[number].append((caller, index))
            # While a circle is open, what its values are is not all known yet.
            if not callees.open:
                self._of_spelling[spelling] = found
        return found
