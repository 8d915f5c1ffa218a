"""The packages that a project takes in, with what is at hand of their licences."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.dependencies import PackageLicence, PackageManifest, PackageRequirement
from whence.vocabulary.graph import SupplyGraph


class Package(msgspec.Struct, frozen=True, order=True):
    """One package at one version, wherever it is required.

    `ecosystem` is the package URL type. `version` is empty where nothing fixes it. `licences` are
    what its metadata or a lock file say, none where neither is at hand. `places` are the
    requirements, and the metadata of what stands in the tree.
    """

    ecosystem: str
    name: str
    version: str
    licences: tuple[str, ...]
    places: tuple[Span, ...]

    @property
    def purl(self) -> str:
        """The package URL, by which other tools' inventories know it."""
        version = f"@{_quoted(self.version)}" if self.version else ""
        return f"pkg:{self.ecosystem}/{_quoted(self.name)}{version}"


def _quoted(text: str) -> str:
    return quote(text, safe="/", errors="surrogatepass")


def packages(graph: SupplyGraph) -> tuple[Package, ...]:
    """Every package that a manifest, a lock or a command asks for, or that stands in the tree.

    Sorted by ecosystem, name and version. A package that is asked for without a version has no
    entry of that kind where a lock gives one. Constraints install nothing and are left out, as is
    what has no name but an address, and what the project makes itself.
    """
    places: dict[tuple[str, str, str], set[Span]] = {}
    licences: dict[tuple[str, str, str], set[str]] = {}
    own = {found.name for found in graph.facts_of(PackageManifest)}
    for required in graph.facts_of(PackageRequirement):
        if required.name and required.name not in own and required.scope != "constraint":
            key = required.ecosystem, required.name, required.version
            places.setdefault(key, set()).add(required.span)
            licences.setdefault(key, set()).update({required.licence} - {""})
    for stated in graph.facts_of(PackageLicence):
        if not stated.own:
            key = stated.ecosystem, stated.name, stated.version
            places.setdefault(key, set()).add(stated.span)
            licences.setdefault(key, set()).update({stated.licence} - {""})
    versions: dict[tuple[str, str], set[str]] = {}
    for ecosystem, name, version in places:
        versions.setdefault((ecosystem, name), set()).add(version)
    for (ecosystem, name), known in versions.items():
        if "" in known and len(known) > 1:
            open_places = places.pop((ecosystem, name, ""))
            for version in known - {""}:
                places[ecosystem, name, version] |= open_places
    return tuple(
        Package(*key, tuple(sorted(licences[key])), tuple(sorted(found)))
        for key, found in sorted(places.items())
    )
