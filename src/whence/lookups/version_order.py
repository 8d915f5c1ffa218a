"""What a matcher needs of a version, and the order of JavaScript's versions.

Source of the order: Semantic Versioning 2.0.0, section 11, which the npm registry enforces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

import msgspec

_SEMANTIC = re.compile(
    r"[v=]?\s*(\d{1,18})(?:\.(\d{1,18}))?(?:\.(\d{1,18}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?"
)
_LONGEST = 128


class Ordered(Protocol):
    """A version that can be compared with others of its ecosystem, and used as a key."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it comes before another."""

    def __hash__(self) -> int:
        """Equal versions have equal hashes, however they are spelled."""

    @property
    def is_prerelease(self) -> bool:
        """Whether an installer takes it only where it is asked to."""


Reading: TypeAlias = Callable[[str], Ordered | None]
"""Turns text into a version, or into nothing where it is none."""


class SemanticVersion(msgspec.Struct, frozen=True, order=True):
    """A version of the npm registry; what was built from it does not count.

    A final release comes after its pre-releases. `identifiers` are those of a pre-release, each
    with whether it is a word: numbers come before words, and fewer before more.
    """

    release: tuple[int, int, int]
    final: bool
    identifiers: tuple[tuple[bool, int, str], ...] = ()

    @property
    def is_prerelease(self) -> bool:
        """Whether it has a pre-release part."""
        return not self.final


@lru_cache(maxsize=65536)
def semantic(text: str) -> SemanticVersion | None:
    """The version, or nothing where the text is not one; parts left out are zero."""
    found = _SEMANTIC.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    major, minor, patch = (int(part or 0) for part in found.groups()[:3])
    before = found.group(4)
    words = tuple(
        (False, int(word), "") if word.isdecimal() else (True, 0, word)
        for word in (before.split(".") if before else ())
    )
    return SemanticVersion((major, minor, patch), before is None, words)
