"""What a range of versions can lead to: three verdicts, and what a fresh install would take."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from whence.lookups.version_intervals import Interval, before, complement, intersection
from whence.lookups.version_ladder import Ladder, Stretch


class Verdict(StrEnum):
    """What an advisory means for a requirement."""

    AFFECTED = "affected"
    MAY_RESOLVE = "may resolve to affected"
    NOT_AFFECTED = "not affected"


class Reach(msgspec.Struct, frozen=True):
    """The verdict on a range, whether its newest release is affected, and where it stops being so.

    `newest_affected` is None where the newest release is not known. `top` is the highest
    affected place that the range admits, None if there is none or it cannot be placed.
    """

    verdict: Verdict
    newest_affected: bool | None
    top: int | None

    def strength(self) -> tuple[bool, int]:
        """Orders reaches from harmless to certain."""
        newest = {True: 2, None: 1, False: 0}[self.newest_affected]
        return (self.verdict is Verdict.AFFECTED, newest)


UNREACHED = Reach(Verdict.NOT_AFFECTED, False, None)


def reach_of_releases(stretches: Sequence[Stretch], places: Sequence[tuple[int, ...]]) -> Reach:
    """Judge the releases that a range admits, in ascending order, each by its places."""
    hits = [
        any(low <= place <= high for place in of_one for low, high in stretches)
        for of_one in places
    ]
    if not any(hits):
        return UNREACHED
    verdict = Verdict.AFFECTED if all(hits) else Verdict.MAY_RESOLVE
    top = max(max(of_one) for of_one, hit in zip(places, hits, strict=True) if hit)
    return Reach(verdict, hits[-1], top)


def reach_of_range(
    ladder: Ladder,
    stretches: Sequence[Stretch],
    allowed: tuple[Interval, ...],
    pre_releases: bool,
) -> Reach:
    """Judge the versions that a range allows by what the advisories say, without the releases.

    Affected: whatever it resolves to is affected. Otherwise, where it admits an affected
    version, it may resolve to one; the newest is clean where a known fix stands above all that
    is affected, affected where the top of the range is, and unknown where neither can be shown.
    `pre_releases` says whether the range asks for them; an installer takes none otherwise.
    """
    affected = tuple(ladder.interval(stretch) for stretch in stretches)
    common = intersection(allowed, affected)
    if not common:
        return UNREACHED
    top = _top_place(ladder, stretches, allowed)
    clean = intersection(allowed, complement(affected))
    if not clean:
        return Reach(Verdict.AFFECTED, True, top)
    if _known_clean_above(ladder, pre_releases, clean, common[-1]):
        return Reach(Verdict.MAY_RESOLVE, False, top)
    at_top = common[-1][1] == allowed[-1][1]
    return Reach(Verdict.MAY_RESOLVE, True if at_top else None, top)


def _top_place(ladder: Ladder, stretches: Sequence[Stretch], allowed: tuple[Interval, ...]) -> int:
    """A place within the highest stretch that the range admits, from which a fix can be sought."""
    reached = [s for s in stretches if intersection(allowed, (ladder.interval(s),))]
    return reached[-1][1]


def _known_clean_above(
    ladder: Ladder,
    pre_releases: bool,
    clean: tuple[Interval, ...],
    affected: Interval,
) -> bool:
    """Whether some final release that the advisories name is admitted, clean and above."""
    for index in range(len(ladder.rungs) - 1, -1, -1):
        version = ladder.version(index)
        edge = before(version)
        if edge < affected[1]:
            return False
        taken = pre_releases or not version.is_prerelease
        if taken and any(low <= edge < high for low, high in clean):
            return True
    return False
