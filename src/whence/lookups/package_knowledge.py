"""The tables that requirements are compared with, and how a requirement's name is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from whence.lookups.advisories import Advisories
from whence.lookups.known_cases import KnownCases, known_cases
from whence.lookups.malware import Malware, MalwareLookup, advised
from whence.lookups.name_tables import MalwareRegistry, PopularNames
from whence.lookups.names import Lookalikes
from whence.vocabulary.fact.dependencies import PackageRequirement

# Distributions that conda channels carry under another name than the Python index.
_CONDA_NAMES = {"pytorch": "torch", "pytorch-cpu": "torch", "tensorflow-base": "tensorflow"}


@dataclass(frozen=True)
class Knowledge:
    """What is known of packages: advisories, popular names, malware, known cases.

    `npm` holds the advisories on JavaScript packages, where somebody fetched them.
    """

    advisories: Advisories
    popular: PopularNames
    registry: MalwareRegistry
    cases: KnownCases
    npm: Advisories | None = None

    @classmethod
    def embedded(cls) -> Knowledge:
        """What is part of this release."""
        return cls(
            Advisories.embedded(),
            PopularNames.embedded(),
            MalwareRegistry.embedded(),
            known_cases(),
        )

    @cached_property
    def malware(self) -> MalwareLookup:
        """All that is known of malicious releases."""
        return MalwareLookup(self.advisories, self.registry, self.cases, self.popular.ranks)

    @cached_property
    def lookalikes(self) -> Lookalikes:
        """Judges which name was meant."""
        return Lookalikes(self.popular.ranks)

    def advisories_on(self, required: PackageRequirement) -> Advisories | None:
        """The advisories on packages of a requirement's ecosystem."""
        return self.npm if required.ecosystem == "npm" else self.advisories

    def malware_of(self, required: PackageRequirement) -> Malware | None:
        """What is known of the release, or of the name where the version is not fixed."""
        if required.ecosystem != "npm":
            return self.malware.find(index_name(required), required.version)
        if self.npm is None or not required.version:
            return None
        return advised(self.npm, required.name, required.version)

    def is_public(self, name: str) -> bool:
        """Whether the world knows a name, so that asking about it tells nobody anything."""
        return name in self.popular.ranks or self.advisories.knows(name)


def index_name(required: PackageRequirement) -> str:
    """The name on the Python index."""
    if required.ecosystem == "conda":
        return _CONDA_NAMES.get(required.name, required.name)
    return required.name
