"""Audited text cannot make a regular expression of whence slow."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
import whence
from patterns import Pattern, modules_of, patterns_of, slow_text

LEFT_OUT = ("whence.challenge.",)


@pytest.fixture(autouse=True)
def deep() -> Iterator[None]:
    """The counting matcher calls itself for each part of a match."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


def test_every_pattern_takes_steps_in_proportion_to_its_text() -> None:
    found, _ = patterns_of(modules_of(whence, LEFT_OUT))
    assert len(found) > 500

    slow = {each.place: text for each in found if (text := slow_text(each)) is not None}

    assert slow == {}
