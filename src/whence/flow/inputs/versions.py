"""Which versions of libraries and of Python the project installs, as far as it says."""

from __future__ import annotations

import re
from collections import defaultdict

import msgspec
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from whence.vocabulary.fact.containers import BaseImage
from whence.vocabulary.fact.dependencies import (
    PackageManifest,
    PackageRequirement,
    PythonVersion,
)
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.tree import is_copied

_DISTRIBUTION = {
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "keras": "keras",
    "pytorch_lightning": "pytorch-lightning",
}
_CONDA = {"pytorch": "torch", "pytorch-cpu": "torch", "pytorch-gpu": "torch"}
_PYTHON_TAG = re.compile(r"(?:python|py)?(3(?:\.\d+)*)(?![\d.])")


class Installed(msgspec.Struct, frozen=True):
    """What the project says of one library: the versions of locks or pins, else lower bounds.

    `exact` is true where a pin or lock says which version is installed; `admitted` are the lower
    bounds of ranges beside it, for those who install otherwise. `ceilings` are the highest
    versions that ranges admit, each with whether it is itself admitted; none where one is open.
    """

    versions: tuple[str, ...] = ()
    exact: bool = False
    admitted: tuple[str, ...] = ()
    ceilings: tuple[tuple[str, bool], ...] = ()

    def below(self, bound: str) -> str:
        """The version, or the range, that is surely older than `bound`; empty where none is."""
        if self.exact:
            return next((one for one in self.versions if _older(one, bound)), "")
        if self.ceilings and all(
            _older(one, bound) or (one == bound and not admitted) for one, admitted in self.ceilings
        ):
            return f"up to {self.ceilings[0][0]}"
        return ""

    def since(self, bound: str) -> bool:
        """Whether nothing older than `bound` can be installed."""
        return bool(self.versions) and not self.admits(bound)

    def admits(self, bound: str) -> str:
        """A version older than `bound` that pins, locks or ranges admit; empty for none."""
        admitted = (*self.versions, *self.admitted)
        return next((one for one in admitted if _older(one, bound)), "")


class Versions:
    """Versions by import name: those of locks where there are any, else those of pins.

    What one extra pins and another leaves open is not pinned.
    """

    def __init__(self, graph: SupplyGraph) -> None:
        self._known = {name: _installed(facts) for name, facts in sorted(_asked(graph).items())}
        self._pythons = _pythons(graph)

    def of(self, library: str) -> tuple[str, ...]:
        """The versions of a top-level module; the lower bound where only a range is given."""
        return self.installed(library).versions

    def is_exact(self, library: str) -> bool:
        """Whether a pin or lock says which version is installed, not only from which one on."""
        return self.installed(library).exact

    def installed(self, library: str) -> Installed:
        """All that is known of a top-level module."""
        name = _DISTRIBUTION.get(library, library).replace("_", "-").lower()
        found = self._known.get(name, Installed())
        if name == "keras" and not found.versions:
            return self._keras_of_tensorflow()
        return found

    def _keras_of_tensorflow(self) -> Installed:
        """TensorFlow up to 2.15 brings the Keras of the same number."""
        found = self._known.get("tensorflow", Installed())
        return found if found.exact and found.below("2.16") else Installed()

    def python_from(self, major: int, minor: int) -> bool:
        """Whether all that the project says of Python asks for at least this version."""
        bound = f"{major}.{minor}"
        return bool(self._pythons) and not any(
            not version or _older(version, bound) for version in self._pythons
        )


def _pythons(graph: SupplyGraph) -> list[str]:
    """The versions of Python that images, version files and environments name, else lower bounds.

    What others install runs where they run it, so that its lower bound counts beside them.
    """
    found = [
        fact.version for fact in graph.facts_of(PythonVersion) if not is_copied(fact.span.path)
    ]
    for image in graph.facts_of(BaseImage):
        if image.final and not is_copied(image.span.path):
            version = _of_image(image)
            found.extend([version] if version else [])
    for asked in graph.facts_of(PackageRequirement):
        if asked.ecosystem == "conda" and asked.name == "python" and not is_copied(asked.span.path):
            found.append(asked.version or _floor(asked.specifier))
    manifests = [fact for fact in graph.facts_of(PackageManifest) if fact.requires_python]
    counted = [fact for fact in manifests if fact.library or not found]
    return found + [_floor(fact.requires_python) for fact in counted]


def _of_image(image: BaseImage) -> str:
    """The version of Python in the tag of an image that is made for it."""
    name = image.name.rpartition("/")[2]
    tag = image.tag
    if name != "python" and not tag.startswith(("python", "py3")):
        return ""
    found = _PYTHON_TAG.match(tag)
    return found[1] if found and "." in found[1] else ""


def _asked(graph: SupplyGraph) -> dict[str, list[PackageRequirement]]:
    """What the project's own manifests and locks ask for, by name."""
    found: dict[str, list[PackageRequirement]] = defaultdict(list)
    for fact in graph.facts_of(PackageRequirement):
        if fact.ecosystem in ("pypi", "conda") and not is_copied(fact.span.path):
            name = _CONDA.get(fact.name, fact.name) if fact.ecosystem == "conda" else fact.name
            found[name].append(fact)
    return found


def _installed(facts: list[PackageRequirement]) -> Installed:
    plain = [fact for fact in facts if not fact.group or fact.scope == "lock"]
    counted = plain or facts
    exact = [fact for fact in counted if fact.version]
    if exact and (plain or len(exact) == len(facts)):
        locked = [fact.version for fact in exact if fact.scope == "lock"]
        chosen = locked or [fact.version for fact in exact]
        floors = [] if locked else [_floor(fact.specifier) for fact in counted if not fact.version]
        return Installed(tuple(sorted({*chosen})), True, tuple(sorted({*floors} - {""})))
    bounds = [fact for fact in counted if fact.specifier and not fact.version]
    ceilings = [_ceiling(fact.specifier) for fact in bounds]
    return Installed(
        tuple(sorted({_floor(fact.specifier) for fact in bounds} - {""})),
        ceilings=tuple(sorted({one for one in ceilings if one is not None}))
        if None not in ceilings
        else (),
    )


def _parsed(specifier: str) -> list[Specifier]:
    try:
        return list(SpecifierSet(specifier))
    except InvalidSpecifier:
        return []


def _floor(specifier: str) -> str:
    bounds = [
        one.version.removesuffix(".*")
        for one in _parsed(specifier)
        if one.operator in (">=", "~=", ">", "==")
    ]
    return bounds[0] if len(bounds) == 1 else ""


def _ceiling(specifier: str) -> tuple[str, bool] | None:
    """The highest version that a range admits, and whether it admits it; None where it is open."""
    for one in _parsed(specifier):
        if one.operator in ("<", "<="):
            return one.version, one.operator == "<="
        if one.operator == "~=" or (one.operator == "==" and one.version.endswith(".*")):
            parts = one.version.removesuffix(".*").split(".")
            kept = parts[:-1] if one.operator == "~=" else parts
            if kept and kept[-1].isdigit():
                return ".".join([*kept[:-1], str(int(kept[-1]) + 1)]), False
    return None


def _older(version: str, bound: str) -> bool:
    try:
        return Version(version) < Version(bound)
    except InvalidVersion:
        return False
