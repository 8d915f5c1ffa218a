"""The audit as SARIF 2.1.0, for code scanning services and editors.

Source of the limits: GitHub's documentation of SARIF support ("SARIF results exceed one or more
limits"). A file over them is refused as a whole, so what is over is cut and a notification says so.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from whence.reports.escape import clipped, json_escaped, uri_reference, visible, visible_lines
from whence.reports.tally import counted, ranked, tally
from whence.vocabulary.audit import Audit, RuleInfo
from whence.vocabulary.evidence import Evidence, Span, Unread
from whence.vocabulary.finding import Category, Finding, Severity, Status

RESULTS_LIMIT = 25_000
RESULTS_SHOWN = 5_000
LOCATIONS_LIMIT = 1_000
TAGS_LIMIT = 10
SIZE_LIMIT = 10 * 1000 * 1000
NOTIFICATIONS_LIMIT = 1_000
SNIPPET_LINES = 8
MESSAGE_LENGTH = 4_000

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_TOPICS = {
    Category.DEPENDENCY: "dependencies",
    Category.DATA: "data",
    Category.MODEL: "models",
    Category.DEPLOYMENT: "deployment",
}
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_CWE = re.compile(r"CWE-(\d+)\Z")

Json = dict[str, Any]


def render(audit: Audit) -> str:
    """The SARIF log as text, within GitHub's limits."""
    findings = (*ranked(audit), *audit.dismissed_findings)
    kept = min(len(findings), RESULTS_LIMIT)
    while True:
        text = _text(_log(audit, findings[:kept], len(findings)))
        if kept == 0 or not _too_large(text):
            return text
        kept //= 2


def _text(log: Json) -> str:
    return json_escaped(json.dumps(log, ensure_ascii=False, indent=1)) + "\n"


def _too_large(text: str) -> bool:
    if len(text) * 4 <= SIZE_LIMIT:
        return False
    return len(gzip.compress(text.encode(), compresslevel=6, mtime=0)) > SIZE_LIMIT


def _log(audit: Audit, findings: Sequence[Finding], total: int) -> Json:
    rules = _rules(audit, findings)
    index = {rule.id: at for at, rule in enumerate(rules)}
    numbers = tally(audit)
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "whence",
                        "version": visible(audit.version),
                        "rules": [_descriptor(rule) for rule in rules],
                        "notifications": _NOTIFICATION_KINDS,
                    }
                },
                "automationDetails": {"id": "whence/"},
                "invocations": [
                    {
                        "executionSuccessful": numbers.complete,
                        "toolExecutionNotifications": [
                            *_cuts(findings, total),
                            *_not_audited(audit.not_audited),
                        ],
                        "toolConfigurationNotifications": [
                            _notification("warning", "warning", text) for text in audit.warnings
                        ],
                    }
                ],
                "originalUriBaseIds": {
                    "%SRCROOT%": {"description": {"text": "The root of the audited project."}}
                },
                "results": [_result(finding, index[finding.rule]) for finding in findings],
                "properties": {
                    "open": numbers.open,
                    "suppressed": numbers.suppressed,
                    "baseline": numbers.baseline,
                    "hidden": numbers.hidden,
                    "notAudited": numbers.not_audited,
                },
            }
        ],
    }


def _rules(audit: Audit, findings: Iterable[Finding]) -> list[RuleInfo]:
    """The rules that the audit describes, and those of findings that it does not."""
    known = {rule.id: rule for rule in audit.rules}
    for finding in findings:
        if finding.rule not in known:
            known[finding.rule] = RuleInfo(
                id=finding.rule,
                summary=finding.rule.replace("-", " ").capitalize(),
                help=f"`whence explain {finding.rule}` shows this rule's page.",
                severity=finding.severity,
                base=finding.score.base,
                category=finding.category,
                section=finding.section,
                references=finding.references,
            )
    return [known[rule_id] for rule_id in sorted(known)]


def _descriptor(rule: RuleInfo) -> Json:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": _message(rule.summary)},
        "fullDescription": {"text": _message(rule.summary)},
        "help": {"text": _page(rule.help), "markdown": _page(rule.help)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": _tags(rule),
            "security-severity": f"{rule.base:.1f}",
            "severity": rule.severity.value,
        },
    }


def _tags(rule: RuleInfo) -> list[str]:
    """At most ten, `security` first; GitHub reads CWE numbers as `external/cwe/cwe-502`."""
    tags = ["security", "supply-chain", _TOPICS[rule.category]]
    for reference in rule.references:
        cwe = _CWE.match(reference)
        tags.append(f"external/cwe/cwe-{int(cwe[1]):03d}" if cwe else visible(reference))
    return list(dict.fromkeys(tags))[:TAGS_LIMIT]


