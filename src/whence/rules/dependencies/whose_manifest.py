"""Whose decision a manifest's versions are: the project's, its users', or another project's."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase

from whence.rules.dependencies.locking import hold_on, installed_together
from whence.vocabulary.fact.dependencies import PackageManifest
from whence.vocabulary.graph import SupplyGraph

_PLACEHOLDER = re.compile(r"\{\{|\{%|\bPLACEHOLDER|PLACEHOLDER\b")
_DESCRIBING = ("pyproject", "setup.py", "setup.cfg")
_COPIED = frozenset(
    (
        "vendor", "vendors", "vendored", "_vendor", "third_party", "third-party", "thirdparty",
        "3rdparty", "3rd_party", "extern", "external", "externals", "submodules", "node_modules",
        "site-packages",
    )
)  # fmt: skip


def is_library(manifest: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether others choose the versions, when they install the distribution that it belongs to.

    True of the manifest of a published distribution, of what stands beside it and describes the
    same, and of requirements files that its build reads. Other requirements files in the folder
    are what the project installs for itself.
    """
    described = [
        found
        for found in graph.facts_of(PackageManifest)
        if found.library or found.kind in _DESCRIBING
    ]
    published = {posixpath.dirname(found.span.path) for found in described if found.library}
    if manifest.library or manifest.kind in _DESCRIBING:
        return manifest.library or posixpath.dirname(manifest.span.path) in published
    return any(
        _reads(other, manifest, graph)
        for other in described
        if posixpath.dirname(other.span.path) in published
    )


def _reads(other: PackageManifest, manifest: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether the build of a distribution takes its requirements from a file."""
    path, usual = manifest.span.path, ("requirements.txt", "requirements.in")
    together = installed_together(other.span.path, graph)
    if path in together or any("*" in name and fnmatchcase(path, name) for name in together):
        return True
    return other.dynamic and path in {
        posixpath.join(posixpath.dirname(other.span.path), name) for name in usual
    }


def is_copied(path: str) -> bool:
    """Whether a file came into the tree with somebody else's project."""
    return not _COPIED.isdisjoint(posixpath.dirname(path).lower().split("/"))


def is_installed_copy(path: str, graph: SupplyGraph) -> bool:
    """Whether something of the project's own installs from a manifest of somebody else's.

    That the other project installs it in its own pipelines and images does not count.
    """
    return any(
        not is_copied(install.span.path)
        for manifest in graph.facts_in(path, PackageManifest)
        for install in hold_on(manifest, graph).installs
    )


def is_template(path: str) -> bool:
    """Whether a file is filled in to make other projects: `{{ cookiecutter.name }}/setup.py`."""
    return _PLACEHOLDER.search(path) is not None
