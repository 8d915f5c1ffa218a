"""Every verdict on an exact version agrees with a second matcher that knows only `packaging`."""

import json
import random
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osv_exports import SHARED, between, record, trapped_records, version
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from whence.lookups.advisories import Advisories, Known
from whence.lookups.advisory_table import UnusableTable, decoded, encoded, tabulated
from whence.lookups.osv import document
from whence.lookups.reach import Verdict

TODAY = date(2026, 7, 23)


def advisories(records: list[dict[str, Any]]) -> Advisories:
    """What is known once the records have been read and tabulated."""
    documents = [document(json.dumps(one).encode()) for one in records]
    return Advisories(tabulated(documents, source="t", licence="t", today=TODAY))


@lru_cache(maxsize=100_000)
def plain(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(maxsize=100_000)
def readable_start(text: str) -> Version | None:
    while text and plain(text) is None:
        text = text[:-1]
    return plain(text) if text else None


def naive_ids(records: list[dict[str, Any]], name: str, text: str) -> list[str]:
    """The ids that affect a pin, straight from the documents, one comparison at a time."""
    found = set()
    for one in records:
        if one.get("withdrawn"):
            continue
        for entry in one["affected"]:
            package = entry["package"]
            ours = package["ecosystem"] == "PyPI" and canonicalize_name(package["name"]) == name
            if ours and naive_affected(entry, text):
                found.add(one["id"])
    return sorted(found)


def naive_affected(entry: dict[str, Any], text: str) -> bool:
    listed = entry.get("versions") or []
    if text in listed:
        return True
    wanted = plain(text)
    if wanted is None:
        return False
    pins = {wanted, Version(wanted.public)}
    if any(plain(v) in pins for v in listed if plain(v) is not None):
        return True
    return any(
        naive_in_range(r["events"], pin)
        for r in entry.get("ranges") or []
        for pin in pins
        if r["type"] == "ECOSYSTEM"
    )


def naive_in_range(events: list[dict[str, str]], pin: Version) -> bool:
    turns = []
    for event in events:
        for kind, text in event.items():
            if kind == "introduced" and text == "0":
                turns.append((0, Version("0"), kind))
            elif text and (at := readable_start(text)) is not None:
                turns.append((1, at, kind))
    affected = False
    for rank, at, kind in sorted(turns, key=lambda turn: turn[:2]):
        if kind == "introduced" and (rank == 0 or pin >= at):
            affected = True
        elif (kind == "fixed" and pin >= at) or (kind == "last_affected" and pin > at):
            affected = False
    return affected


def corpus(records: list[dict[str, Any]], count: int) -> Iterator[tuple[str, str]]:
    """Pins on, beside and between the versions that the records name."""
    pick = random.Random(7)
    named: dict[str, list[str]] = defaultdict(list)
    for one in records:
        for entry in one["affected"]:
            texts = named[canonicalize_name(entry["package"]["name"])]
            texts += entry.get("versions") or []
            texts += [t for r in entry.get("ranges") or [] for e in r["events"] for t in e.values()]
    names = sorted(named)
    for _ in range(count):
        name = pick.choice(names)
        text = pick.choice([*named[name], version(pick)])
        ways = ("{}", "{}", "{}", "{}+cu118", "{}.0", "{}rc1", "{}.post1", "{}.1", "{}.dev0")
        yield name, pick.choice(ways).format(text)


def agree(records: list[dict[str, Any]], count: int) -> None:
    ours = Advisories(decoded(encoded(advisories(records)._table)))
    by_package: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in records:
        for name in {canonicalize_name(entry["package"]["name"]) for entry in one["affected"]}:
            by_package[name].append(one)
    hits = 0
    for name, text in corpus(records, count):
        found = sorted(i for m in ours.match(name, text).matches for i in m.advisory.ids)
        assert found == naive_ids(by_package[name], name, text), (name, text)
        hits += bool(found)
    assert hits > count / 10


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_a_naive_matcher_on_every_trap(seed: int) -> None:
    agree(trapped_records(seed), 2000)


if SHARED.is_dir():

    @pytest.mark.slow
    def test_agrees_with_a_naive_matcher_on_real_advisories() -> None:
        with zipfile.ZipFile(SHARED / "osv-pypi.zip") as archive:
            records = [json.loads(archive.read(name)) for name in archive.namelist()]
        agree(records, 5000)


TEXTS = st.sampled_from(
    ["0", "1", "1.0", "1.0a1", "1.0.dev1", "1.0.post1", "1.1", "1.1rc1", "2", "2-NA", "1!0", "?"]
)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["introduced", "fixed", "last_affected"]), TEXTS).map(
        lambda turn: {turn[0]: turn[1]}
    ),
    max_size=6,
)
ENTRIES = st.tuples(st.lists(EVENTS, max_size=3), st.lists(TEXTS, max_size=4))


