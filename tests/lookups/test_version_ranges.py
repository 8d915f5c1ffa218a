"""Ranges without a lock: what they admit, what they may lead to, and what stays silent."""

import json
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from osv_exports import between, record, trapped_records
from osv_exports import version as random_version
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from whence.lookups.advisories import Advisories, Match
from whence.lookups.advisory_table import tabulated
from whence.lookups.osv import document
from whence.lookups.reach import Verdict
from whence.lookups.version_intervals import admitted, before, complement, intersection

TODAY = date(2026, 7, 23)


def advisories(*records: dict[str, Any]) -> Advisories:
    documents = [document(json.dumps(one).encode()) for one in records]
    return Advisories(tabulated(documents, source="t", licence="t", today=TODAY))


def judged(found: Advisories, specifiers: str, releases: list[str] | None = None) -> Match | None:
    matches = found.match_range("p", SpecifierSet(specifiers), releases).matches
    return matches[0] if matches else None


def verdict(found: Advisories, specifiers: str, releases: list[str] | None = None) -> object:
    match = judged(found, specifiers, releases)
    return match and (match.verdict, match.newest_affected)


NUMBERS = st.lists(st.integers(0, 2), min_size=1, max_size=3).map(lambda n: ".".join(map(str, n)))
VERSIONS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "", "1!"]),
        NUMBERS,
        st.sampled_from(["", "", "a1", "rc2", "b0"]),
        st.sampled_from(["", "", ".post0", ".post1"]),
        st.sampled_from(["", "", ".dev1"]),
    ),
)
SPECIFIERS = st.one_of(
    st.builds("".join, st.tuples(st.sampled_from(["==", "!="]), NUMBERS, st.just(".*"))),
    st.builds(
        "".join,
        st.tuples(st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "~=", "==="]), VERSIONS),
    ),
)


