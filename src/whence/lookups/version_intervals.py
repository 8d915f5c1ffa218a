"""Sets of PEP 440 versions as half-open intervals, so that ranges can be compared with ranges.

`packaging` answers "is this version in that specifier"; an audit of a requirement without a lock
also asks "does this specifier admit an affected version", "nothing but affected ones" and "what
stands at its top". Source of the ordering and of every operator's meaning: PyPA's version
specifiers specification.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

Edge: TypeAlias = tuple[float, tuple[int, ...], tuple[float, float], float, float, int]
"""A cut between versions: epoch, release, pre, post, dev, and 0 before or 1 after that version."""

Interval: TypeAlias = tuple[Edge, Edge]

_INFINITY = float("inf")
BOTTOM: Edge = (-1, (), (0, 0), 0, 0, 0)
TOP: Edge = (_INFINITY, (), (0, 0), 0, 0, 0)
EVERYTHING: tuple[Interval, ...] = ((BOTTOM, TOP),)

_BEFORE_ALL_OF_RELEASE = (-2.0, 0.0)
_DEVELOPMENT_ONLY = (-1.0, 0.0)
_FINAL = (3.0, 0.0)
_AFTER_ALL_OF_RELEASE = (4.0, 0.0)
_PRE_PHASES = {"a": 0.0, "b": 1.0, "rc": 2.0}


def before(version: Version) -> Edge:
    """The cut just below a version; its local versions lie above the cut."""
    return _edge(version, 0)


def after(version: Version) -> Edge:
    """The cut just above a version and all its local versions."""
    return _edge(version, 1)


def _edge(version: Version, side: int) -> Edge:
    pre = _FINAL
    if version.pre is not None:
        pre = (_PRE_PHASES[version.pre[0]], version.pre[1])
    elif version.post is None and version.dev is not None:
        pre = _DEVELOPMENT_ONLY
    post = -1.0 if version.post is None else version.post
    dev = _INFINITY if version.dev is None else version.dev
    return (version.epoch, _stripped(version.release), pre, post, dev, side)


def _stripped(release: tuple[int, ...]) -> tuple[int, ...]:
    end = len(release)
    while end and release[end - 1] == 0:
        end -= 1
    return release[:end]


def _release_edge(epoch: int, release: tuple[int, ...], phase: tuple[float, float]) -> Edge:
    return (epoch, _stripped(release), phase, 0, 0, 0)


def _prefix(epoch: int, release: tuple[int, ...]) -> Interval:
    following = (*release[:-1], release[-1] + 1)
    return (
        _release_edge(epoch, release, _BEFORE_ALL_OF_RELEASE),
        _release_edge(epoch, following, _BEFORE_ALL_OF_RELEASE),
    )


def intersection(left: Iterable[Interval], right: Iterable[Interval]) -> tuple[Interval, ...]:
    """Versions in both sets; each argument sorted and disjoint, and so is the result."""
    return tuple(_overlaps(tuple(left), tuple(right)))


def _overlaps(left: tuple[Interval, ...], right: tuple[Interval, ...]) -> Iterator[Interval]:
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low < high:
            yield (low, high)
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1


def complement(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Versions outside a sorted, disjoint set."""
    gaps = []
    low = BOTTOM
    for start, end in intervals:
        if low < start:
            gaps.append((low, start))
        low = end
    if low < TOP:
        gaps.append((low, TOP))
    return tuple(gaps)


def admitted(specifiers: SpecifierSet) -> tuple[Interval, ...]:
    """Every version that the specifiers admit, pre-releases included; `===` admits its version."""
    allowed = EVERYTHING
    for specifier in specifiers:
        allowed = intersection(allowed, _admitted_by_one(specifier))
    return allowed


def _admitted_by_one(specifier: Specifier) -> tuple[Interval, ...]:
    operator, text = specifier.operator, specifier.version
    if text.endswith(".*"):
        base = Version(text[:-2])
        prefix = (_prefix(base.epoch, base.release),)
        return complement(prefix) if operator == "!=" else prefix
    if operator == "===":
        return _exactly(text)
    version = Version(text)
    match operator:
        case "==":
            return ((before(version), after(version)),)
        case "!=":
            return complement(((before(version), after(version)),))
        case ">=":
            return ((before(version), TOP),)
        case "<=":
            return ((BOTTOM, after(version)),)
        case ">":
            return ((_exclusive_low(version), TOP),)
        case "<":
            return ((BOTTOM, _exclusive_high(version)),)
        case _:
            prefix = (_prefix(version.epoch, version.release[:-1]),)
            return intersection(((before(version), TOP),), prefix)


def _exactly(text: str) -> tuple[Interval, ...]:
    try:
        version = Version(text)
    except InvalidVersion:
        return ()
    return ((before(version), after(version)),)


def _exclusive_low(version: Version) -> Edge:
    """`>1.7` leaves out 1.7.post1 too, unless the bound is itself a post-release."""
    if version.post is not None or version.dev is not None:
        return after(version)
    if version.pre is None:
        return _release_edge(version.epoch, version.release, _AFTER_ALL_OF_RELEASE)
    edge = after(version)
    return (*edge[:3], _INFINITY, 0, 0)


def _exclusive_high(version: Version) -> Edge:
    """`<1.7` leaves out 1.7rc1 too, unless the bound is itself a pre-release."""
    if version.is_prerelease:
        return before(version)
    if version.post is None:
        return (version.epoch, _stripped(version.release), _DEVELOPMENT_ONLY, -1, -1, 0)
    return (version.epoch, _stripped(version.release), _FINAL, version.post, -1, 0)
