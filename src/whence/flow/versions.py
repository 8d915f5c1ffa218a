"""Which versions of libraries the project installs, as far as it says."""

from __future__ import annotations

from collections import defaultdict

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.tree import is_copied

_DISTRIBUTION = {
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "keras": "keras",
}


class Versions:
    """Versions by import name: those of locks where there are any, else those of pins.

    What one extra pins and another leaves open is not pinned.
    """

    def __init__(self, graph: SupplyGraph) -> None:
        self._exact: set[str] = set()
        locked: dict[str, set[str]] = defaultdict(set)
        pinned: dict[str, set[str]] = defaultdict(set)
        for name, facts in _asked(graph).items():
            plain = [fact for fact in facts if not fact.group or fact.scope == "lock"]
            exact = [fact for fact in plain or facts if fact.version]
            if exact and (plain or len(exact) == len(facts)):
                self._exact.add(name)
            for fact in plain or facts:
                if fact.version and name in self._exact:
                    (locked if fact.scope == "lock" else pinned)[name].add(fact.version)
                elif fact.specifier and not fact.version:
                    floor = _floor(fact.specifier)
                    if floor:
                        pinned[name].add(floor)
        self._python = [
            _floor(fact.requires_python)
            for fact in graph.facts_of(PackageManifest)
            if fact.requires_python
        ]
        self._known = {
            name: tuple(sorted(locked.get(name) or pinned[name])) for name in {*locked, *pinned}
        }

    def of(self, library: str) -> tuple[str, ...]:
        """The versions of a top-level module; the lower bound where only a range is given."""
        return self._known.get(_distribution(library), ())

    def is_exact(self, library: str) -> bool:
        """Whether a pin or lock says which version is installed, not only from which one on."""
        return _distribution(library) in self._exact

    def python_from(self, major: int, minor: int) -> bool:
        """Whether every manifest asks for at least this version of Python."""
        return bool(self._python) and all(
            bound and tuple(int(part) for part in bound.split(".")[:2]) >= (major, minor)
            for bound in self._python
        )


def _asked(graph: SupplyGraph) -> dict[str, list[PackageRequirement]]:
    """What the project's own manifests and locks ask for, by name."""
    found: dict[str, list[PackageRequirement]] = defaultdict(list)
    for fact in graph.facts_of(PackageRequirement):
        if fact.ecosystem in ("pypi", "conda") and not is_copied(fact.span.path):
            found[fact.name].append(fact)
    return found


def _distribution(library: str) -> str:
    return _DISTRIBUTION.get(library, library).replace("_", "-").lower()


def _floor(specifier: str) -> str:
    try:
        parsed = SpecifierSet(specifier)
    except InvalidSpecifier:
        return ""
    bounds = [one.version for one in parsed if one.operator in (">=", "~=", ">")]
    return bounds[0] if len(bounds) == 1 else ""
