"""Whose decision a manifest's versions are: the project's, its users', or another project's."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase

from whence.rules.dependencies.locking import hold_on, installed_together
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
from whence.vocabulary.fact.deployment import ManifestContainer
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.tree import is_copied

_PLACEHOLDER = re.compile(r"\{\{|\{%|\bPLACEHOLDER|PLACEHOLDER\b")
_DESCRIBING = ("pyproject", "setup.py", "setup.cfg")
_LICENCE = re.compile(r"(?:project|tool\.poetry)\.licen[sc]e(?:\.(?:text|file))?")
_CLOSED = re.compile(r"(?i)propriet|private|commercial|internal|all rights|unlicen[sc]ed|none")
_PAGE = ("project.readme", "project.readme.file", "tool.poetry.readme")
# What a project runs: scripts beside the manifest, other than those of its build and its tests.
_RUN = re.compile(
    r"^(?!setup\.py$|conftest\.py$|noxfile\.py$|tasks\.py$|fabfile\.py$|versioneer\.py$|hatch_build\.py$|build\.py$|_)"
    r".+\.(?:py|ipynb)$|(?i:^(?:.*\.)?Dockerfile|^docker-compose|^compose\.ya?ml$|^Procfile$|^app\.ya?ml$|^serverless\.ya?ml$|^fly\.toml$|^cog\.ya?ml$|^dvc\.ya?ml$)"
)
_DELIVERY = re.compile(
    r"(?i)(?:docker|deploy(?:ment)?s?|k8s|kubernetes|helm|charts?|infra|ops)(?:/|$)"
)


def is_library(manifest: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether others choose the versions, when they install the distribution that it belongs to.

    True of the manifest of a published distribution, of what stands beside it and describes the
    same, and of requirements files that its build reads. Other requirements files in the folder
    are what the project installs for itself.
    """
    published = _published(graph)
    if manifest.library or manifest.kind in _DESCRIBING:
        return manifest.library or posixpath.dirname(manifest.span.path) in published
    return any(
        _reads(other, manifest, graph)
        for other in _described(graph)
        if posixpath.dirname(other.span.path) in published
    )


@asked_once
def _described(graph: SupplyGraph) -> tuple[PackageManifest, ...]:
    """The manifests that describe a distribution."""
    return tuple(
        found
        for found in graph.facts_of(PackageManifest)
        if found.library or found.kind in _DESCRIBING
    )


@asked_once
def _published(graph: SupplyGraph) -> frozenset[str]:
    """The folders whose distribution others install."""
    return frozenset(
        posixpath.dirname(found.span.path)
        for found in _described(graph)
        if found.library or _is_laid_out(found, graph)
    )


def _is_laid_out(manifest: PackageManifest, graph: SupplyGraph) -> bool:
    """Whether a project that says nothing to an index's readers is still made to be installed.

    It is built, has a licence and a page to read, holds a package of its name, and nothing beside
    it is run, locked or deployed.
    """
    folder = posixpath.dirname(manifest.span.path)
    if manifest.kind != "pyproject" or not manifest.name:
        return False
    requirements = graph.facts_in(manifest.span.path, PackageRequirement)
    if not any(found.group == "build-system" for found in requirements):
        return False
    values = graph.facts_in(manifest.span.path, ConfigValue)
    said = {value.key: value.value for value in values}
    licence = " ".join(text for key, text in said.items() if _LICENCE.fullmatch(key))
    if not licence or _CLOSED.search(licence) or not any(key in said for key in _PAGE):
        return False
    beside = [path for path in graph.files if posixpath.dirname(path) == folder]
    if any(_RUN.search(posixpath.basename(path)) for path in beside):
        return False
    deployed: list[PackageManifest | ImageInstruction | ComposeService | ManifestContainer] = [
        *(found for found in graph.facts_of(PackageManifest) if found.locks),
        *graph.facts_of(ImageInstruction),
        *graph.facts_of(ComposeService),
        *graph.facts_of(ManifestContainer),
    ]
    if any(_is_near(found.span.path, folder) for found in deployed):
        return False
    return _has_package(manifest.name, folder, graph)


def _is_near(path: str, folder: str) -> bool:
    """Whether a file stands in the folder, or in one of its folders that are for delivery."""
    inside = posixpath.relpath(posixpath.dirname(path) or ".", folder or ".")
    return inside == "." or _DELIVERY.match(inside) is not None


def _has_package(name: str, folder: str, graph: SupplyGraph) -> bool:
    """Whether a package stands there whose name is the distribution's, or its first word."""
    plain = name.replace("-", "_")
    names = {plain, plain.replace("_", ""), plain.partition("_")[0]}
    return any(
        posixpath.join(folder, start, each, "__init__.py") in graph.files
        for start in ("", "src")
        for each in names
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
