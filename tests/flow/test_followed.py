"""Small projects in Markdown: a download reaches exactly the marked calls of `pickle`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, OriginKind
from whence.vocabulary.page import Example, parse_example

FETCHED = (OriginKind.NETWORK, OriginKind.DATA_ROW)
PROJECTS = {
    f"{file.stem}: {title}": parse_example(body)
    for file in sorted((Path(__file__).parent / "followed").glob("*.md"))
    for title, _, body in (
        piece.partition("\n") for piece in re.split(r"(?m)^## ", file.read_text("utf-8"))[1:]
    )
}


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_a_download_is_followed_to_the_marked_lines_and_no_others(project: Example) -> None:
    found = {
        (load.span.path, load.span.first)
        for load in concluded(dict(project.files), Deserialization)
        if load.comes_from(*FETCHED)
    }

    assert found == set(project.marked)
