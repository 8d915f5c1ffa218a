"""Which file of a project an import names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whence.flow.program.project import Module


class ModuleNames:
    """Answers which module a dotted name means, and remembers."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._by_tail: dict[str, list[Module]] = defaultdict(list)
        self._packages: set[str] = set()
        self._known: dict[tuple[str, str], Module | None] = {}
        for module in modules:
            if module.parts:
                self._by_tail[module.parts[-1]].append(module)
            if module.is_package:
                self._packages.add("/".join(module.folder))

    def module(self, dotted: str, asking: Module) -> Module | None:
        """The module that an import names, seen from the module that imports."""
        key = (dotted, asking.path)
        if key not in self._known:
            self._known[key] = self._module(dotted, asking)
        return self._known[key]

    def _module(self, dotted: str, asking: Module) -> Module | None:
        parts = _absolute(dotted, asking)
        if not parts:
            return None
        best: Module | None = None
        best_rank = (-1, 0)
        for module in self._by_tail.get(parts[-1], ()):
            have = module.parts
            extra = len(have) - len(parts)
            if extra < 0 or have[extra:] != parts or module is asking:
                continue
            root = have[:extra]
            if dotted.startswith("."):
                if extra == 0:
                    return module
                continue
            if root and not self._is_root(root, asking, len(parts)):
                continue
            shared = _shared(root, asking.folder)
            rank = (shared, -extra)
            if rank > best_rank:
                best, best_rank = module, rank
        return best

    def _is_root(self, root: list[str], asking: Module, depth: int) -> bool:
        """Whether imports may start in a folder: no package, and on the importer's way up."""
        folder = "/".join(root)
        if root == asking.folder[: len(root)]:
            return folder not in self._packages or root == asking.folder
        if folder in self._packages:
            return False
        return root[-1] in ("src", "lib", "python", "app", "site-packages") or depth > 1


def _absolute(dotted: str, asking: Module) -> list[str]:
    level = len(dotted) - len(dotted.lstrip("."))
    rest = [part for part in dotted[level:].split(".") if part]
    if not level:
        return rest
    if level - 1 > len(asking.folder):
        return []
    return [*asking.folder[: len(asking.folder) - (level - 1)], *rest]


def _shared(root: list[str], folder: list[str]) -> int:
    count = 0
    for one, other in zip(root, folder, strict=False):
        if one != other:
            break
        count += 1
    return count
