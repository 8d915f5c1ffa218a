"""Classes derived from a class: which replace a method, and which keep it."""

from __future__ import annotations

from collections import deque
from functools import cached_property

from whence.flow.project import Project, Scope

OVERRIDES = 4
HEIRS = 20


class Heirs:
    """Answers on derived classes, circles of inheritance included, and remembers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[int, str], list[Scope]] = {}

    def overriding(self, klass: Scope, name: str) -> list[Scope]:
        """The methods of that name that classes derived from a class have in its place."""
        if name not in self._in_heirs:
            return []
        known = self._known.get((klass.id, name))
        if known is not None:
            return known
        found = self._known[klass.id, name] = []
        seen = {klass.id}
        own = self.project.ancestry(klass)
        waiting = deque(self.project.subclasses.get(klass.id, ()))
        while waiting and len(found) < OVERRIDES:
            heir = waiting.popleft()
            if heir.id in seen:
                continue
            seen.add(heir.id)
            method = self.project.method(heir, name)
            if (
                method is not None
                and method.code.kind == "function"
                and method not in found
                and method.klass not in own
            ):
                found.append(method)
            waiting.extend(self.project.subclasses.get(heir.id, ())[:8])
        return found

    @cached_property
    def _in_heirs(self) -> frozenset[str]:
        """The names of all that stands in derived classes and in what else they derive from."""
        heirs = {heir.id: heir for found in self.project.subclasses.values() for heir in found}
        return frozenset(
            name
            for heir in heirs.values()
            for item in self.project.ancestry(heir)
            if isinstance(item, Scope)
            for name in item.children
        )

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
