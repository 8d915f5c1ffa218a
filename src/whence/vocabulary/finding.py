"""What rules observe, and what the judge makes of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from whence.vocabulary.evidence import Evidence


class Severity(StrEnum):
    """Risk levels, worst first in `rank`. The bands are those of CVSS 3.1."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """4 for critical down to 0 for informational."""
        return 4 - list(Severity).index(self)

    def lowered(self) -> Severity:
        """One level down, at least informational."""
        return list(Severity)[min(5 - self.rank, 4)]


class Confidence(StrEnum):
    """How sure the rule is that the finding is real here."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """2 for high down to 0 for low."""
        return 2 - list(Confidence).index(self)


class Category(StrEnum):
    """The four categories of the report template."""

    DEPENDENCY = "Dependency"
    DATA = "Data"
    MODEL = "Model"
    DEPLOYMENT = "Deployment"


class Observation(msgspec.Struct, frozen=True):
    """What a rule or an outside scanner saw. The judge turns observations into findings.

    `subject` names the trust decision: it is stable under edits elsewhere (a path, an asset id, a
    package name; never a line number) and, with the rule's id, makes the fingerprint. Observations
    of one rule on one subject become one finding. The first piece of evidence is the place where
    one would mend it.

    The rest overrides what the rule's page says where this case differs: `severity` (with
    `because`), `confidence`, `attack`, `fix` (Markdown with code), `vector` (a CVSS 3.1 vector
    that an advisory gives), `references` (advisory ids and the like, added to the rule's own),
    `asset` (the id in the supply graph that an attacker gains by it).
    """

    subject: str
    message: str
    evidence: tuple[Evidence, ...]
    severity: Severity | None = None
    because: str = ""
    confidence: Confidence | None = None
    attack: str = ""
    fix: str = ""
    vector: str = ""
    references: tuple[str, ...] = ()
    asset: str = ""


class Metric(msgspec.Struct, frozen=True):
    """One CVSS metric with the reason for its value, e.g. `AV`, `N`, "the hub is public"."""

    name: str
    value: str
    reason: str


class Score(msgspec.Struct, frozen=True):
    """A CVSS 3.1 base score. `vector` starts with `CVSS:3.1/`, `base` runs from 0.0 to 10.0."""

    vector: str
    base: float
    metrics: tuple[Metric, ...]


class Status(StrEnum):
    """Whether a finding counts: open, dismissed by the project, or known from a baseline."""

    OPEN = "open"
    SUPPRESSED = "suppressed"
    BASELINE = "baseline"


class Finding(msgspec.Struct, frozen=True):
    """One risk with all that the report template asks.

    `priority` runs from 1 (now) to 4 (when convenient). `fingerprint` is 32 hexadecimal digits of
    rule and subject. `status_reason` is the reason that a suppression gives.
    """

    rule: str
    title: str
    severity: Severity
    category: Category
    section: str
    score: Score
    description: str
    evidence: tuple[Evidence, ...]
    attack: str
    remediation: str
    priority: int
    confidence: Confidence
    fingerprint: str
    references: tuple[str, ...]
    subject: str
    asset: str = ""
    status: Status = Status.OPEN
    status_reason: str = ""
    also_reported_by: tuple[str, ...] = ()
