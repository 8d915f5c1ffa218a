"""The audit as JSON, for other programs. `docs/report-json.md` and its schema describe it.

Lists stand in a fixed order (findings by rank, everything else by its own key) and keys in the
order of the schema, so that the same audit gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from whence.reports.escape import json_escaped
from whence.reports.tally import ranked, tally
from whence.vocabulary.audit import Audit
from whence.vocabulary.chain import Chain
from whence.vocabulary.evidence import Evidence, Span, Unread
from whence.vocabulary.finding import Finding
from whence.vocabulary.graph import Asset, Flow, SupplyGraph
from whence.vocabulary.inventory import Package, packages

SCHEMA_VERSION = "1.0"

Json = dict[str, Any]


def render(audit: Audit) -> str:
    """The whole audit as one JSON document, indented, in UTF-8 text."""
    return json_escaped(json.dumps(document(audit), ensure_ascii=False, indent=2)) + "\n"


def document(audit: Audit) -> Json:
    """The JSON document as values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "whence", "version": audit.version},
        "project": audit.project,
        "summary": _summary(audit),
        "findings": [_finding(each) for each in (*ranked(audit), *audit.dismissed_findings)],
        "chains": [_chain(chain) for chain in audit.chains],
        "roadmap": [
            {
                "title": item.title,
                "rule": item.rule,
                "findings": list(item.findings),
                "effort": item.effort,
                "risk_removed": item.risk_removed,
                "priority": item.priority,
            }
            for item in audit.roadmap
        ],
        "not_audited": [_unread(each) for each in sorted(audit.not_audited)],
        "graph": _graph(audit.graph),
        "packages": [_package(each) for each in packages(audit.graph)],
        "coverage": [
            {"rule": each.rule, "looked_at": each.looked_at, "reason": each.reason}
            for each in sorted(audit.coverage, key=lambda each: each.rule)
        ],
        "files": [
            {
                "path": file.path,
                "treatment": file.treatment.value,
                "readers": list(file.readers),
                "reason": file.reason,
            }
            for file in sorted(audit.files, key=lambda file: file.path)
        ],
        "warnings": list(audit.warnings),
        "data_sources": [
            {"name": each.name, "source": each.source, "date": each.date} for each in audit.data
        ],
    }


def _summary(audit: Audit) -> Json:
    numbers = tally(audit)
    return {
        "open": numbers.open,
        "by_severity": {level.value: count for level, count in numbers.by_severity.items()},
        "suppressed": numbers.suppressed,
        "baseline": numbers.baseline,
        "hidden": numbers.hidden,
        "files": {treatment.value: count for treatment, count in numbers.files.items()},
        "rules_applied": numbers.rules_applied,
        "rules_idle": numbers.rules_idle,
        "not_audited": numbers.not_audited,
        "complete": numbers.complete,
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "title": finding.title,
        "severity": finding.severity.value,
        "category": finding.category.value,
        "section": finding.section,
        "priority": finding.priority,
        "confidence": finding.confidence.value,
        "status": finding.status.value,
        "status_reason": finding.status_reason,
        "fingerprint": finding.fingerprint,
        "subject": finding.subject,
        "asset": finding.asset,
        "cvss": {
            "vector": finding.score.vector,
            "base": finding.score.base,
            "metrics": [
                {"name": metric.name, "value": metric.value, "reason": metric.reason}
                for metric in finding.score.metrics
            ],
        },
        "description": finding.description,
        "locations": [{**_place(each), "excerpt": each.excerpt} for each in finding.evidence],
        "attack": finding.attack,
        "remediation": finding.remediation,
        "references": list(finding.references),
        "also_reported_by": list(finding.also_reported_by),
    }


def _chain(chain: Chain) -> Json:
    return {
        "start": chain.start,
        "goal": chain.goal,
        "steps": [
            {"text": step.text, "finding": step.finding, "evidence": _places(step.evidence)}
            for step in chain.steps
        ],
    }


def _graph(graph: SupplyGraph) -> Json:
    return {
        "assets": [_asset(asset) for asset in graph.assets.values()],
        "flows": [_flow(flow) for flow in graph.flows],
    }


def _package(package: Package) -> Json:
    return {
        "ecosystem": package.ecosystem,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licences": list(package.licences),
        "locations": [_span(place) for place in package.places],
    }


def _asset(asset: Asset) -> Json:
    return {
        "id": asset.id,
        "kind": asset.kind.value,
        "name": asset.name,
        "digest": asset.digest,
        "writers": {"who": list(asset.writers.who), "review": asset.writers.review},
        "evidence": _places(asset.evidence),
    }


def _flow(flow: Flow) -> Json:
    return {
        "source": flow.source,
        "target": flow.target,
        "kind": flow.kind.value,
        "pin": flow.pin.name.lower(),
        "signer": flow.signer,
        "gates": [
            {
                "name": gate.name,
                "fails_closed": gate.fails_closed,
                "evidence": _places(gate.evidence),
            }
            for gate in flow.gates
        ],
        "certainty": flow.certainty.value,
        "evidence": _places(flow.evidence),
    }


def _unread(unread: Unread) -> Json:
    return {
        **_span(unread.span),
        "reader": unread.reader,
        "reason": unread.reason,
        "whole": unread.whole,
        "fault": unread.fault,
    }


def _places(evidence: Iterable[Evidence]) -> list[Json]:
    return [_place(each) for each in evidence]


def _place(evidence: Evidence) -> Json:
    return {**_span(evidence.span), "note": evidence.note}


def _span(span: Span) -> Json:
    return {"path": span.path, "first": span.first, "last": span.last, "place": span.place}
