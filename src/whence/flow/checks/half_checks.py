"""Tests of a name that were written to keep a path below a folder, and do not.

Who tests a name before it becomes part of a path expects others to choose it, whoever that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whence.flow.checks.confinement import ABSOLUTE, LEADING
from whence.flow.program.leaf import Leaf
from whence.vocabulary.fact.code import Guard, Origin, OriginKind

_CONFINES = frozenset({"confined", "allow-list", "members"})


def half_checked(pairs: Iterable[tuple[Origin, Leaf]]) -> Iterator[Origin]:
    """The origins that are parts of a path and whose test lets `..` or absolute names through."""
    for origin, leaf in pairs:
        if origin.kind is OriginKind.UNKNOWN and may_be_tested(leaf):
            confined = any(guard.holds and guard.kind in _CONFINES for guard in origin.guards)
            if not confined and any(fails(guard) for guard in origin.guards):
                yield origin


def may_be_tested(leaf: Leaf) -> bool:
    """Whether a leaf is a name that a caller of a function gives, and so may be tested in it."""
    return leaf.kind is None and leaf.named


def fails(guard: Guard) -> bool:
    """Whether a test was to keep a path inside and does not, or only names characters."""
    if guard.kind == "characters":
        return guard.holds
    told = guard.why.startswith("commonprefix") or guard.why in (ABSOLUTE, LEADING)
    return told and not guard.holds
