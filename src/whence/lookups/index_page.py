"""A project's page of an index, as the client library reads it, turned into facts.

Source of the form: the simple repository API, in JSON and HTML (PEP 503, 592, 691, 700, 740, 792).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pypi_simple import DistributionPackage, ProjectPage

from whence.lookups.index_answers import ProjectFacts, Release

# Versions of the API from which a page that says nothing says that there is nothing.
_SPEAKS_OF_PROVENANCE = Version("1.3")
_SPEAKS_OF_STATUS = Version("1.4")


def project_facts(name: str, page: ProjectPage) -> ProjectFacts:
    """What a page says. Raises ValueError where it is another project's."""
    if canonicalize_name(page.project) != canonicalize_name(name):
        raise ValueError("the answer is about another project")
    by_version: dict[Version, list[DistributionPackage]] = {}
    unreadable = 0
    for file in page.packages:
        version = _version(file.version)
        if version is None:
            unreadable += 1
        else:
            by_version.setdefault(version, []).append(file)
    spoken = Version(page.repository_version or "1.0")
    of_provenance = spoken >= _SPEAKS_OF_PROVENANCE or any(
        file.provenance_url for file in page.packages
    )
    releases = tuple(
        _release(version, by_version[version], of_provenance) for version in sorted(by_version)
    )
    status = page.status.value if page.status else ""
    if not status and spoken >= _SPEAKS_OF_STATUS:
        status = "active"
    return ProjectFacts(
        name=canonicalize_name(name),
        status=status,
        status_reason=page.status_reason or "",
        releases=releases,
        not_told=tuple(_not_told(releases, status, of_provenance, unreadable)),
    )


def _version(text: str | None) -> Version | None:
    try:
        return Version(text) if text else None
    except InvalidVersion:
        return None


def _release(version: Version, files: list[DistributionPackage], of_provenance: bool) -> Release:
    times = [_in_utc(file.upload_time) for file in files if file.upload_time is not None]
    yanked = all(file.is_yanked for file in files)
    reasons = sorted({file.yanked_reason for file in files if file.yanked_reason})
    return Release(
        version=str(version),
        uploaded=min(times, default=None),
        yanked=yanked,
        yank_reason="; ".join(reasons) if yanked else "",
        attested=any(file.provenance_url for file in files) if of_provenance else None,
    )


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _not_told(
    releases: tuple[Release, ...], status: str, of_provenance: bool, unreadable: int
) -> Iterator[str]:
    if any(release.uploaded is None for release in releases):
        yield "upload times"
    if not status:
        yield "the project's status"
    if not of_provenance:
        yield "attestations"
    if unreadable:
        yield f"the version of {unreadable} files"
