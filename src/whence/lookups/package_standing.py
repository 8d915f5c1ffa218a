"""What is known of the project behind a package: from the table of cases and from its index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from whence.lookups.index_answers import Answer, ProjectFacts
from whence.lookups.known_cases import KnownCases
from whence.vocabulary.fact.lookups import Standing

_IDLE = timedelta(days=4 * 365)
_STATUSES = ("archived", "deprecated", "quarantined")
_INDEX = "the package index"


def standings(
    name: str,
    version: str,
    cases: KnownCases,
    answer: Answer | None,
    established: bool,
    today: date,
) -> tuple[Standing, ...]:
    """Everything known of a package's hands and future, the table's cases first."""
    known = list(_known(name, cases))
    if isinstance(answer, ProjectFacts):
        retired = any(standing.kind != "taken-over" for standing in known)
        known += list(_told(answer, version, established or retired, today))
    return tuple(known)


def _known(name: str, cases: KnownCases) -> Iterator[Standing]:
    for case in cases.malicious(name):
        if case.kind == "takeover":
            yield Standing(
                "taken-over",
                case.date.isoformat(),
                case.successor,
                case.releases,
                case.how,
                case.source or case.advisory,
            )
    retired = cases.retired(name)
    if retired:
        yield Standing(retired.kind, retired.since, retired.successor, source=retired.source)


def _told(facts: ProjectFacts, version: str, looked_after: bool, today: date) -> Iterator[Standing]:
    """What the index says. Long silence alone tells nothing of a package in wide use."""
    if facts.status in _STATUSES:
        yield Standing(facts.status, how=facts.status_reason, source=_INDEX)
    last = facts.last_upload
    if last and not looked_after and not facts.not_told and today - last.date() > _IDLE:
        yield Standing("idle", last.date().isoformat(), source=_INDEX)
    bare = facts.unattested_after_attested()
    if bare:
        wanted = facts.release(version) if version else None
        if wanted is None or (
            wanted.attested is False and _follows(wanted.uploaded, bare.uploaded)
        ):
            since = bare.uploaded.date().isoformat() if bare.uploaded else ""
            yield Standing("attestation-lost", since, releases=(bare.version,), source=_INDEX)


def _follows(one: object, other: object) -> bool:
    return one is not None and other is not None and one >= other  # type: ignore[operator]
