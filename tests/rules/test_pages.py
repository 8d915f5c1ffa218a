"""Every rule's page is its test: the bad example is found on its lines, the good one is silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import audit_project, missing_marks

from whence.judge import cvss
from whence.rules import every_rule
from whence.vocabulary.page import Example
from whence.vocabulary.rule import Rule

RULES = every_rule()
BAD = [
    pytest.param(rule, example, id=f"{rule.id}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.page.bad)
]
GOOD = [
    pytest.param(rule, example, id=f"{rule.id}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.page.good)
]


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_finds_the_bad_example_on_its_marked_lines(
    rule: Rule, example: Example, tmp_path: Path
) -> None:
    result = audit_project(example, tmp_path, rule.id)

    assert example.marked, "a bad example marks the lines of its finding"
    assert not [each for each in result.not_audited if each.fault]
    assert result.open_findings
    assert not missing_marks(example, result)
    leads = {finding.evidence[0].span.path for finding in result.open_findings}
    assert leads <= {path for path, _ in example.marked}, "found elsewhere than marked"


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_looks_at_the_good_example_and_stays_quiet(
    rule: Rule, example: Example, tmp_path: Path
) -> None:
    result = audit_project(example, tmp_path, rule.id)

    assert not [each for each in result.not_audited if each.fault]
    assert [finding.description for finding in result.open_findings] == []
    assert result.coverage[0].looked_at, "silence must mean: looked and found nothing"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_scores_within_the_band_of_its_severity(rule: Rule) -> None:
    assert cvss.band(cvss.score(rule.page.metrics).base) is rule.severity


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_names_its_weakness_and_explains_the_danger(rule: Rule) -> None:
    assert any(reference.startswith("CWE-") for reference in rule.references)
    assert rule.page.summary.endswith(".")
    assert rule.page.danger
    assert "```" in rule.page.fix, "a fix comes with code"