@settings(max_examples=150, deadline=None)
@given(st.lists(ENTRIES, min_size=1, max_size=4))
def test_agrees_whatever_the_events_and_their_order(
    entries: list[tuple[list[list[dict[str, str]]], list[str]]],
) -> None:
    records = [
        record(f"X-{n}", "p", ranges=ranges, versions=listed)
        for n, (ranges, listed) in enumerate(entries)
    ]
    ours = advisories(records)
    for text in ("0", "0.9", "1.0.dev1", "1.0a1", "1", "1.0.1", "1.1rc1", "1.1", "2+x", "3", "1!0"):
        found = sorted(i for m in ours.match("p", text).matches for i in m.advisory.ids)
        assert found == naive_ids(records, "p", text)


@pytest.fixture
def one_advisory() -> Callable[..., Advisories]:
    return lambda **more: advisories([record("PYSEC-2024-1", "p", **more)])


def test_fix_is_the_smallest_release_past_the_range_that_holds_the_pin(
    one_advisory: Callable[..., Advisories],
) -> None:
    ranges = [between("1.0", "1.4"), between("1.4", "1.6"), between("2.0", "2.5")]
    found = one_advisory(ranges=ranges)
    (match,) = found.match("p", "1.2").matches
    assert (match.fixed, match.verdict) == ("1.6", Verdict.AFFECTED)
    assert found.match("p", "2.1").matches[0].fixed == "2.5"
    assert found.match("p", "1.7").matches == ()


def test_clean_version_is_free_of_every_advisory_and_no_pre_release_if_possible() -> None:
    found = advisories(
        [
            record("PYSEC-2024-1", "p", ranges=[between("0", "1.4")]),
            record("PYSEC-2024-2", "p", ranges=[between("1.3", "2.0rc1")]),
            record("PYSEC-2024-3", "p", ranges=[between("0", "2.1")]),
        ]
    )
    assert found.clean_version("p", "1.0") == "2.1"
    assert found.match("p", "1.0").matches[0].fixed == "1.4"


def test_one_vulnerability_under_two_records_and_packages_is_one_advisory() -> None:
    cve = {"aliases": ["CVE-2024-5"], "ranges": [between("0", "2")]}
    found = advisories(
        [
            record("PYSEC-2024-1", "tensor", **cve),
            record("GHSA-aaaa-bbbb-cccc", "tensor", **cve),
            record("PYSEC-2024-2", "tensor-cpu", **cve),
        ]
    )
    (match,) = found.match("tensor", "1").matches
    assert match.advisory.key == "CVE-2024-5"
    assert match.advisory.ids == ("GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1")
    assert match.advisory.aliases == ("CVE-2024-5", "PYSEC-2024-2")
    assert match.advisory.siblings == ("tensor-cpu",)
    assert found.match("tensor-cpu", "1").matches[0].advisory.key == "CVE-2024-5"


def test_a_missing_severity_stays_unknown_unless_the_same_vulnerability_has_one() -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    found = advisories(
        [
            record("PYSEC-2024-1", "p", ranges=[between("0", "2")]),
            record("PYSEC-2024-2", "q", ranges=[between("0", "2")], aliases=["CVE-2024-1"]),
            record(
                "PYSEC-2024-3",
                "r",
                ranges=[between("0", "2")],
                aliases=["CVE-2024-1"],
                severity=[{"type": "CVSS_V3", "score": vector}],
            ),
        ]
    )
    assert found.match("p", "1").matches[0].advisory.vectors == ()
    assert found.match("q", "1").matches[0].advisory.vectors == (vector,)


def test_a_bound_that_is_no_version_neither_opens_the_range_nor_stops_the_rest(
    one_advisory: Callable[..., Advisories],
) -> None:
    ranges = [[{"introduced": "0"}, {"last_affected": "2.6.0-NA"}], between("3", "4")]
    found = one_advisory(ranges=ranges)
    (match,) = found.match("p", "2.6.0+cu124").matches
    assert match.advisory.unreadable_bounds == ("2.6.0-NA",)
    assert found.match("p", "2.7").matches == ()
    assert len(found.match("p", "3.5").matches) == 1
    assert found.origin.counts["odd_bounds"] == 1


