"""What a package index says of a project, as values."""

from datetime import datetime
from typing import TypeAlias

import msgspec
from packaging.version import InvalidVersion, Version


class Release(msgspec.Struct, frozen=True):
    """One version on the index.

    `uploaded` is when its first file arrived, None where the index does not say. It is yanked
    if all of its files are. `attested` says whether any file carries a provenance, None where
    the index does not speak of provenance at all.
    """

    version: str
    uploaded: datetime | None
    yanked: bool
    yank_reason: str
    attested: bool | None


class ProjectFacts(msgspec.Struct, frozen=True):
    """What an index knows of a project.

    `status` is `active`, `archived`, `quarantined` or `deprecated`, empty where the index does
    not say. `releases` ascend by version. `not_told` lists the facts that this index does not
    give for this project; they are absent, not negative.
    """

    name: str
    status: str
    status_reason: str
    releases: tuple[Release, ...]
    not_told: tuple[str, ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """Versions that an installer may choose by itself."""
        return tuple(release.version for release in self.releases if not release.yanked)

    @property
    def first_upload(self) -> datetime | None:
        """When the project's first release arrived, as far as its files still show."""
        return min(self._times, default=None)

    @property
    def last_upload(self) -> datetime | None:
        """When the project's last release arrived."""
        return max(self._times, default=None)

    @property
    def _times(self) -> list[datetime]:
        return [release.uploaded for release in self.releases if release.uploaded is not None]

    def release(self, version: str) -> Release | None:
        """The release of a version, compared by PEP 440 without its local part."""
        try:
            wanted = Version(version).public
        except InvalidVersion:
            return None
        wanted_version = Version(wanted)
        return next((r for r in self.releases if Version(r.version) == wanted_version), None)

    def attestation_lost(self, release: Release) -> Release | None:
        """The release itself where it has no provenance although an earlier one had.

        Someone who uploads by hand what a workflow used to publish leaves this trace.
        """
        if release.attested is not False or release.uploaded is None:
            return None
        earlier = (r for r in self.releases if r.uploaded and r.uploaded < release.uploaded)
        return release if any(r.attested for r in earlier) else None

    def as_of(self, last: datetime) -> "ProjectFacts":
        """The project as its releases were at a time. Releases that do not tell theirs are left out."""
        releases = tuple(r for r in self.releases if r.uploaded and r.uploaded <= last)
        return msgspec.structs.replace(self, releases=releases)


class Missing(msgspec.Struct, frozen=True):
    """The index has no project of this name: whoever registers it is installed."""

    name: str


class Unanswered(msgspec.Struct, frozen=True):
    """The index was not asked or gave no usable answer. Nothing follows for the project."""

    name: str
    reason: str


Answer: TypeAlias = ProjectFacts | Missing | Unanswered
