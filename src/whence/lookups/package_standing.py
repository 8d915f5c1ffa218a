"""What is known of the project behind a package: from the table of cases and from its index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from whence.lookups.index_answers import ProjectFacts, Release
from whence.lookups.known_cases import KnownCases
from whence.vocabulary.fact.lookups import Standing

_IDLE = timedelta(days=4 * 365)
_STATUSES = ("archived", "deprecated", "quarantined")
_INDEX = "the package index"


def standings(
    name: str,
    facts: ProjectFacts | None,
    release: Release | None,
    established: bool,
    cases: KnownCases,
    today: date,
    as_of: date | None = None,
) -> tuple[Standing, ...]:
    """Everything known of a package's hands and future, the table's cases first.

    `release` is the one that would be installed. With `as_of` only what had happened by then
    counts; the index does not date a project's status, so that it is left out.
    """
    known = [one for one in _known(name, cases) if as_of is None or _had_begun(one.since, as_of)]
    if facts is None:
        return tuple(known)
    if as_of is None and facts.status in _STATUSES:
        known.append(Standing(facts.status, how=facts.status_reason, source=_INDEX))
    retired = any(standing.kind != "taken-over" for standing in known)
    if not established and not retired:
        known += _idle(facts, today)
    lost = facts.attestation_lost(release) if release else None
    if lost:
        since = lost.uploaded.date().isoformat() if lost.uploaded else ""
        known.append(Standing("attestation-lost", since, releases=(lost.version,), source=_INDEX))
    return tuple(known)


def _had_begun(since: str, day: date) -> bool:
    """Whether a year, a month or a day had come."""
    return since <= day.isoformat()[: len(since)]


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


def _idle(facts: ProjectFacts, today: date) -> Iterator[Standing]:
    """Long silence, where every release tells its day. Of a package in wide use it tells nothing."""
    last = facts.last_upload
    timed = "upload times" not in facts.not_told
    if last and timed and today - last.date() > _IDLE:
        yield Standing("idle", last.date().isoformat(), source=_INDEX)
