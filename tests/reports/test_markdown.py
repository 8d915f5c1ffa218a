"""The report template, filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from whence.reports import render
from whence.vocabulary.audit import Audit, Coverage
from whence.vocabulary.evidence import Evidence, Span, Unread
from whence.vocabulary.finding import Category, Finding, Severity

TEMPLATE = (Path(__file__).parents[2] / "docs" / "report-template.md").read_text("utf-8")

MakeAudit = Callable[..., Audit]
MakeFinding = Callable[..., Finding]


def parts(markdown: str) -> list[str]:
    """Headings of a finding and names of its facts, in order."""
    return re.findall(r"^(?:#### (.+)|- \*\*(.+?):\*\*.*)$", markdown, re.MULTILINE)


def test_a_finding_has_all_parts_of_the_template_in_its_order(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    report = render("markdown", make_audit(make_finding()))
    block = report[report.index("### 1. ") : report.index("## Not audited")]
    assert block == (
        "### 1. Unverified model load: scorer/load.py\n\n"
        "- **Rule:** `unverified-model-load`\n"
        "- **Risk level:** High\n"
        "- **Category:** Model (models/serving)\n"
        "- **CVSS:** 8.1 `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H`\n"
        "- **Priority:** 1 (now)\n"
        "- **Confidence:** High\n"
        "- **Fingerprint:** `0123456789abcdef0123456789abcdef`\n"
        "- **Asset:** `model:scorer`\n"
        "- **References:** CWE-502, AML.T0010.003\n\n"
        "#### Description\n\n"
        "`model.joblib` is unpickled unchecked.\n\nWhoever writes it runs code.\n\n"
        "#### Why this score\n\n"
        "| Metric | Value | Why |\n| --- | --- | --- |\n"
        "| AV | N | because of AV |\n| AC | L | because of AC |\n"
        "| PR | N | because of PR |\n| UI | N | because of UI |\n"
        "| S | U | because of S |\n| C | H | because of C |\n"
        "| I | H | because of I |\n| A | H | because of A |\n\n"
        "#### Evidence\n\n"
        "**1.** `scorer/load.py:9-10`: unpickled here\n\n"
        "```text\n 9  m = load(f)\n10  m.eval()\n```\n\n"
        "**2.** `main.tf:31`: writable by anyone\n\n"
        '```text\n31  acl = "public"\n```\n\n'
        "#### Attack scenario\n\nSomebody replaces `model.joblib`.\n\n"
        "#### Remediation\n\nCompare the digest first:\n\n```python\ncheck(digest)\n```\n\n"
    )


def test_the_template_for_hands_asks_for_what_the_tool_writes(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    written = parts(render("markdown", make_audit(make_finding())))
    forms = re.findall(r"^````markdown\n(.*?)^````$", TEMPLATE, re.MULTILINE | re.DOTALL)
    for form in forms:
        asked = parts(form)
        assert [part for part in written if part in asked] == asked
        headings = [("Description", ""), ("Why this score", ""), ("Evidence", "")]
        assert {*headings, ("Attack scenario", ""), ("Remediation", "")} <= set(asked)
        assert {("", "Risk level"), ("", "Category"), ("", "CVSS"), ("", "Priority")} <= set(asked)
    assert len(forms) == 2
    rows = re.compile(r"^\| (\w+) \| ", re.MULTILINE)
    report = render("markdown", make_audit(make_finding()))
    metrics = {"AV", "AC", "PR", "UI", "S", "C", "I", "A"}
    for form in (*forms, report):
        assert metrics <= set(rows.findall(form))


def test_findings_are_grouped_by_risk_level_worst_first(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    levels = [Severity.LOW, Severity.CRITICAL, Severity.LOW, Severity.INFO]
    report = render("markdown", make_audit(*(make_finding(severity=each) for each in levels)))
    assert re.findall(r"^## (.*risk.*)$", report, re.MULTILINE) == [
        "Critical risk (1)",
        "Low risk (2)",
        "Info risk (1)",
    ]
    assert re.findall(r"^### (\d+)\.", report, re.MULTILINE) == ["1", "2", "3", "4"]


def test_the_summary_counts_by_risk_level_and_category(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    audit = make_audit(
        make_finding(severity=Severity.HIGH, category=Category.DATA),
        make_finding(severity=Severity.HIGH, category=Category.MODEL),
        make_finding(severity=Severity.LOW, category=Category.DATA),
    )
    report = render("markdown", audit)
    assert "| High | 2 | 0 | 1 | 1 | 0 |\n" in report
    assert "| Low | 1 | 0 | 1 | 0 | 0 |\n" in report
    assert "| **All** | 3 | 0 | 2 | 1 | 0 |\n" in report


def test_chains_roadmap_coverage_and_data_are_in_it(plain_audit: Audit) -> None:
    report = render("markdown", plain_audit)
    assert "### Chain 1: from `name1` to `name2`" in report
    assert "1. name at `name:3-4` (name) (finding `" in report
    assert "| 1 | name | `rule-1` | 1 finding | hours | 50% | 2 (soon) |" in report
    assert "| `rule-1` | 0 | name |" in report
    assert "| `bname` | partial | name |" in report
    assert "| `name:3` (name) | name | name (a fault of whence) |" in report
    assert (
        "## Data used\n\n| What | From | As of |\n| --- | --- | --- |\n| name | name | name |"
        in report
    )
    assert "- Complete: no, whence failed at something" in report


def test_long_lists_end_with_what_was_left_out(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    places = tuple(Evidence(Span("requirements.txt", n, n)) for n in range(1, 61))
    unread = tuple(Unread(Span(f"{n:04}.bin"), "walk", "binary") for n in range(1234))
    report = render("markdown", make_audit(make_finding(evidence=places), not_audited=unread))
    assert "**50.** `requirements.txt:50`" in report
    assert "**51.**" not in report
    assert "And 10 more places; the JSON report lists all." in report
    assert "## Not audited (1234)" in report
    assert "`0199.bin`" in report
    assert "`0200.bin`" not in report
    assert "And 1,034 more; the JSON report lists all." in report


def test_a_clean_report_says_what_was_looked_at(make_audit: MakeAudit) -> None:
    report = render("markdown", make_audit())
    assert "No open findings: 1 rule looked at 12 places." in report
    assert "Nothing was left out." in report
    empty = render("markdown", make_audit(files=(), coverage=(Coverage("typosquat", 0, "-"),)))
    assert "Nothing was audited: no file could be analysed." in empty


def test_code_of_a_fix_survives_with_its_fences(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    fix = (
        "Do **both** of `a*b`:\n\n1. pin it\n2. check it\n\n"
        "````yaml\nkey: |\n  ```\n  <b>&amp;</b>\n````\n\nand <more>."
    )
    report = render("markdown", make_audit(make_finding(remediation=fix)))
    assert fix.replace("<more>", "&lt;more&gt;") in report
