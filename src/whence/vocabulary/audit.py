"""The result of one audit, from which every report is made."""

from __future__ import annotations

import msgspec

from whence.vocabulary.chain import Chain, RoadmapItem
from whence.vocabulary.evidence import Treatment, Unread
from whence.vocabulary.finding import Category, Finding, Severity, Status
from whence.vocabulary.graph import SupplyGraph


class Coverage(msgspec.Struct, frozen=True):
    """How many subjects a rule looked at. `reason` says why it looked at none or did not run."""

    rule: str
    looked_at: int
    reason: str = ""


class FileCoverage(msgspec.Struct, frozen=True):
    """What was done with one file, by which readers, or why nothing was."""

    path: str
    treatment: Treatment
    readers: tuple[str, ...] = ()
    reason: str = ""


class DataSource(msgspec.Struct, frozen=True):
    """Outside knowledge that the verdicts rest on: its name, origin and date (ISO 8601)."""

    name: str
    source: str
    date: str


class RuleInfo(msgspec.Struct, frozen=True):
    """What a report says of a rule that ran.

    `summary` is the first sentence of its page, `help` the whole page in Markdown, `severity` and
    `base` the usual risk level and CVSS base score (0.0 to 10.0) of its findings.
    """

    id: str
    summary: str
    help: str
    severity: Severity
    base: float
    category: Category
    section: str
    references: tuple[str, ...] = ()


class Audit(msgspec.Struct, frozen=True):
    """Everything that is known about a project at the end of a run.

    `findings` are ranked: worst first, and hold dismissed ones too (see `Finding.status`).
    `hidden` counts open findings below the severity that was asked for. `rules` describes the
    rules that were asked to run, sorted by id.
    """

    project: str
    version: str
    graph: SupplyGraph
    findings: tuple[Finding, ...]
    chains: tuple[Chain, ...]
    roadmap: tuple[RoadmapItem, ...]
    coverage: tuple[Coverage, ...]
    files: tuple[FileCoverage, ...]
    not_audited: tuple[Unread, ...]
    warnings: tuple[str, ...] = ()
    data: tuple[DataSource, ...] = ()
    hidden: int = 0
    rules: tuple[RuleInfo, ...] = ()

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that count."""
        return tuple(finding for finding in self.findings if finding.status is Status.OPEN)

    @property
    def dismissed_findings(self) -> tuple[Finding, ...]:
        """The findings that a suppression or a baseline sets aside."""
        return tuple(finding for finding in self.findings if finding.status is not Status.OPEN)
