"""Which functions and classes of the project a file gets to, through what it imports."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from whence.vocabulary.fact.program import Name, PythonModule
from whence.vocabulary.graph import SupplyGraph, asked_once

NODES = 1500
SAME_NAME = 3
MODULE = "<module>"
Node = tuple[str, str]


class Imports:
    """Answers for top-level names: (file, name), `<module>` for what runs on import."""

    def __init__(self, graph: SupplyGraph) -> None:
        self.modules = {module.span.path: module for module in graph.facts_of(PythonModule)}
        self._reached: dict[str, frozenset[Node]] = {}
        self._edges: dict[str, dict[str, set[str]]] = {}

    @cached_property
    def _by_ending(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.modules):
            found[_dotted(path).rpartition(".")[2]].append(path)
        return found

    def gets_to(self, path: str, other: str, function: str) -> bool:
        """Whether what stands in a file uses a function of another, directly or by others."""
        return (other, function.partition(".")[0]) in self.reached(path)

    def meet(self, path: str, one: str, other: str) -> bool:
        """Whether two functions of a file are one, or some function of it uses both."""
        ends = {one.partition(".")[0], other.partition(".")[0]}
        if len(ends) == 1:
            return True
        return any(ends <= {top, *(name.partition(".")[0] for name in names)}
                   for top, names in self._names(path).items())  # fmt: skip

    def function_at(self, path: str, line: int) -> str:
        """The top-level function or class that a line stands in."""
        module = self.modules.get(path)
        for function in module.functions[1:] if module is not None else ():
            if "." not in function.name and function.line <= line <= function.last:
                return function.name
        return MODULE

    def reached(self, path: str) -> frozenset[Node]:
        """All top-level names that the functions of a file use, with those that these use."""
        if path not in self._reached:
            waiting: list[Node] = [(path, top) for top in sorted(self._names(path))]
            found: set[Node] = set()
            while waiting and len(found) < NODES:
                node = waiting.pop()
                if node not in found:
                    found.add(node)
                    waiting.extend(self._used(node, runs=node[1] != MODULE or node[0] == path))
            self._reached[path] = frozenset(found)
        return self._reached[path]

    def _used(self, node: Node, *, runs: bool) -> list[Node]:
        """What a function uses. What a module only imports, for others to take, it does not use."""
        path, top = node
        tops = self._names(path)
        found: list[Node] = []
        for name in sorted(tops.get(top, ())):
            if name.partition(".")[0] in tops:
                found.append((path, name.partition(".")[0]))
            elif runs:
                found.extend(self._imported(name, 3))
        return found

    def _names(self, path: str) -> dict[str, set[str]]:
        """By top-level function or class, the names that it uses."""
        if path not in self._edges:
            held: dict[str, set[str]] = defaultdict(set)
            module = self.modules.get(path)
            for function in module.functions if module is not None else ():
                names = held[function.name.partition(".")[0]]
                names.update(v.dotted.lstrip(".") for v in function.values if isinstance(v, Name))
                names.update(base.lstrip(".") for base in function.bases)
            self._edges[path] = held
        return self._edges[path]

    def _imported(self, name: str, depth: int) -> list[Node]:
        """The top-level name that a dotted name means, with what runs on import of its file."""
        head, _, last = name.rpartition(".")
        while head and depth:
            ending = f".{head}"
            paths = [p for p in self._by_ending.get(head.rpartition(".")[2], ())
                     if _dotted(p).endswith(ending)]  # fmt: skip
            if paths and len(paths) <= SAME_NAME:
                found: list[Node] = []
                for path in paths:
                    found.append((path, MODULE))
                    found.extend(self._handed_on(path, last, depth))
                return found
            head, _, last = head.rpartition(".")
        return []

    def _handed_on(self, path: str, name: str, depth: int) -> list[Node]:
        """A name of a file, or what the file imports it from."""
        if name in self._names(path):
            return [(path, name)]
        body = self.modules[path].functions[0]
        at = body.names.get(name, -1)
        value = body.values[at] if at >= 0 else None
        if isinstance(value, Name) and value.imported:
            return self._imported(value.dotted.lstrip("."), depth - 1)
        return []


def _dotted(path: str) -> str:
    bare = path.rpartition(".")[0].removesuffix("/__init__")
    return "." + bare.replace("/", ".")


@asked_once
def imports_of(graph: SupplyGraph) -> Imports:
    """The imports of a project; the linkers of training ask for each run."""
    return Imports(graph)
