"""Audits to report on: a plain one, and any that can be."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from whence.vocabulary.audit import Audit, Coverage, DataSource, FileCoverage, RuleInfo
from whence.vocabulary.chain import Chain, RoadmapItem, Step
from whence.vocabulary.evidence import Evidence, Span, Treatment, Unread
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.finding import (
    Category,
    Confidence,
    Finding,
    Metric,
    Score,
    Severity,
    Status,
)
from whence.vocabulary.graph import (
    Asset,
    AssetKind,
    Flow,
    FlowKind,
    Gate,
    Pin,
    SupplyGraph,
    Writers,
)

BASES = {
    Severity.CRITICAL: 9.8,
    Severity.HIGH: 8.1,
    Severity.MEDIUM: 5.3,
    Severity.LOW: 3.1,
    Severity.INFO: 0.0,
}
METRICS = tuple(
    Metric(name, value, f"because of {name}")
    for name, value in zip(("AV", "AC", "PR", "UI", "S", "C", "I", "A"), "NLNNUHHH", strict=True)
)
NASTY = (
    "\x1b[2J\x1b]0;owned\x07",
    "a\u202egnp.exe",
    "a\u2066b\u200bc\ufeff\U000e0041",
    "one\ntwo\r\nthree\tfour\x0bfive\x85six\u2028seven",
    "](https://attacker.example) [x",
    "![x](https://attacker.example/x.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<https://attacker.example>",
    "&lt;b&gt;&#x3c;",
    "``` html\n<b>",
    "```\n# heading\n```",
    "~~~",
    "`",
    "a`b``c```d",
    "| a | b |",
    "a\\|b\\",
    "--- | ---",
    "---",
    "===",
    "# heading",
    "- item",
    "12. item",
    "> quote",
    "[x]: https://attacker.example",
    "**bold** *it* __b__ $x$",
    "~~struck~~",
    "a\\*b\\* \\[x](y) \\<b> \\",
    "{0} {1} %s %0a",
    "[bold red]rich[/] :smile: [link=https://attacker.example]x[/link]",
    "\udcff\udc80 not utf-8",
    "\ud800 alone",
    "../../etc/passwd",
    "javascript:alert(1)",
    "//attacker.example/x",
    "模型.py \u05d0\u05d1 e\u0301 \U0001f600",
)


def finding(**given: Any) -> Finding:
    severity = given.get("severity", Severity.HIGH)
    parts: dict[str, Any] = {
        "rule": "unverified-model-load",
        "title": "Unverified model load: scorer/load.py",
        "severity": severity,
        "category": Category.MODEL,
        "section": "models/serving",
        "score": Score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", BASES[severity], METRICS),
        "description": "`model.joblib` is unpickled unchecked.\n\nWhoever writes it runs code.",
        "evidence": (
            Evidence(Span("scorer/load.py", 9, 10), "unpickled here", "m = load(f)\nm.eval()"),
            Evidence(Span("main.tf", 31, 31), "writable by anyone", 'acl = "public"'),
        ),
        "attack": "Somebody replaces `model.joblib`.",
        "remediation": "Compare the digest first:\n\n```python\ncheck(digest)\n```",
        "priority": 1,
        "confidence": Confidence.HIGH,
        "fingerprint": "0123456789abcdef" * 2,
        "references": ("CWE-502", "AML.T0010.003"),
        "subject": "scorer/load.py",
        "asset": "model:scorer",
    }
    return Finding(**{**parts, **given})


def audit(*findings: Finding, **given: Any) -> Audit:
    parts: dict[str, Any] = {
        "project": "sentiment",
        "version": "1.2.3",
        "graph": SupplyGraph(),
        "findings": findings,
        "chains": (),
        "roadmap": (),
        "coverage": (Coverage("unverified-model-load", 12), Coverage("typosquat", 0, "no names")),
        "files": (FileCoverage("scorer/load.py", Treatment.ANALYSED, ("python",)),),
        "not_audited": (),
    }
    return Audit(**{**parts, **given})


def full_audit(names: Iterator[str]) -> Audit:
    """An audit with something in every part, its names taken from `names`."""

    def name() -> str:
        return next(names)

    def evidence() -> Evidence:
        return Evidence(Span(name(), 3, 4, name()), name(), name())

    def one(number: int, severity: Severity, status: Status) -> Finding:
        return finding(
            rule=f"rule-{number}",
            severity=severity,
            status=status,
            status_reason=name(),
            title=name(),
            section=name(),
            subject=name(),
            asset=name(),
            evidence=(evidence(), evidence()),
            references=(name(), name()),
            also_reported_by=(name(),),
            fingerprint=f"{number:032x}",
            score=Score(name(), BASES[severity], (Metric("AV", "N", name()),)),
        )

    findings = tuple(
        one(number, severity, status)
        for number, (severity, status) in enumerate(
            [
                (Severity.CRITICAL, Status.OPEN),
                (Severity.LOW, Status.OPEN),
                (Severity.HIGH, Status.SUPPRESSED),
                (Severity.INFO, Status.BASELINE),
            ]
        )
    )
    place = (evidence(),)
    source, target = name() + "1", name() + "2"
    return audit(
        *findings,
        project=name(),
        version=name(),
        graph=SupplyGraph(
            facts=[
                PackageRequirement(
                    Span(name(), 3, 3, name()), "pypi", name(), version=name(), licence=name()
                ),
            ],
            assets=[
                Asset(source, AssetKind.SOURCE, name(), name(), Writers((name(),), name()), place),
                Asset(target, AssetKind.MODEL, name()),
            ],
            flows=[Flow(source, target, FlowKind.FETCHES, Pin.NAME, name(), (Gate(name(), True),))],
        ),
        chains=(Chain(source, target, (Step(name(), "0" * 32, place), Step(name()))),),
        roadmap=(RoadmapItem(name(), "rule-1", ("0" * 32,), "hours", 0.5, 2),),
        coverage=(Coverage("rule-0", 3), Coverage("rule-1", 0, name())),
        files=(
            FileCoverage("a", Treatment.ANALYSED, (name(),)),
            FileCoverage("b" + name(), Treatment.PARTIAL, (name(),), name()),
        ),
        not_audited=(Unread(Span(name(), 3, 3, name()), name(), name(), fault=True),),
        warnings=(name(),),
        data=(DataSource(name(), name(), name()),),
        hidden=3,
        rules=(
            RuleInfo("rule-0", name(), "help", Severity.HIGH, 8.1, Category.DATA, "d/s", (name(),)),
        ),
    )


_STRANGE = st.one_of(
    st.sampled_from(NASTY),
    st.text(
        st.sampled_from("`|<>[]()#*_-~\\\n\r\t&!{}=:+$@^\"' 0.ab\x1b\u202e\u2029\udc80"), min_size=1
    ),
    st.text(min_size=1, max_size=40),
).filter(str.strip)


@pytest.fixture(scope="session")
def make_finding() -> Callable[..., Finding]:
    return finding


@pytest.fixture(scope="session")
def make_audit() -> Callable[..., Audit]:
    return audit


@pytest.fixture(scope="session")
def plain_audit() -> Audit:
    """An audit with something in every part, called `name` throughout."""
    return full_audit(itertools.repeat("name"))


@pytest.fixture(scope="session")
def nasty_names() -> tuple[str, ...]:
    """Names with which reports have been attacked, one trick each."""
    return NASTY


@pytest.fixture(scope="session")
def strange_names() -> st.SearchStrategy[list[str]]:
    """Names that a hostile project could use."""
    return st.lists(_STRANGE, min_size=1, max_size=8)


@pytest.fixture(scope="session")
def named() -> Callable[[list[str]], Audit]:
    """An audit with something in every part, with the given names in turn."""
    return lambda names: full_audit(itertools.cycle(names))


@pytest.fixture(scope="session")
def any_findings() -> st.SearchStrategy[tuple[Finding, ...]]:
    """Findings of every risk level, category and status, in any order."""
    return st.lists(
        st.builds(
            lambda number, severity, category, status, places: finding(
                rule=f"rule-{number % 3}",
                fingerprint=f"{number:032x}",
                severity=severity,
                category=category,
                status=status,
                evidence=tuple(Evidence(Span("a.py", at + 1, at + 1)) for at in range(places)),
            ),
            st.integers(0, 10**9),
            st.sampled_from(Severity),
            st.sampled_from(Category),
            st.sampled_from(Status),
            st.integers(0, 70),
        ),
        max_size=12,
    ).map(tuple)
