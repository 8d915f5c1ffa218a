"""Whether two files that speak of one environment agree on a package's version."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from whence.rules.dependencies.environments import can_hold
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.graph import SupplyGraph

# Locks that hold every group, extra and platform of their manifest; others may hold a part.
_UNIVERSAL = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")


class Disagreement(msgspec.Struct, frozen=True):
    """A requirement, and what the other file says of the same package; nothing if it is missing."""

    required: PackageRequirement
    others: tuple[PackageRequirement, ...]

    @property
    def text(self) -> str:
        """Both versions, as a sentence has them."""
        name = self.required.name
        asked = self.required.specifier or "any version"
        if not self.others:
            return f"`{name}` is asked for ({asked}) and missing"
        versions = sorted({other.version for other in self.others})
        return f"`{name}` {asked} against {', '.join(versions)}"


def with_lock(
    manifest: PackageManifest, lock: PackageManifest, graph: SupplyGraph
) -> list[Disagreement]:
    """Requirements of a manifest that its lock does not meet.

    Markers that cannot hold, extras that a lock may leave out, and overrides explain a difference.
    """
    asked = graph.facts_in(manifest.span.path, PackageRequirement)
    locked = _by_name(graph.facts_in(lock.span.path, PackageRequirement))
    explained = {found.name for found in asked if found.override} | set(lock.made_from)
    found: list[Disagreement] = []
    for required in asked:
        if not _is_locked_kind(required) or required.name in explained:
            continue
        others = locked.get(required.name, ())
        if not others:
            if _must_be_there(required, lock) and can_hold(required, graph):
                found.append(Disagreement(required, ()))
        elif not any(_meets(other, required) for other in others) and can_hold(required, graph):
            found.append(Disagreement(required, tuple(others)))
    return found


def _is_locked_kind(required: PackageRequirement) -> bool:
    return (
        required.scope == "manifest"
        and bool(required.name)
        and not required.url
        and "$" not in required.specifier
        and required.group != "build-system"
        and not required.group.startswith("hatch-")
    )


def _must_be_there(required: PackageRequirement, lock: PackageManifest) -> bool:
    if lock.kind in _UNIVERSAL:
        return True
    return not required.group and not required.marker


def _meets(other: PackageRequirement, required: PackageRequirement) -> bool:
    """Whether a locked version is one that the requirement allows; yes where that is not clear."""
    if other.url or not other.version:
        return True
    try:
        version = Version(other.version)
        return any(
            SpecifierSet(part.strip()).contains(version, prereleases=True)
            for part in required.specifier.split("||")
        )
    except (InvalidSpecifier, InvalidVersion):
        return True


def between_pins(
    one: list[PackageRequirement], other: list[PackageRequirement]
) -> Iterator[Disagreement]:
    """Packages that both lists fix, at different public versions, in the same environment."""
    fixed = _by_name([pin for pin in other if _is_pin(pin)])
    for required in one:
        others = fixed.get(required.name, ())
        if not _is_pin(required) or not others:
            continue
        if all(_public(pin.version) != _public(required.version) for pin in others):
            yield Disagreement(required, tuple(others))


def _is_pin(pin: PackageRequirement) -> bool:
    """Whether a line fixes the version wherever the application runs."""
    return bool(pin.version) and not pin.url and not pin.group and not pin.marker


def _public(version: str) -> str:
    try:
        return Version(version).public
    except InvalidVersion:
        return version


def _by_name(found: list[PackageRequirement]) -> dict[str, list[PackageRequirement]]:
    names: dict[str, list[PackageRequirement]] = {}
    for required in found:
        names.setdefault(required.name, []).append(required)
    return names
