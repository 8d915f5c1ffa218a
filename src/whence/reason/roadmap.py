"""What to do first: findings of one rule are one piece of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from whence.vocabulary.chain import RoadmapItem
from whence.vocabulary.finding import Finding


def roadmap(findings: Iterable[Finding]) -> tuple[RoadmapItem, ...]:
    """The work that closes all open findings, the most urgent and most worthwhile first."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule].append(finding)
    total = sum(f.score.base for each in by_rule.values() for f in each) or 1.0
    items = [
        RoadmapItem(
            title=_first_sentence(members[0].remediation),
            rule=rule,
            findings=tuple(finding.fingerprint for finding in members),
            effort=_effort(sum(len(finding.evidence) for finding in members)),
            risk_removed=round(sum(finding.score.base for finding in members) / total, 3),
            priority=min(finding.priority for finding in members),
        )
        for rule, members in by_rule.items()
    ]
    return tuple(sorted(items, key=lambda item: (item.priority, -item.risk_removed, item.rule)))


def _first_sentence(text: str) -> str:
    line = " ".join(text.split("```")[0].split())
    sentence, _, _ = line.partition(". ")
    return sentence.rstrip(".:")


def _effort(places: int) -> str:
    return "minutes" if places <= 3 else "hours" if places <= 20 else "days"