def test_a_pin_that_is_no_version_is_compared_by_letter_and_reported() -> None:
    found = advisories([record("PYSEC-2024-1", "p", versions=["0.1-bulbasaur"])])
    listed, other = found.match("p", "0.1-bulbasaur"), found.match("p", "0.1-charmander")
    assert len(listed.matches) == 1
    assert other.matches == ()
    assert "not a PEP 440 version" in other.undecided[0].reason


def test_an_advisory_without_versions_is_undecided_not_absent(
    one_advisory: Callable[..., Advisories],
) -> None:
    found = one_advisory().match("p", "1.0")
    assert found.matches == ()
    assert found.undecided[0].ids == ("PYSEC-2024-1",)


def test_withdrawn_advisories_are_left_out_and_can_be_explained(
    one_advisory: Callable[..., Advisories],
) -> None:
    found = one_advisory(ranges=[between("0", "2")], withdrawn="2024-03-04T00:00:00Z")
    assert found.match("p", "1").matches == ()
    assert found.withdrawn_on("PYSEC-2024-1") == date(2024, 3, 4)
    assert found.withdrawn_on("PYSEC-2024-2") is None


def test_whether_it_was_known_on_a_day_is_not_guessed_from_an_import_date() -> None:
    plain_one = record("PYSEC-2024-1", "p", ranges=[between("0", "2")], aliases=["CVE-2024-1"])
    imported = record(
        "PYSEC-2026-2",
        "q",
        ranges=[between("0", "2")],
        aliases=["CVE-2019-7"],
        published="2026-07-07T00:00:00Z",
        modified="2027-07-09T00:00:00Z",
    )
    found = advisories([plain_one, imported])
    known = found.match("p", "1").matches[0].advisory
    assert [known.known_on(date(2024, 1, d)) for d in (1, 2)] == [Known.NO, Known.YES]
    late = found.match("q", "1").matches[0].advisory
    assert late.published_is_import
    assert late.modified == TODAY
    assert [late.known_on(date(y, 6, 1)) for y in (2018, 2022)] == [Known.NO, Known.UNKNOWN]
    assert late.known_on(date(2026, 7, 7)) is Known.YES
    assert found.origin.as_of == date(2024, 5, 6)


def test_a_large_export_from_one_day_with_old_numbers_is_seen_as_an_import() -> None:
    records = [
        record(
            f"PYSEC-2024-{n}",
            "p",
            ranges=[between("0", "2")],
            aliases=[f"CVE-{2020 + n % 5}-{n}"],
        )
        for n in range(12)
    ]
    found = advisories(records).match("p", "1").matches
    assert all(match.advisory.published_is_import for match in found)


def test_names_are_compared_in_normal_form() -> None:
    found = advisories([record("PYSEC-2024-1", "jw.Util", versions=["1.0"])])
    assert len(found.match("JW_util", "1.0.0").matches) == 1
    assert found.knows("jw-util")
    assert not found.knows("jwutil")


def test_malware_records_say_so() -> None:
    found = advisories([record("MAL-2024-1", "p", ranges=[[{"introduced": "0"}]])])
    assert found.match("p", "7").matches[0].advisory.is_malware


def test_the_same_input_gives_the_same_bytes_in_any_order() -> None:
    documents = [document(json.dumps(one).encode()) for one in trapped_records(4)]
    tables = [
        encoded(tabulated(order, source="t", licence="t", today=TODAY))
        for order in (documents, documents[::-1])
    ]
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    "spoil", [lambda d: d[:-20], lambda d: b"", lambda d: d[:50] + b"x" + d[51:]]
)
def test_damaged_data_is_refused(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    documents = [document(json.dumps(one).encode()) for one in trapped_records(4)]
    path = tmp_path / "advisories.xz"
    path.write_bytes(spoil(encoded(tabulated(documents, source="t", licence="t", today=TODAY))))
    with pytest.raises(UnusableTable):
        Advisories.stored(path)


def test_the_embedded_snapshot_is_small_dated_and_knows_old_friends() -> None:
    found = Advisories.embedded()
    assert found.origin.as_of >= TODAY
    assert found.origin.counts["live"] > 6000
    assert "CVE-2018-18074" in {m.advisory.key for m in found.match("requests", "2.19").matches}
    assert len(encoded(found._table)) <= 300 * 1024
