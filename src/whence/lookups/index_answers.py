"""What a package index says of a project, as values.

Source of the form: PyPA's simple repository API in JSON (PEP 691, 700, 740, 792).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
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

    def unattested_after_attested(self) -> Release | None:
        """The first release without provenance after ones that had it, in order of upload.

        Someone who uploads by hand what a workflow used to publish leaves this trace.
        """
        in_time = sorted(
            (r for r in self.releases if r.uploaded is not None and r.attested is not None),
            key=lambda release: release.uploaded or datetime.min.replace(tzinfo=UTC),
        )
        attested = False
        for release in in_time:
            if attested and not release.attested:
                return release
            attested = attested or bool(release.attested)
        return None


class Missing(msgspec.Struct, frozen=True):
    """The index has no project of this name: whoever registers it is installed."""

    name: str


class Unanswered(msgspec.Struct, frozen=True):
    """The index was not asked or gave no usable answer. Nothing follows for the project."""

    name: str
    reason: str


Answer: TypeAlias = ProjectFacts | Missing | Unanswered


class _File(msgspec.Struct, rename={"upload_time": "upload-time"}):
    filename: str
    upload_time: str | None = None
    yanked: bool | str = False
    provenance: str | msgspec.UnsetType | None = msgspec.UNSET


class _Status(msgspec.Struct):
    status: str = "active"
    reason: str | None = None


class _Page(msgspec.Struct, rename={"project_status": "project-status"}):
    name: str
    files: list[_File]
    project_status: _Status | None = None


_DECODER = msgspec.json.Decoder(_Page)


def project_facts(name: str, data: bytes) -> ProjectFacts:
    """Read a project's page. Raises ValueError where it is not one, or is another project's."""
    try:
        page = _DECODER.decode(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if canonicalize_name(page.name) != canonicalize_name(name):
        raise ValueError("the answer is about another project")
    by_version: dict[Version, list[_File]] = {}
    unreadable = 0
    for file in page.files:
        version = _version(file.filename)
        if version is None:
            unreadable += 1
        else:
            by_version.setdefault(version, []).append(file)
    speaks_of_provenance = any(file.provenance is not msgspec.UNSET for file in page.files)
    releases = tuple(
        _release(version, by_version[version], speaks_of_provenance)
        for version in sorted(by_version)
    )
    status = page.project_status
    return ProjectFacts(
        name=canonicalize_name(name),
        status=status.status if status else "",
        status_reason=(status.reason or "") if status else "",
        releases=releases,
        not_told=tuple(_not_told(releases, status, speaks_of_provenance, unreadable)),
    )


def _version(filename: str) -> Version | None:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        return parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _release(version: Version, files: list[_File], speaks_of_provenance: bool) -> Release:
    times = [time for file in files if (time := _time(file.upload_time)) is not None]
    yanked = all(file.yanked is not False for file in files)
    reasons = sorted({file.yanked for file in files if isinstance(file.yanked, str)})
    attested = any(isinstance(file.provenance, str) and file.provenance for file in files)
    return Release(
        version=str(version),
        uploaded=min(times, default=None),
        yanked=yanked,
        yank_reason="; ".join(reason for reason in reasons if reason) if yanked else "",
        attested=attested if speaks_of_provenance else None,
    )


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _not_told(
    releases: tuple[Release, ...], status: _Status | None, provenance: bool, unreadable: int
) -> Iterable[str]:
    if any(release.uploaded is None for release in releases):
        yield "upload times"
    if status is None:
        yield "the project's status"
    if not provenance:
        yield "attestations"
    if unreadable:
        yield f"the version of {unreadable} files"
