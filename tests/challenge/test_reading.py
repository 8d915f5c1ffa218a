"""Reports are read as people and tools write them; what cannot be read is listed, not dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence.challenge.grading import UnreadableReport, read_report
from whence.challenge.grading.markdown import read_markdown
from whence.challenge.grading.places import Places
from whence.challenge.grading.report import Report

FILES = (
    ".gitlab-ci.yml",
    "deploy/docker/Dockerfile",
    "src/training/train.py",
    "src/inference/train.py",
    "setup.py",
)


def read(tmp_path: Path, text: str) -> Report:
    location = tmp_path / "report"
    location.write_text(text, "utf-8")
    return read_report(location, FILES)


TEMPLATE = """
# Audit of SentiBot

## Findings

### 1. The container runs as root

- **Risk level:** High
- **Category:** Dependency
- **CVSS:** AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H (7.5)
- **Description:** no USER is set. CWE-250.
- **Evidence:** `deploy/docker/Dockerfile:12-14`
- **Remediation:** USER 10001

## Attack chains

### From the image to the cluster
deploy/docker/Dockerfile runs as root, src/training/train.py unpickles.

## Roadmap
1. Set a user
2. Pin the image

## Systemic issues
- Nothing is ever verified before it is used.
"""


def test_the_template_is_read_in_full(tmp_path: Path) -> None:
    report = read(tmp_path, TEMPLATE)

    (claim,) = report.claims
    assert claim.severity == "high"
    assert claim.places == (("deploy/docker/Dockerfile", 12, 14),)
    assert claim.cwes == ("CWE-250",)
    assert len(report.chains) == 1
    assert len(report.roadmap) == 2
    assert len(report.systemic) == 1


@pytest.mark.parametrize(
    "text",
    [
        "## [HIGH] Container runs as root\nSee deploy/docker/Dockerfile line 12.\n",
        "## High\n### Runs as root\nEvidence: deploy/docker/Dockerfile:12\nDescription: no USER\n",
        "| # | Finding | Severity | Location |\n|---|---|---|---|\n"
        "| 1 | Runs as root | High | deploy/docker/Dockerfile:12 |\n",
        "# Findings\n1. **High** - runs as root (`deploy/docker/Dockerfile`, line 12)\n",
        "### Runs as root\n| Risk level | High |\n|---|---|\n| Evidence | Dockerfile#L12 |\n",
        "### Runs as root\n**Severity**: High\n**File**: deploy/docker/Dockerfile\n"
        "**Location**: deploy/docker/Dockerfile:12\n",
        "### Runs as root\nRisk: HIGH\nWhere: ./deploy/docker/Dockerfile:12\n",
        "### Runs as root\nCVSS: 7.5\nWhere: ./deploy/docker/Dockerfile:12\n",
    ],
)
def test_other_ways_to_write_a_finding_are_read_too(tmp_path: Path, text: str) -> None:
    claims = read(tmp_path, text).claims

    assert [claim.severity for claim in claims] == ["high"]
    assert ("deploy/docker/Dockerfile", 12, 12) in claims[0].places


def test_a_finding_without_a_place_is_listed_as_unread(tmp_path: Path) -> None:
    report = read(tmp_path, "### Bad\n- Risk level: High\n- Description: somewhere it is bad\n")

    assert report.claims == ()
    assert report.unread == ("Bad: names no file of the project",)


def test_an_empty_file_is_a_report_without_claims(tmp_path: Path) -> None:
    assert read(tmp_path, "  \n") == Report(())


def test_sarif_of_another_tool_is_read(tmp_path: Path) -> None:
    document = {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "x", "rules": [{"id": "X1", "properties": {
                    "security-severity": "7.5", "tags": ["external/cwe/cwe-250"]}}]}},
                "results": [
                    {"ruleId": "X1", "message": {"text": "runs as root"}, "locations": [
                        {"physicalLocation": {"artifactLocation": {
                            "uri": "deploy/docker/Dockerfile"}, "region": {"startLine": 12}}}]},
                    {"ruleId": "X1", "message": {"text": "dismissed"}, "suppressions": [{}]},
                ],
            }
        ],
    }  # fmt: skip

    (claim,) = read(tmp_path, json.dumps(document)).claims

    assert (claim.severity, claim.cwes) == ("high", ("CWE-250",))
    assert claim.places == (("deploy/docker/Dockerfile", 12, 12),)


def test_vex_is_read_and_what_it_acquits_is_left_out(tmp_path: Path) -> None:
    document = {
        "bomFormat": "CycloneDX",
        "components": [{"bom-ref": "c", "evidence": {"occurrences": [
            {"location": "setup.py", "line": 3}]}}],
        "vulnerabilities": [
            {"id": "CVE-1", "cwes": [94], "ratings": [{"severity": "critical"}],
             "affects": [{"ref": "c"}], "analysis": {"state": "exploitable"}},
            {"id": "CVE-2", "affects": [{"ref": "c"}], "analysis": {"state": "not_affected"}},
        ],
    }  # fmt: skip

    (claim,) = read(tmp_path, json.dumps(document)).claims

    assert (claim.severity, claim.cwes, claim.places) == (
        "critical", ("CWE-94",), (("setup.py", 3, 3),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{broken", "not"),
        ('{"runs": [{"results": 3}]}', "malformed"),
        ('{"something": 1}', "neither"),
        ("[1, 2]", "neither"),
        ('{"findings": [{"rule": "x"}]}', "malformed"),
    ],
)
def test_a_malformed_report_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UnreadableReport, match=words):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("setup.py:3", {("setup.py", 3, 3)}),
        ("setup.py:3-9", {("setup.py", 3, 9)}),
        ("`setup.py` (lines 3–9)", {("setup.py", 3, 9)}),
        ("setup.py lines 3, 7 and 9", {("setup.py", 3, 3), ("setup.py", 7, 7), ("setup.py", 9, 9)}),
        ("https://example.com/blob/main/setup.py#L3-L9", set()),
        ("Dockerfile line 4", {("deploy/docker/Dockerfile", 4, 4)}),
        ("train.py is ambiguous", set()),
        ("training/train.py is not", {("src/training/train.py", 0, 0)}),
        ("see setup.py.", {("setup.py", 0, 0)}),
        ("other.py:3", set()),
        (".gitlab-ci.yml:7", {(".gitlab-ci.yml", 7, 7)}),
    ],
)
def test_places_in_prose(text: str, places: set[tuple[str, int, int]]) -> None:
    assert set(Places(FILES).find(text)) == places


@given(st.text(alphabet=st.sampled_from("#*-|:` \nabc1.Hhigh/setup.py"), max_size=300))
def test_any_text_is_a_report(text: str) -> None:
    read_markdown(text, FILES)
