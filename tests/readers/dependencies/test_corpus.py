"""Every file of the corpus is read to the last line, with exact places, whatever is wrong in it."""

from __future__ import annotations

import pytest
from corpus import cases, rendered

CASES = [pytest.param(*case[1:], id=case[0]) for case in cases()]


@pytest.mark.parametrize(("path", "content", "expected"), CASES)
def test_file_gives_exactly_these_facts(path: str, content: bytes, expected: str) -> None:
    assert rendered(path, content) == expected


def test_corpus_is_as_large_as_promised() -> None:
    assert len(CASES) >= 100
