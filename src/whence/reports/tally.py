"""The numbers of an audit, counted once for all reports so that they cannot disagree."""

from __future__ import annotations

from collections import Counter

import msgspec

from whence.vocabulary.audit import Audit
from whence.vocabulary.evidence import Treatment
from whence.vocabulary.finding import Category, Finding, Severity, Status

PRIORITIES = {1: "now", 2: "soon", 3: "planned", 4: "when convenient"}


class Tally(msgspec.Struct, frozen=True):
    """How many of what.

    `by_severity` and `by_category` count open findings. `rules_applied` is the number of rules
    that looked at something, `subjects` at how many things in all; `rules_idle` had nothing to
    look at or did not run. `reasons` holds why things were not audited, most frequent first.
    `complete` is false where whence itself failed at something.
    """

    open: int
    by_severity: dict[Severity, int]
    by_category: dict[tuple[Severity, Category], int]
    suppressed: int
    baseline: int
    hidden: int
    files: dict[Treatment, int]
    rules_applied: int
    rules_idle: int
    subjects: int
    not_audited: int
    faults: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def dismissed(self) -> int:
        """Findings that a suppression or the baseline sets aside."""
        return self.suppressed + self.baseline

    @property
    def complete(self) -> bool:
        """Whether whence itself failed nowhere."""
        return not self.faults


def tally(audit: Audit) -> Tally:
    """The numbers of an audit."""
    open_findings = audit.open_findings
    severities = Counter(finding.severity for finding in open_findings)
    categories = Counter((finding.severity, finding.category) for finding in open_findings)
    statuses = Counter(finding.status for finding in audit.findings)
    treatments = Counter(file.treatment for file in audit.files)
    reasons = Counter(unread.reason for unread in audit.not_audited)
    applied = sum(1 for coverage in audit.coverage if coverage.looked_at)
    return Tally(
        open=len(open_findings),
        by_severity={severity: severities[severity] for severity in Severity},
        by_category=dict(categories),
        suppressed=statuses[Status.SUPPRESSED],
        baseline=statuses[Status.BASELINE],
        hidden=audit.hidden,
        files={treatment: treatments[treatment] for treatment in Treatment},
        rules_applied=applied,
        rules_idle=len(audit.coverage) - applied,
        subjects=sum(coverage.looked_at for coverage in audit.coverage),
        not_audited=len(audit.not_audited),
        faults=sum(1 for unread in audit.not_audited if unread.fault),
        reasons=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )


def ranked(audit: Audit) -> tuple[Finding, ...]:
    """The open findings, worst first, in the order that the audit gives within a risk level."""
    return tuple(sorted(audit.open_findings, key=lambda finding: -finding.severity.rank))


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 file`, `2 files`, `2 entries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"
