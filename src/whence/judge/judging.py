"""Joins observations into findings and gives each its score, priority, status and fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from whence.judge import cvss
from whence.judge.dismissals import Dismissals
from whence.judge.redaction import redacted
from whence.vocabulary.audit import RuleInfo
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.finding import (
    Confidence,
    Finding,
    Observation,
    Score,
    Severity,
    Status,
)
from whence.vocabulary.rule import Rule

__all__ = ["Dismissals", "described", "fingerprint", "judge"]

MESSAGES_SHOWN = 12
# Subjects such as `store:…` or `route:…:…` keep findings apart; people read the file instead.
_KEY = re.compile(r"[a-z][a-z-]*:(?!//)")


def judge(
    observations: Iterable[tuple[Rule, Observation]],
    excerpts: Mapping[Span, str],
    dismissals: Dismissals,
) -> tuple[Finding, ...]:
    """One finding for each trust decision, worst first.

    `excerpts` gives the lines at each span. A dismissed observation makes a finding with the status
    `suppressed`, next to the open one where only part of the evidence was dismissed.
    """
    groups: dict[tuple[str, str, str], list[tuple[Rule, Observation]]] = defaultdict(list)
    for rule, seen in observations:
        reason = dismissals.reason(rule.id, seen)
        groups[rule.id, seen.subject, reason].append((rule, seen))
    findings = [
        _finding(members[0][0], [seen for _, seen in members], reason, excerpts, dismissals)
        for (_, _, reason), members in groups.items()
    ]
    return tuple(sorted(findings, key=_rank))


def described(rules: Iterable[Rule]) -> tuple[RuleInfo, ...]:
    """What reports say of the rules that ran."""
    return tuple(
        RuleInfo(
            id=rule.id,
            summary=rule.page.summary,
            help=rule.page.text,
            severity=rule.severity,
            base=cvss.score(rule.page.metrics).base,
            category=rule.category,
            section=rule.section,
            references=rule.references,
        )
        for rule in rules
    )


def fingerprint(rule: str, subject: str) -> str:
    """32 hexadecimal digits that stay the same while the decision stands, wherever it moves."""
    return hashlib.sha256(f"{rule}\0{subject}".encode("utf-8", "replace")).hexdigest()[:32]


def _finding(
    rule: Rule,
    seen: list[Observation],
    reason: str,
    excerpts: Mapping[Span, str],
    dismissals: Dismissals,
) -> Finding:
    scored = sorted(((_score(rule, each), each) for each in seen), key=_worst_first)
    score, lead = scored[0]
    severity = cvss.band(score.base)
    confidence = max((each.confidence or rule.confidence for each in seen), key=_confidence_rank)
    mark = fingerprint(rule.id, lead.subject)
    known = mark in dismissals.baseline and not reason
    status = Status.SUPPRESSED if reason else Status.BASELINE if known else Status.OPEN
    return Finding(
        rule=rule.id,
        title=_title(rule, lead),
        severity=severity,
        category=rule.category,
        section=rule.section,
        score=score,
        description=_description(rule, [each for _, each in scored]),
        evidence=_evidence([each for _, each in scored], excerpts),
        attack=lead.attack or rule.page.attack,
        remediation=lead.fix or rule.page.fix,
        priority=_priority(severity, confidence),
        confidence=confidence,
        fingerprint=mark,
        references=tuple(
            dict.fromkeys([*(r for each in seen for r in each.references), *rule.references])
        ),
        subject=lead.subject,
        asset=lead.asset,
        status=status,
        status_reason=reason or ("in the baseline" if known else ""),
    )


def _title(rule: Rule, seen: Observation) -> str:
    """The rule's name and what it is about: the subject, or the file where that is a bare key."""
    about = seen.evidence[0].span.path if _KEY.match(seen.subject) else seen.subject
    return f"{rule.id.replace('-', ' ').capitalize()}: {about}"


def _score(rule: Rule, seen: Observation) -> Score:
    metrics = None
    if seen.vector:
        metrics = cvss.parse_vector(seen.vector, "as the advisory gives it")
    score = cvss.score(metrics or rule.page.metrics)
    wanted = seen.severity or (rule.severity if metrics is None else cvss.band(score.base))
    return cvss.with_severity(score, wanted, seen.because)


def _description(rule: Rule, seen: list[Observation]) -> str:
    messages = list(dict.fromkeys(each.message for each in seen))
    text = messages[0]
    if len(messages) > 1:
        shown = messages[1:MESSAGES_SHOWN]
        text += "\n\nAlso:\n" + "\n".join(f"- {message}" for message in shown)
        if len(messages) > MESSAGES_SHOWN:
            text += f"\n- and {len(messages) - MESSAGES_SHOWN} more"
    return f"{text}\n\n{rule.page.danger}" if rule.page.danger else text


def _evidence(seen: list[Observation], excerpts: Mapping[Span, str]) -> tuple[Evidence, ...]:
    found: dict[tuple[Span, str], Evidence] = {}
    for each in [o.evidence[0] for o in seen] + [e for o in seen for e in o.evidence[1:]]:
        excerpt = redacted(each.excerpt or excerpts.get(each.span, ""))
        found.setdefault((each.span, each.note), msgspec.structs.replace(each, excerpt=excerpt))
    return tuple(found.values())


def _priority(severity: Severity, confidence: Confidence) -> int:
    if severity is Severity.CRITICAL:
        return 1
    sure = confidence is not Confidence.LOW
    return {Severity.HIGH: 1 if sure else 2, Severity.MEDIUM: 2 if sure else 3}.get(
        severity, 3 if severity is Severity.LOW else 4
    )


def _worst_first(scored: tuple[Score, Observation]) -> tuple[float, Span, str]:
    score, seen = scored
    return -score.base, seen.evidence[0].span, seen.message


def _confidence_rank(confidence: Confidence) -> int:
    return confidence.rank


def _rank(finding: Finding) -> tuple[bool, int, float, str, Span, str]:
    return (
        finding.status is not Status.OPEN,
        finding.priority,
        -finding.score.base,
        finding.rule,
        finding.evidence[0].span,
        finding.status_reason,
    )
