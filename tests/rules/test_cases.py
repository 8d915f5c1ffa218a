"""Harder cases: Markdown files that hold small projects, one folder per rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import audit_project, lines_found, missing_marks

from whence.vocabulary.page import parse_example

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*/*.md"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_case_is_found_exactly_where_it_is_marked(case: Path, tmp_path: Path) -> None:
    example = parse_example(case.read_text("utf-8"))

    result = audit_project(example, tmp_path, case.parent.name)

    assert not [each for each in result.not_audited if each.fault]
    assert not missing_marks(example, result)
    if not example.marked:
        assert [finding.description for finding in result.open_findings] == []
    unmarked = {path for path, _ in lines_found(result)} - {path for path, _ in example.marked}
    leads = {finding.evidence[0].span.path for finding in result.open_findings}
    assert not leads & unmarked, "found in a file that has no mark"