def valid(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


SETS = st.lists(SPECIFIERS.filter(valid), max_size=3).map(",".join)


def holds(specifiers: SpecifierSet, version: Version) -> bool:
    edge = before(version)
    return any(low <= edge < high for low, high in admitted(specifiers))


@settings(max_examples=600, deadline=None)
@given(SETS, VERSIONS.map(Version))
@example(">1.0a1", Version("1.0a1.post1"))
@example(">1.0a1", Version("1.0.post1"))
@example(">1.0", Version("1.0.post1"))
@example(">1.0.post1", Version("1.0.post2"))
@example("<1.0", Version("1.0.dev1"))
@example("<1.0.post1", Version("1.0"))
@example("~=1.4.5", Version("1.4.9"))
@example("!=1.0.*", Version("1.0rc1"))
def test_intervals_admit_what_packaging_admits(text: str, version: Version) -> None:
    specifiers = SpecifierSet(text)
    if "===" in text and any(s.version != str(version) for s in specifiers if s.operator == "==="):
        return
    assert holds(specifiers, version) == specifiers.contains(version, prereleases=True)


@settings(max_examples=100, deadline=None)
@given(SETS, SETS, VERSIONS.map(Version))
def test_intervals_form_an_algebra(one: str, other: str, version: Version) -> None:
    left, right = admitted(SpecifierSet(one)), admitted(SpecifierSet(other))
    edge = before(version)

    def within(intervals: Any) -> bool:
        return any(low <= edge < high for low, high in intervals)

    assert within(intersection(left, right)) == (within(left) and within(right))
    assert within(complement(left)) == (not within(left))


@pytest.mark.parametrize("seed", range(4))
def test_verdicts_without_an_index_hold_for_every_release_that_may_exist(seed: int) -> None:
    pick = random.Random(seed)
    found = advisories(*trapped_records(seed, 150))
    pool = sorted({Version(random_version(pick)) for _ in range(400)})
    for _ in range(60):
        low, high = sorted((pick.choice(pool), pick.choice(pool)))
        text = pick.choice(
            [f">={low.public},<{high.public}", f">={low.public}", f"<={high.public}"]
        )
        specifiers, name = SpecifierSet(text), f"package-{pick.randint(0, 36)}"
        chosen = [v for v in pool if specifiers.contains(v)]
        verdicts = {
            match.advisory.key: match.verdict
            for match in found.match_range(name, specifiers).matches
        }
        affected = [{m.advisory.key for m in found.match(name, str(v)).matches} for v in chosen]
        for key in set().union(*affected):
            assert key in verdicts, (name, text, key)
        for key, judgement in verdicts.items():
            if judgement is Verdict.AFFECTED:
                for version, hit in zip(chosen, affected, strict=True):
                    assert key in hit, (name, text, str(version))


def test_a_lower_bound_alone_is_known_to_resolve_past_the_fix() -> None:
    found = advisories(record("A-1", "p", ranges=[between("0", "1.22")]))
    assert verdict(found, ">=1.20") == (Verdict.MAY_RESOLVE, False)
    assert verdict(found, ">=1.22") is None
    assert verdict(found, "") == (Verdict.MAY_RESOLVE, False)


def test_an_upper_bound_below_the_fix_is_affected_whatever_is_picked() -> None:
    found = advisories(record("A-1", "p", ranges=[between("0", "3.1")]))
    match = judged(found, ">=2.0,<3")
    assert match is not None
    assert (match.verdict, match.newest_affected, match.fixed) == (Verdict.AFFECTED, True, "3.1")


def test_an_affected_top_with_a_clean_bottom_may_resolve_to_affected() -> None:
    found = advisories(record("A-1", "p", ranges=[between("3.2", "3.2.15")]))
    assert verdict(found, ">=3.0,<3.2.10") == (Verdict.MAY_RESOLVE, True)
    assert verdict(found, ">=3.0,<3.2") is None


def test_without_a_known_later_release_the_newest_stays_unknown() -> None:
    last = advisories(record("A-1", "p", ranges=[[{"introduced": "0"}, {"last_affected": "2"}]]))
    assert verdict(last, ">=1") == (Verdict.MAY_RESOLVE, None)
    listed = advisories(record("A-1", "p", versions=["8.3.41", "8.3.42"]))
    assert verdict(listed, ">=8.3") == (Verdict.MAY_RESOLVE, None)


def test_a_fix_that_is_a_pre_release_is_not_what_an_installer_takes() -> None:
    found = advisories(record("A-1", "p", ranges=[between("0", "2.0rc1")]))
    assert verdict(found, ">=1") == (Verdict.MAY_RESOLVE, None)
    assert verdict(found, ">=1.0a1") == (Verdict.MAY_RESOLVE, False)


def test_an_unfixed_advisory_affects_every_open_range() -> None:
    found = advisories(record("A-1", "p", ranges=[[{"introduced": "0"}]]))
    match = judged(found, ">=1")
    assert match is not None
    assert (match.verdict, match.fixed) == (Verdict.AFFECTED, "")


def test_the_releases_of_an_index_decide_exactly() -> None:
    found = advisories(record("A-1", "p", ranges=[between("1.5", "2.0")]))
    assert verdict(found, ">=1", ["1.0", "1.6", "2.0"]) == (Verdict.MAY_RESOLVE, False)
    assert verdict(found, ">=1", ["1.0", "1.6", "2.0rc1", "nonsense"]) == (
        Verdict.MAY_RESOLVE,
        True,
    )
    assert verdict(found, ">=1.5", ["1.0", "1.6", "1.7"]) == (Verdict.AFFECTED, True)
    assert verdict(found, ">=1", ["1.0", "2.0"]) is None


def test_a_range_that_no_release_fits_is_undecided() -> None:
    found = advisories(record("A-1", "p", ranges=[between("0", "2.0")]))
    answer = found.match_range("p", SpecifierSet(">=5"), ["1.0"])
    assert answer.matches == ()
    assert "no release of the index fits" in answer.undecided[0].reason


def test_absurd_numbers_do_not_break_the_order() -> None:
    huge = "9" * 400
    assert admitted(SpecifierSet(f">=1a{huge},<{huge}"))


@pytest.mark.parametrize("name", ["numpy", "requests", "torch", "tensorflow", "pyyaml", "pillow"])
def test_a_plain_lower_bound_on_a_popular_package_is_never_surely_affected(name: str) -> None:
    found = Advisories.embedded().match_range(name, SpecifierSet(">=1.0"))
    assert not [match for match in found.matches if match.newest_affected]
