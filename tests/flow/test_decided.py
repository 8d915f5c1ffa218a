"""Small projects in Markdown: the finding shows the load and the line elsewhere that decides it.

A project without marks decides nothing that matters, and is silent.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from whence import audit
from whence.config import Config
from whence.vocabulary.page import Example, parse_example

RULES = ("unsafe-deserialization", "code-evaluation")
PROJECTS = {
    f"{file.stem}: {title}": parse_example(body)
    for file in sorted((Path(__file__).parent / "decided").glob("*.md"))
    for title, _, body in (
        piece.partition("\n") for piece in re.split(r"(?m)^## ", file.read_text("utf-8"))[1:]
    )
}


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_the_line_that_decides_is_shown_with_the_load(project: Example, tmp_path: Path) -> None:
    for path, content in project.files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    result = audit(tmp_path, config=Config(offline=True, only=RULES), use_cache=False)

    shown = {
        (each.span.path, line)
        for finding in result.open_findings
        for each in finding.evidence
        for line in range(each.span.first, each.span.last + 1)
    }
    assert set(project.marked) <= shown
    assert project.marked or not result.open_findings
