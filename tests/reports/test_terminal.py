"""What a tired engineer sees."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from whence.reports import render
from whence.vocabulary.audit import Audit, Coverage, DataSource, FileCoverage
from whence.vocabulary.chain import RoadmapItem
from whence.vocabulary.evidence import Evidence, Span, Treatment, Unread
from whence.vocabulary.finding import Confidence, Finding, Severity, Status

COLOR = re.compile(r"\x1b\[[0-9;]*m")

MakeAudit = Callable[..., Audit]
MakeFinding = Callable[..., Finding]


def test_a_finding_shows_what_where_the_lines_and_the_fix(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    text = render("terminal", make_audit(make_finding()), width=80)
    finding, _, summary = text.partition("─")
    assert finding == (
        "whence 1.2.3  sentiment\n"
        "\n"
        " HIGH  8.1  Unverified model load: scorer/load.py\n"
        "  scorer/load.py:9  unverified-model-load\n"
        "\n"
        "  `model.joblib` is unpickled unchecked.\n"
        "\n"
        "  >  9 │ m = load(f)\n"
        "    10 │ m.eval()\n"
        "    unpickled here\n"
        "\n"
        "  also  main.tf:31  writable by anyone\n"
        "\n"
        "  fix  Compare the digest first:\n"
        "\n"
        "       check(digest)\n"
        "\n"
    )
    assert "1 finding: 1 high\n" in summary


def test_verbose_shows_every_part_of_the_report_template(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    audit = make_audit(make_finding(confidence=Confidence.LOW, also_reported_by=("bandit",)))
    brief, full = (render("terminal", audit, verbose=verbose) for verbose in (False, True))
    for part in (
        "Whoever writes it runs code.",
        "Model (models/serving)",
        "8.1  CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "AC:L  because of AC",
        "1 (now)",
        "0123456789abcdef" * 2,
        "CWE-502, AML.T0010.003",
        "attack  Somebody replaces `model.joblib`.",
        "bandit",
    ):
        assert part in full, part
        assert part not in brief, part
    assert "low confidence" in brief


def test_findings_stand_worst_first(make_audit: MakeAudit, make_finding: MakeFinding) -> None:
    mixed = [make_finding(severity=s) for s in (Severity.LOW, Severity.CRITICAL, Severity.MEDIUM)]
    text = render("terminal", make_audit(*mixed))
    assert re.findall(r"^ ([A-Z]+)  ", text, re.MULTILINE) == ["CRITICAL", "MEDIUM", "LOW"]
    assert "3 findings: 1 critical, 1 medium, 1 low\n" in text


def test_long_evidence_is_counted_instead_of_listed(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    places = tuple(Evidence(Span("requirements.txt", n, n), "", f"dep{n}") for n in range(1, 41))
    text = render("terminal", make_audit(make_finding(evidence=places)))
    assert "requirements.txt:5  dep5" in text
    assert "requirements.txt:6" not in text
    assert "and 35 more places" in text


def test_a_long_snippet_is_cut(make_audit: MakeAudit, make_finding: MakeFinding) -> None:
    lines = "\n".join(f"line {n}" for n in range(1, 31))
    one = make_finding(evidence=(Evidence(Span("a.py", 1, 30), "", lines),))
    text = render("terminal", make_audit(one))
    assert "line 8\n" in text
    assert "line 9\n" not in text
    assert "… 22 more lines" in text


def test_a_fix_is_told_once(make_audit: MakeAudit, make_finding: MakeFinding) -> None:
    audit = make_audit(make_finding(), make_finding(subject="api/load.py"))
    text = render("terminal", audit)
    assert text.count("Compare the digest first:") == 1
    assert text.count("fix  as above") == 1


def test_a_clean_result_says_what_was_looked_at(make_audit: MakeAudit) -> None:
    audit = make_audit(data=(DataSource("advisories", "osv", "2026-01-02"),))
    text = render("terminal", audit)
    assert "No findings: 1 rule looked at 12 places\n" in text
    assert (
        "1 file: 1 analysed, 0 partly, 0 skipped; 1 rule at 12 places, 1 rule had nothing"
        in " ".join(text.split())
    )
    assert "advisories of 2026-01-02" in text


def test_hidden_findings_keep_a_result_from_looking_clean(make_audit: MakeAudit) -> None:
    text = render("terminal", make_audit(hidden=2))
    assert "No findings at this risk level: " in text
    assert "2 below the risk level asked for" in text


@pytest.mark.parametrize("files", [(), (FileCoverage("a.bin", Treatment.SKIPPED, (), "unknown"),)])
def test_a_tree_of_which_nothing_could_be_read_is_not_called_clean(
    make_audit: MakeAudit, files: tuple[FileCoverage, ...]
) -> None:
    text = render("terminal", make_audit(files=files, coverage=(Coverage("typosquat", 0, "-"),)))
    assert "Nothing was audited: no file could be analysed\n" in text
    assert "No findings" not in text


def test_what_was_not_audited_is_counted_by_reason(make_audit: MakeAudit) -> None:
    reasons = ["too large"] * 3 + ["encrypted"] * 2 + ["no reader", "binary", "too deep"]
    unread = tuple(Unread(Span(f"f{n}"), "r", reason) for n, reason in enumerate(reasons))
    text = " ".join(render("terminal", make_audit(not_audited=unread)).split())
    assert "not audited 8 places: too large (3), encrypted (2), binary (1) and 2 other" in text
    assert "whence itself failed" not in text
    broken = make_audit(not_audited=(Unread(Span("a.py"), "python", "bug", fault=True),))
    assert "whence itself failed at 1 place; --debug shows why" in render("terminal", broken)


def test_dismissed_findings_are_counted_and_not_shown(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    audit = make_audit(
        make_finding(status=Status.SUPPRESSED, title="Quiet"),
        make_finding(status=Status.BASELINE, title="Known"),
    )
    text = render("terminal", audit)
    assert "dismissed     1 by suppressions, 1 by the baseline" in text
    assert "Quiet" not in text
    assert "Known" not in text


def test_the_first_three_steps_of_the_roadmap_and_all_unused_suppressions_are_shown(
    make_audit: MakeAudit,
) -> None:
    steps = tuple(RoadmapItem(f"Do {n}", "r", ("0" * 32,), "hours", 0.2, 1) for n in range(1, 6))
    audit = make_audit(roadmap=steps, warnings=("a.py:3: suppresses nothing",))
    text = render("terminal", audit)
    assert "do first      1. Do 1  hours, closes 1, 20% of the risk\n" in text
    assert "3. Do 3" in text
    assert "Do 4" not in text
    assert "and 2 more steps in the Markdown report" in text
    assert "warning       a.py:3: suppresses nothing\n" in text


def test_a_wrapped_line_keeps_its_indentation_and_says_its_label_once(
    make_audit: MakeAudit,
) -> None:
    step = RoadmapItem("Name the image by its digest " * 3, "r", ("0" * 32,), "hours", 0.2, 1)
    lines = render("terminal", make_audit(roadmap=(step,)), width=40).split("\n")
    start = next(at for at, line in enumerate(lines) if line.startswith("  do first"))
    wrapped = lines[start + 1 : start + 5]
    assert all(line.startswith(" " * 16) and line[16] != " " for line in wrapped)


@pytest.mark.parametrize("width", [30, 40, 80, 100, 120, 500])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(
    make_audit: MakeAudit, make_finding: MakeFinding, width: int, verbose: bool
) -> None:
    wide = "模型" * 90
    one = make_finding(
        title=f"Unverified model load: {wide}",
        description="word " * 60 + wide,
        evidence=(Evidence(Span(wide, 3, 3), wide, wide), Evidence(Span("b", 1, 1), "x" * 300)),
    )
    text = render("terminal", make_audit(one), width=width, verbose=verbose)
    assert max(cell_len(line) for line in text.split("\n")) <= min(width, 120)


def test_colour_changes_nothing_but_colour(plain_audit: Audit) -> None:
    for verbose in (False, True):
        plain = render("terminal", plain_audit, verbose=verbose)
        colored = render("terminal", plain_audit, verbose=verbose, color=True)
        assert "\x1b" not in plain
        assert colored != plain
        assert COLOR.sub("", colored) == plain


def test_no_line_ends_with_a_space(make_audit: MakeAudit, make_finding: MakeFinding) -> None:
    place = Evidence(Span("a.py", 1, 3), "", "x = 1   \n\ny = 2")
    one = make_finding(
        evidence=(place,), attack="a\n\n\n\nb", remediation="Do:\n\n```\na  \n\nb\n```"
    )
    text = render("terminal", make_audit(one), verbose=True)
    assert [line for line in text.split("\n") if line != line.rstrip()] == []
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_the_surroundings_change_nothing(
    plain_audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, colored = (render("terminal", plain_audit, color=color) for color in (False, True))
    for name, value in {
        "COLUMNS": "33", "LINES": "5", "TERM": "dumb", "FORCE_COLOR": "1", "NO_COLOR": "1",
        "COLORTERM": "truecolor", "JUPYTER_COLUMNS": "20", "TTY_COMPATIBLE": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
        assert render("terminal", plain_audit) == plain
        assert render("terminal", plain_audit, color=True) == colored
