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
        """The methods of that name in classes derived from a class."""
        if name not in self._in_heirs:
            return []
        known = self._known.get((klass.id, name))
        if known is not None:
            return known
        found = self._known[klass.id, name] = []
        seen = {klass.id}
        waiting = deque(self.project.subclasses.get(klass.id, ()))
        while waiting and len(found) < OVERRIDES:
            heir = waiting.popleft()
            if heir.id in seen:
                continue
            seen.add(heir.id)
            if name in heir.children and heir.children[name].code.kind == "function":
                found.append(heir.children[name])
            waiting.extend(self.project.subclasses.get(heir.id, ())[:8])
        return found

    @cached_property
    def _in_heirs(self) -> frozenset[str]:
        """The names of all that stands in derived classes."""
        heirs = (heir for found in self.project.subclasses.values() for heir in found)
        return frozenset(name for heir in heirs for name in heir.children)

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
