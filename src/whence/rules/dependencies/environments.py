"""Whether a requirement's marker can hold where the project runs."""

from __future__ import annotations

import re

from whence.vocabulary.fact.containers import BaseImage
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.fact.deployment import WorkflowJob
from whence.vocabulary.graph import SupplyGraph

_PYTHONS = tuple(f"3.{minor}" for minor in range(6, 16))
_PATCHES = ("0", "25")
_PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
_MACHINES = {
    "linux": ("x86_64", "aarch64"),
    "darwin": ("x86_64", "arm64"),
    "win32": ("AMD64", "ARM64"),
}
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def can_hold(required: PackageRequirement, graph: SupplyGraph) -> bool:
    """Whether some environment of the project installs the requirement.

    The environments are those Python versions that the project declares, on the platforms of its
    images and pipelines, or on all common ones where it has neither. A marker that cannot be read
    counts as holding.
    """
    if not required.marker:
        return True
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison

    try:
        marker = Marker(required.marker)
    except (InvalidMarker, RecursionError):
        return True
    extras = ["", *_EXTRA.findall(required.marker)]
    platforms = _platforms(graph)
    for python in _pythons(required.span.path, graph):
        for platform in platforms:
            for environment in _environments(python, platform):
                try:
                    if any(marker.evaluate({**environment, "extra": extra}) for extra in extras):
                        return True
                except (UndefinedComparison, RecursionError):
                    return True
    return False


def _environments(python: str, platform: str) -> list[dict[str, str]]:
    return [
        {
            **_PLATFORMS[platform],
            "platform_machine": machine,
            "python_version": python,
            "python_full_version": f"{python}.{patch}",
            "implementation_version": f"{python}.{patch}",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }
        for machine in _MACHINES[platform]
        for patch in _PATCHES
    ]


def _platforms(graph: SupplyGraph) -> tuple[str, ...]:
    """Linux where images are built, with what runners say; all three where nothing tells."""
    if not graph.facts_of(BaseImage):
        return tuple(_PLATFORMS)
    runners = " ".join(job.runner.lower() for job in graph.facts_of(WorkflowJob))
    found = ["linux"]
    found += ["darwin"] if "macos" in runners or "${{" in runners else []
    found += ["win32"] if "windows" in runners or "${{" in runners else []
    return tuple(found)


def _pythons(path: str, graph: SupplyGraph) -> tuple[str, ...]:
    """The Python versions that the nearest manifest around a file allows."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    declared = [found for found in graph.facts_of(PackageManifest) if found.requires_python]
    around = [found for found in declared if _stands_around(found.span.path, path)]
    if not around:
        return _PYTHONS
    nearest = max(around, key=lambda found: (found.span.path.count("/"), found.span.path))
    try:
        specifiers = SpecifierSet(nearest.requires_python)
    except InvalidSpecifier:
        return _PYTHONS
    allowed = [
        python
        for python in _PYTHONS
        if any(specifiers.contains(f"{python}.{patch}") for patch in _PATCHES)
    ]
    return tuple(allowed) or _PYTHONS


def _stands_around(manifest: str, path: str) -> bool:
    folder, slash, _ = manifest.rpartition("/")
    return not slash or path.startswith(folder + "/")
