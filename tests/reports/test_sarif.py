"""SARIF that code scanning services take in. The prose rules of the standard, and GitHub's limits."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from whence.reports import render
from whence.vocabulary.audit import Audit, RuleInfo
from whence.vocabulary.evidence import Evidence, Span, Unread
from whence.vocabulary.finding import Category, Finding, Severity, Status

SCHEMA = json.loads((Path(__file__).parent / "sarif-emitted.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

MakeAudit = Callable[..., Audit]
MakeFinding = Callable[..., Finding]


def run_of(audit: Audit) -> dict[str, Any]:
    text = render("sarif", audit)
    assert len(gzip.compress(text.encode(), mtime=0)) <= 10_000_000
    log = json.loads(text)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def notes(run: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    said = run["invocations"][0]["toolExecutionNotifications"]
    return [note for note in said if note["descriptor"]["id"] == kind]


def test_reports_keep_to_the_standard(plain_audit: Audit, make_audit: MakeAudit) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for audit in (plain_audit, make_audit()):
        VALIDATOR.validate(json.loads(render("sarif", audit)))
    run = run_of(plain_audit)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] <= region["endLine"]
    kinds = {kind["id"] for kind in run["tool"]["driver"]["notifications"]}
    (invocation,) = run["invocations"]
    for said in (
        *invocation["toolExecutionNotifications"],
        *invocation["toolConfigurationNotifications"],
    ):
        assert said["descriptor"]["id"] in kinds


def test_a_result_names_rule_level_severity_and_all_places(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    (result,) = run_of(make_audit(make_finding(severity=Severity.CRITICAL)))["results"]
    assert result["ruleId"] == "unverified-model-load"
    assert result["level"] == "error"
    assert result["properties"]["security-severity"] == "9.8"
    assert result["properties"]["severity"] == "critical"
    (first,) = result["locations"]
    assert first["physicalLocation"] == {
        "artifactLocation": {"uri": "scorer/load.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 9, "endLine": 10, "snippet": {"text": "m = load(f)\nm.eval()"}},
    }
    related = result["relatedLocations"]
    assert [place["id"] for place in related] == [1, 2]
    assert [p["physicalLocation"]["artifactLocation"]["uri"] for p in related] == [
        "scorer/load.py",
        "main.tf",
    ]
    assert related[1]["message"]["text"] == "writable by anyone"


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        ("critical", "error"),
        ("high", "error"),
        ("medium", "warning"),
        ("low", "note"),
        ("info", "note"),
    ],
)
def test_the_level_follows_the_severity(
    severity: str, level: str, make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    (result,) = run_of(make_audit(make_finding(severity=Severity(severity))))["results"]
    assert result["level"] == level


def test_a_rule_carries_its_page_its_score_and_at_most_ten_tags(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    info = RuleInfo(
        id="unverified-model-load",
        summary="A model is loaded unchecked.",
        help="A model is loaded unchecked.\n\n## Bad\n```python a.py\nload()\n```",
        severity=Severity.HIGH,
        base=8.1,
        category=Category.MODEL,
        section="models/serving",
        references=("CWE-79", "CWE-502", *(f"OWASP-ML{n:02}:2023" for n in range(1, 20))),
    )
    unused = RuleInfo("typosquat", "s", "h", Severity.LOW, 3.1, Category.DEPENDENCY, "d/p")
    run = run_of(make_audit(make_finding(), rules=(info, unused)))
    typosquat, rule = run["tool"]["driver"]["rules"]
    assert typosquat["id"] == "typosquat"
    assert rule["help"]["markdown"] == info.help
    assert rule["shortDescription"]["text"] == info.summary
    assert rule["properties"]["security-severity"] == "8.1"
    assert rule["properties"]["tags"][:5] == [
        "security",
        "supply-chain",
        "models",
        "external/cwe/cwe-079",
        "external/cwe/cwe-502",
    ]
    assert len(rule["properties"]["tags"]) == 10


def test_dismissed_findings_are_suppressed_results_and_open_ones_say_that_they_are_not(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    audit = make_audit(
        make_finding(status=Status.SUPPRESSED, status_reason="a read-only mirror"),
        make_finding(status=Status.BASELINE),
        make_finding(),
    )
    opened, inline, known = run_of(audit)["results"]
    assert opened["suppressions"] == []
    assert inline["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "a read-only mirror"}
    ]
    assert known["suppressions"][0]["kind"] == "external"
    prints = [each["partialFingerprints"] for each in (opened, inline)]
    assert prints[0]["whence/v1"] == prints[1]["whence/v1"]
    assert prints[0]["primaryLocationLineHash"] != prints[1]["primaryLocationLineHash"]


def test_what_was_not_audited_is_a_notification_and_a_fault_fails_the_run(
    make_audit: MakeAudit,
) -> None:
    unread = (
        Unread(Span("a b.zip"), "zip", "encrypted", whole=True),
        Unread(Span("c.py", 3, 4), "python", "too deep"),
    )
    run = run_of(make_audit(not_audited=unread, warnings=("w.py:1: suppresses nothing",)))
    assert run["invocations"][0]["executionSuccessful"] is True
    first, second = notes(run, "not-audited")
    assert (first["level"], second["level"]) == ("warning", "note")
    assert first["message"]["text"] == "zip: encrypted"
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.zip"
    (warning,) = run["invocations"][0]["toolConfigurationNotifications"]
    assert warning["message"]["text"] == "w.py:1: suppresses nothing"
    failed = make_audit(not_audited=(*unread, Unread(Span("z"), "r", "bug", fault=True)))
    run = run_of(failed)
    assert run["invocations"][0]["executionSuccessful"] is False
    assert notes(run, "not-audited")[0]["level"] == "error"


def test_a_finding_without_a_place_points_at_the_project(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    audit = make_audit(make_finding(evidence=()))
    VALIDATOR.validate(json.loads(render("sarif", audit)))
    (result,) = run_of(audit)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "."


def test_a_place_without_lines_has_no_region(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    span = Span("model.bin", place="byte 0x1f")
    one = make_finding(evidence=(Evidence(span, "os.system", "STACK_GLOBAL os system"),))
    (result,) = run_of(make_audit(one))["results"]
    (location,) = result["locations"]
    assert "region" not in location["physicalLocation"]
    assert location["logicalLocations"] == [{"name": "byte 0x1f"}]
    assert location["message"]["text"] == "byte 0x1f os.system"


def test_more_locations_than_github_takes_are_cut_and_the_file_says_so(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    places = tuple(Evidence(Span("requirements.txt", n, n)) for n in range(1, 1502))
    run = run_of(make_audit(make_finding(evidence=places)))
    (result,) = run["results"]
    assert len(result["relatedLocations"]) == 1000
    assert result["properties"]["evidenceCount"] == 1501
    (note,) = notes(run, "truncated")
    assert "1 result had more than 1,000 locations" in note["message"]["text"]


def test_no_more_is_not_audited_than_a_reader_can_take_in(make_audit: MakeAudit) -> None:
    unread = tuple(Unread(Span(f"{n:05}"), "walk", "binary") for n in range(1500))
    run = run_of(make_audit(not_audited=unread))
    assert len(notes(run, "not-audited")) == 1000
    assert run["properties"]["notAudited"] == 1500
    (note,) = notes(run, "truncated")
    assert note["message"]["text"].startswith("500 more places")


@pytest.mark.slow
def test_more_results_than_github_takes_are_cut_least_severe_first(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    place = (Evidence(Span("a.py", 1, 1)),)
    low = make_finding(severity=Severity.LOW, evidence=place)
    known = make_finding(status=Status.BASELINE, evidence=place)
    high = make_finding(severity=Severity.HIGH, evidence=place)
    run = run_of(make_audit(*[known] * 10, *[low] * 24_995, *[high] * 15))
    assert len(run["results"]) == 25_000
    assert [r["level"] for r in run["results"][:16]] == ["error"] * 15 + ["note"]
    assert not any(result["suppressions"] for result in run["results"])
    cut, shown = notes(run, "truncated")
    assert cut["message"]["text"].startswith("20 of 25,020 results were left out")
    assert "GitHub shows 5,000" in shown["message"]["text"]


@pytest.mark.slow
def test_a_file_that_would_be_too_large_is_cut_until_it_is_not(
    make_audit: MakeAudit, make_finding: MakeFinding
) -> None:
    import random

    letters = random.Random(1)
    findings = [
        make_finding(
            description=letters.randbytes(1900).hex(),
            evidence=(Evidence(Span("a.py", 1, 1)),),
        )
        for _ in range(8_000)
    ]
    run = run_of(make_audit(*findings))
    assert 1_000 < len(run["results"]) < 8_000
    assert (
        "to stay within 25,000 results and 10 MB" in notes(run, "truncated")[0]["message"]["text"]
    )
