"""One store of findings: every report of a run counts the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from whence.reports import render
from whence.vocabulary.audit import Audit
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.finding import Severity

LEVELS = [severity.value for severity in Severity]


def in_json(audit: Audit) -> tuple[Counter[str], int, int]:
    report = json.loads(render("json", audit))
    counts = Counter(f["severity"] for f in report["findings"] if f["status"] == "open")
    dismissed = sum(f["status"] != "open" for f in report["findings"])
    assert report["summary"]["open"] == counts.total()
    assert {k: v for k, v in report["summary"]["by_severity"].items() if v} == counts
    assert report["summary"]["suppressed"] + report["summary"]["baseline"] == dismissed
    return counts, dismissed, len(report["not_audited"])


def in_sarif(audit: Audit) -> tuple[Counter[str], int, int]:
    (run,) = json.loads(render("sarif", audit))["runs"]
    results = run["results"]
    counts = Counter(r["properties"]["severity"] for r in results if not r["suppressions"])
    notes = run["invocations"][0]["toolExecutionNotifications"]
    unread = sum(note["descriptor"]["id"] == "not-audited" for note in notes)
    return counts, sum(bool(r["suppressions"]) for r in results), unread


def in_markdown(audit: Audit) -> tuple[Counter[str], int, int]:
    text = render("markdown", audit)
    titles = re.findall(r"^## (\w+) risk \((\d+)\)$", text, re.MULTILINE)
    headed = Counter({level.lower(): int(count) for level, count in titles})
    listed = Counter(found.lower() for found in re.findall(r"\*\*Risk level:\*\* (\w+)", text))
    assert listed == headed
    for level in LEVELS:
        row = re.search(rf"^\| {level.capitalize()} \| (\d+) \|(.*)\|$", text, re.MULTILINE)
        assert row
        assert int(row[1]) == headed[level] == sum(map(int, row[2].split("|")))
    dismissed = re.search(r"^## Dismissed \((\d+)\)$", text, re.MULTILINE)
    unread = re.search(r"^## Not audited \((\d+)\)$", text, re.MULTILINE)
    assert unread
    return headed, int(dismissed[1]) if dismissed else 0, int(unread[1])


def in_terminal(audit: Audit) -> tuple[Counter[str], int, int]:
    text = render("terminal", audit, width=120)
    shown = Counter(found.lower() for found in re.findall(r"^ ([A-Z]+)  \d+\.\d  ", text, re.M))
    headline = re.search(r"^(\d+) findings?: (.*)$", text, re.MULTILINE)
    said: Counter[str] = Counter()
    if headline:
        for part in headline[2].split(", "):
            count, level = part.split()
            said[level] = int(count)
        assert said.total() == int(headline[1])
    assert said == shown
    dismissed = re.search(r"^  dismissed +(\d+) by suppressions, (\d+) by the", text, re.M)
    unread = re.search(r"^  not audited +(\d+) place", text, re.MULTILINE)
    return (
        shown,
        int(dismissed[1]) + int(dismissed[2]) if dismissed else 0,
        int(unread[1]) if unread else 0,
    )


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_report_counts_the_same(
    data: st.DataObject,
    make_audit: Callable[..., Audit],
    any_findings: st.SearchStrategy[tuple[object, ...]],
) -> None:
    findings = data.draw(any_findings)
    unread = [
        Unread(Span(f"f{at}"), "reader", "too large") for at in range(data.draw(st.integers(0, 30)))
    ]
    audit = make_audit(*findings, not_audited=tuple(unread))
    expected = (
        Counter(finding.severity.value for finding in audit.open_findings),
        len(audit.dismissed_findings),
        len(unread),
    )
    assert in_json(audit) == expected
    assert in_sarif(audit) == expected
    assert in_markdown(audit) == expected
    assert in_terminal(audit) == expected


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_report_gives_the_same_bytes_again_and_keeps_the_order_of_findings(
    data: st.DataObject,
    make_audit: Callable[..., Audit],
    any_findings: st.SearchStrategy[tuple[object, ...]],
) -> None:
    audit = make_audit(*data.draw(any_findings))
    for name in ("json", "markdown", "sarif", "terminal"):
        assert render(name, audit) == render(name, audit)
    first = [f["fingerprint"] for f in json.loads(render("json", audit))["findings"]]
    results = json.loads(render("sarif", audit))["runs"][0]["results"]
    assert [r["partialFingerprints"]["whence/v1"] for r in results] == first
    shown = re.findall(r"\*\*Fingerprint:\*\* `(\w+)`", render("markdown", audit))
    assert shown == first[: len(audit.open_findings)]


def test_the_hidden_are_counted_and_not_shown(plain_audit: Audit) -> None:
    assert json.loads(render("json", plain_audit))["summary"]["hidden"] == 3
    assert json.loads(render("sarif", plain_audit))["runs"][0]["properties"]["hidden"] == 3
    assert "- Hidden below the risk level asked for: 3" in render("markdown", plain_audit)
    assert re.search(r"hidden +3 below", render("terminal", plain_audit))
