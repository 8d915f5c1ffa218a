"""Classes derived from a class: which replace a method, and which keep it."""

from __future__ import annotations

from collections import defaultdict, deque
from functools import cached_property

from whence.flow.program.project import Project, Scope

OVERRIDES = 4
HEIRS = 20
NEAREST = 8


class Heirs:
    """Answers on derived classes, circles of inheritance included, and remembers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[int, str], list[Scope]] = {}
        self._lines: dict[int, tuple[list[Scope], frozenset[int]]] = {}

    def overriding(self, klass: Scope, name: str) -> list[Scope]:
        """The methods of that name that classes derived from a class have in its place."""
        known = self._known.get((klass.id, name))
        if known is None:
            known = self._known[klass.id, name] = self._overriding(klass, name)
        return known

    def _overriding(self, klass: Scope, name: str) -> list[Scope]:
        found: list[Scope] = []
        defining = self._defining.get(name, set())
        heirs, reached = self._below(klass)
        if defining.isdisjoint(reached):
            return found
        own = self.project.ancestry(klass)
        for heir in heirs:
            method = self.project.method(heir, name)
            if (
                method is not None
                and method.code.kind == "function"
                and method not in found
                and method.klass not in own
            ):
                found.append(method)
                if len(found) == OVERRIDES:
                    break
        return found

    def _below(self, klass: Scope) -> tuple[list[Scope], frozenset[int]]:
        """The heirs of a class, nearest first, and what they derive from that it does not."""
        below = self._lines.get(klass.id)
        if below is None:
            subclasses = self.project.subclasses
            heirs = {klass.id: klass}
            waiting = deque(subclasses.get(klass.id, ()))
            while waiting:
                heir = waiting.popleft()
                if heir.id not in heirs:
                    heirs[heir.id] = heir
                    waiting.extend(subclasses.get(heir.id, ())[:NEAREST])
            del heirs[klass.id]
            reached = {
                item.id
                for heir in heirs.values()
                for item in self.project.ancestry(heir)
                if isinstance(item, Scope)
            }
            own = {each.id for each in self.project.ancestry(klass) if isinstance(each, Scope)}
            below = self._lines[klass.id] = (list(heirs.values()), frozenset(reached - own))
        return below

    @cached_property
    def _defining(self) -> dict[str, set[int]]:
        """Which classes have a member of that name in their own body."""
        found: dict[str, set[int]] = defaultdict(set)
        for scope in self.project.scopes:
            if scope.code.kind == "class":
                for name in scope.children:
                    found[name].add(scope.id)
        return found

    def inheriting(self, klass: Scope, method: str) -> list[str]:
        """The names of derived classes that keep the method of that name."""
        names: list[str] = []
        waiting = list(self.project.subclasses.get(klass.id, ()))
        while waiting and len(names) < HEIRS:
            heir = waiting.pop()
            if method not in heir.children:
                names.append(heir.code.name.rpartition(".")[2])
                waiting.extend(self.project.subclasses.get(heir.id, ()))
        return names