def _result(finding: Finding, rule_index: int) -> Json:
    evidence = finding.evidence or (Evidence(Span("")),)
    related = evidence[:LOCATIONS_LIMIT]
    # A decision that is dismissed in some places and open in others makes two alerts, not one.
    occurrence = 1 if finding.status is Status.OPEN else 2
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding.description) or _message(finding.title)},
        "locations": [_location(evidence[0])],
        "relatedLocations": [
            {"id": number, **_location(each)} for number, each in enumerate(related, 1)
        ],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:{occurrence}",
            "whence/v1": finding.fingerprint,
        },
        "suppressions": _suppressions(finding),
        "properties": {
            "severity": finding.severity.value,
            "security-severity": f"{finding.score.base:.1f}",
            "cvss": finding.score.vector,
            "category": finding.category.value,
            "priority": finding.priority,
            "confidence": finding.confidence.value,
            "subject": visible(finding.subject),
            "evidenceCount": len(finding.evidence),
        },
    }


def _suppressions(finding: Finding) -> list[Json]:
    """Standard, 3.27.23: either every result of a run has this list or none."""
    if finding.status is Status.OPEN:
        return []
    kind = "inSource" if finding.status is Status.SUPPRESSED else "external"
    return [{"kind": kind, "status": "accepted", "justification": visible(finding.status_reason)}]


def _location(evidence: Evidence) -> Json:
    span = evidence.span
    place: Json = {"artifactLocation": {"uri": uri_reference(span.path), "uriBaseId": "%SRCROOT%"}}
    if span.first > 0:
        place["region"] = {"startLine": span.first, "endLine": max(span.first, span.last)}
        if evidence.excerpt:
            lines = visible_lines(evidence.excerpt)[:SNIPPET_LINES]
            place["region"]["snippet"] = {"text": "\n".join(lines)}
    location: Json = {"physicalLocation": place}
    if span.place:
        location["logicalLocations"] = [{"name": visible(span.place)}]
    said = " ".join(part for part in (span.place, evidence.note) if part)
    if said:
        location["message"] = {"text": _message(said)}
    return location


def _not_audited(unread: Iterable[Unread]) -> list[Json]:
    """What was not looked at, whence's own faults first."""
    ordered = sorted(unread, key=lambda each: (not each.fault, each))
    found = []
    for each in ordered[:NOTIFICATIONS_LIMIT]:
        level = "error" if each.fault else "warning" if each.whole else "note"
        said = _notification("not-audited", level, f"{each.reader}: {each.reason}")
        if each.span.path:
            said["locations"] = [_location(Evidence(each.span))]
        found.append(said)
    if len(ordered) > NOTIFICATIONS_LIMIT:
        more = counted(len(ordered) - NOTIFICATIONS_LIMIT, "more place")
        found.append(
            _notification("truncated", "warning", f"{more} not audited: see the JSON report")
        )
    return found


def _cuts(findings: Sequence[Finding], total: int) -> list[Json]:
    """What the limits cost, said in the file itself."""
    said = []
    if len(findings) < total:
        said.append(
            f"{total - len(findings):,} of {total:,} results were left out, the least severe and "
            f"the dismissed ones first, to stay within {RESULTS_LIMIT:,} results and "
            f"{SIZE_LIMIT // 1_000_000} MB: the JSON report holds all"
        )
    if len(findings) > RESULTS_SHOWN:
        said.append(
            f"the file holds {len(findings):,} results and GitHub shows {RESULTS_SHOWN:,} of them"
        )
    long = sum(len(finding.evidence) > LOCATIONS_LIMIT for finding in findings)
    if long:
        said.append(
            f"{counted(long, 'result')} had more than {LOCATIONS_LIMIT:,} locations, which were "
            f"left out: the JSON report holds all"
        )
    return [_notification("truncated", "warning", text) for text in said]


_NOTIFICATION_KINDS = [
    {
        "id": "not-audited",
        "shortDescription": {"text": "Something was not looked at, so nothing is known about it."},
    },
    {
        "id": "truncated",
        "shortDescription": {"text": "The report leaves something out because of its size."},
    },
    {
        "id": "warning",
        "shortDescription": {"text": "A setting or suppression has no effect or will expire."},
    },
]


def _notification(kind: str, level: str, text: str) -> Json:
    return {"descriptor": {"id": kind}, "level": level, "message": {"text": _message(text)}}


def _page(text: str) -> str:
    return "\n".join(visible_lines(text))


def _message(text: str) -> str:
    """Plain text in which nothing is a link or a placeholder (standard, 3.11.5 and 3.11.6)."""
    text = clipped(_page(text), MESSAGE_LENGTH)
    if "](" in text:
        text = text.replace("[", "\\[").replace("]", "\\]")
    return _PLACEHOLDER.sub(r"{{\1}}", text)
