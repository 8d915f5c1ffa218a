"""Audited text cannot make a regular expression of whence slow.

Steps are counted, not timed. Most patterns take steps in proportion to their text. Those whose steps
grow with its square are listed in squares.txt: none is added, and one that was mended is taken off.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patterns import Pattern, growth, modules_of, patterns_of

import whence

SQUARES = Path(__file__).with_name("squares.txt")
# The one kind of pattern that cannot be read off the code: put together from escaped names.
PUT_TOGETHER = Path(__file__).with_name("put_together.txt")


@pytest.fixture(autouse=True)
def deep() -> Iterator[None]:
    """The counting matcher calls itself for each part of a match."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"a+", 1),
        (r"(?<!\w)\w+=", 1),
        (r"\b\w++=", 1),
        (r"<!--.{0,200}?-->", 1),
        (r"(?:\S++\s*+)*+x", 2),
        (r"\s+$", 2),
        (r"\w+=", 2),
        (r"<!--.*?-->", 2),
        (r"\s*(.*?)\s*:", 3),
        (r"^(.*),(.*),(.*)$", 3),
        (r"(a+)+$", 3),
        (r"(a|a)*b", 3),
        (r"(?i)(?:x+x+)+y", 3),
        (r"(\w+\s?)*:", 3),
    ],
)
def test_growth_of_steps_is_told_for_good_and_bad_patterns(pattern: str, expected: int) -> None:
    assert growth(Pattern(pattern, 0, "planted"))[0] == expected


def test_a_pattern_that_is_only_asked_from_the_start_is_judged_so() -> None:
    assert growth(Pattern(r"\w+=", 0, "planted", anchored=True))[0] == 1
    assert growth(Pattern(r"\s*-?\s*x", 0, "planted", anchored=True))[0] == 2


@pytest.mark.slow
def test_no_pattern_takes_steps_that_outgrow_its_text() -> None:
    found, _ = patterns_of(modules_of(whence, ("whence.challenge.",)))
    assert len(found) > 500

    grown = {each.shown: told for each in found if (told := growth(each))[0] > 1}

    assert {place: told for place, told in grown.items() if told[0] > 2} == {}
    assert sorted(grown) == SQUARES.read_text().splitlines()


def test_every_pattern_that_is_put_together_at_run_time_is_known() -> None:
    _, computed = patterns_of(modules_of(whence, ("whence.challenge.",)))

    assert computed == PUT_TOGETHER.read_text().splitlines()
