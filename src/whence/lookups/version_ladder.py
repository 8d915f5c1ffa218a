"""A package's versions that matter, in order, with places on and between them.

Every advisory is turned once, when the snapshot is written, into stretches of a ladder whose rungs
are the versions at which some verdict changes. Looking a pin up then costs one binary search, and
every advisory of the package a comparison of small integers.

Place `2 * i + 1` is rung `i` itself; place `2 * i` is everything below it and above rung `i - 1`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import TypeAlias

from packaging.version import InvalidVersion, Version

from whence.lookups.osv import Affected, Range, bound
from whence.lookups.version_intervals import BOTTOM, TOP, Edge, Interval, after, before
from whence.lookups.version_order import Ordered, Reading

Stretch: TypeAlias = tuple[int, int]
"""First and last place of a run, both included."""

_version = lru_cache(maxsize=65536)(Version)


class Ladder:
    """Rungs in ascending order, read only where a search touches them."""

    def __init__(self, rungs: Sequence[str], read: Reading) -> None:
        self.rungs = rungs
        self._read = read

    @cached_property
    def top(self) -> int:
        """The place above the last rung."""
        return 2 * len(self.rungs)

    def place(self, version: Ordered) -> int:
        """Where a version stands."""
        # Rungs are versions, so that reading them never fails; asking each would cost a third.
        index = bisect_left(self.rungs, version, key=self._read)  # type: ignore[arg-type]
        on_rung = index < len(self.rungs) and self._read(self.rungs[index]) == version
        return 2 * index + on_rung

    def at(self, index: int) -> Ordered:
        """A rung's version."""
        return self._rung(self.rungs[index])

    def _rung(self, text: str) -> Ordered:
        version = self._read(text)
        if version is None:
            raise InvalidVersion(text)
        return version

    def places(self, version: Ordered) -> tuple[int, ...]:
        """Where a pin stands: its public version and, if it has a local part, also itself."""
        if not isinstance(version, Version) or version.local is None:
            return (self.place(version),)
        return (self.place(_version(version.public)), self.place(version))

    def interval(self, stretch: Stretch) -> Interval:
        """The same stretch as an interval of PEP 440 versions."""
        return (self._low(stretch[0]), self._high(stretch[1]))

    def _low(self, place: int) -> Edge:
        if place % 2:
            return before(_version(self.rungs[place // 2]))
        return after(_version(self.rungs[place // 2 - 1])) if place else BOTTOM

    def _high(self, place: int) -> Edge:
        if place == self.top:
            return TOP
        rung = _version(self.rungs[place // 2])
        return after(rung) if place % 2 else before(rung)

    def version(self, index: int) -> Version:
        """A rung's version, where they are PEP 440's."""
        return _version(self.rungs[index])


class Extent:
    """Which places of a ladder an advisory covers, and what of it could not be read.

    `stretches` are sorted and disjoint. `literals` are listed versions that cannot be read and
    match only letter by letter. `unreadable` are range bounds that are none either.
    """

    def __init__(
        self, stretches: tuple[Stretch, ...], literals: tuple[str, ...], unreadable: tuple[str, ...]
    ) -> None:
        self.stretches = stretches
        self.literals = literals
        self.unreadable = unreadable


def laddered(entries: Sequence[Affected], read: Reading) -> tuple[tuple[str, ...], list[Extent]]:
    """Rungs for one package, and the extent on them of each of its advisory entries.

    A version is affected where a range or the list of versions says so: they disagree often.
    """
    spelling = _spellings(entries, read)
    ordered = sorted(spelling)
    index = {version: i for i, version in enumerate(ordered)}
    covers = [_covered(entry, index, read) for entry in entries]
    kept = sorted({rung for cover in covers for rung in _edges(cover, len(ordered))})
    renumbered = {old: new for new, old in enumerate(kept)}
    extents = [
        Extent(
            tuple(_renumbered(stretch, renumbered, len(ordered)) for stretch in cover),
            tuple(sorted({v for v in entry.versions or () if read(v) is None})),
            _unreadable(entry, read),
        )
        for entry, cover in zip(entries, covers, strict=True)
    ]
    return tuple(spelling[ordered[old]] for old in kept), extents


def _spellings(entries: Iterable[Affected], read: Reading) -> dict[Ordered, str]:
    """One spelling per version: as released where a list names it, else as a bound writes it."""
    listed: dict[Ordered, str] = {}
    stated: dict[Ordered, str] = {}
    for entry in entries:
        for text in entry.versions or ():
            if (version := read(text)) is not None:
                listed[version] = min(listed.get(version, text), text, key=_plainness)
        for one in entry.version_ranges:
            for _, text in (turn for event in one.events for turn in event.turns()):
                if (found := bound(text, read)) is not None:
                    stated[found.version] = min(
                        stated.get(found.version, found.text), found.text, key=_plainness
                    )
    return stated | listed


def _plainness(text: str) -> tuple[int, str]:
    return len(text), text


def _unreadable(entry: Affected, read: Reading) -> tuple[str, ...]:
    texts = {
        text
        for one in entry.version_ranges
        for event in one.events
        for _, text in event.turns()
        if (found := bound(text, read)) is None or not found.exact
    }
    return tuple(sorted(texts))


def _covered(entry: Affected, index: dict[Ordered, int], read: Reading) -> tuple[Stretch, ...]:
    places: list[Stretch] = []
    for one in entry.version_ranges:
        places.extend(_range_stretches(one, index, read))
    for text in entry.versions or ():
        if (version := read(text)) is not None:
            places.append((2 * index[version] + 1, 2 * index[version] + 1))
    return _merged(places)


def _range_stretches(one: Range, index: dict[Ordered, int], read: Reading) -> list[Stretch]:
    """The runs of a range whose events count in version order, equal versions in file order."""
    turns: dict[int, list[str]] = {}
    limits: list[int] = []
    for kind, text in (turn for event in one.events for turn in event.turns()):
        if kind == "introduced" and text == "0":
            turns.setdefault(-1, []).append(kind)
            continue
        found = bound(text, read)
        if found is None:
            continue
        rung = 2 * index[found.version] + 1
        if kind == "limit":
            limits.append(rung - 1)
        else:
            turns.setdefault(rung, []).append(kind)
    last = max(limits) if limits else 2 * len(index)
    runs = _runs(sorted(turns.items()), 2 * len(index))
    return [(low, min(high, last)) for low, high in runs if low <= last]


def _runs(turns: list[tuple[int, list[str]]], top: int) -> list[Stretch]:
    """Stretches where the last turn at or below opens; `last_affected` turns just above its rung."""
    runs: list[Stretch] = []
    start: int | None = None
    for place, kinds in turns:
        at_once = [kind for kind in kinds if kind != "last_affected"]
        for where, kind in ((place, at_once[-1:]), (place + 1, kinds[-1:])):
            if kind == ["introduced"] and start is None:
                start = max(where, 0)
            elif kind and kind != ["introduced"] and start is not None:
                if start < where:
                    runs.append((start, where - 1))
                start = None
    if start is not None:
        runs.append((start, top))
    return runs


def _merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for low, high in sorted(stretches):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def _edges(cover: tuple[Stretch, ...], rungs: int) -> Iterable[int]:
    for low, high in cover:
        if low:
            yield (low - 1) // 2
        if high < 2 * rungs:
            yield high // 2


def _renumbered(stretch: Stretch, renumbered: dict[int, int], rungs: int) -> Stretch:
    low, high = stretch
    if low:
        low = 2 * renumbered[(low - 1) // 2] + (1 if low % 2 else 2)
    high = 2 * len(renumbered) if high == 2 * rungs else 2 * renumbered[high // 2] + high % 2
    return low, high
