"""JavaScript packages are matched as Python's are, in the order of their own versions."""

from __future__ import annotations

import functools
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osv_exports import between, record, zipped

from whence import audit
from whence.config import Config, ConfigurationError
from whence.lookups.advisories import Advisories
from whence.lookups.advisory_store import AdvisoryStore
from whence.lookups.advisory_table import tabulated
from whence.lookups.advisory_update import UpdateRefused, update
from whence.lookups.ecosystems import NPM
from whence.lookups.osv import document
from whence.lookups.version_order import semantic
from whence.vocabulary.audit import Audit

TODAY = date(2026, 8, 1)
# In ascending order; those of one line are equal. The first eight are the standard's own example.
ASCENDING = (
    ("1.0.0-alpha",),
    ("1.0.0-alpha.1",),
    ("1.0.0-alpha.beta",),
    ("1.0.0-beta",),
    ("1.0.0-beta.2",),
    ("1.0.0-beta.11",),
    ("1.0.0-rc.1",),
    ("1.0.0", "v1.0.0", "=1.0.0", "1.0.0+build.7", "1.0", "1"),
    ("1.0.1-0",),
    ("1.0.1-0.3.7",),
    ("1.0.1-9",),
    ("1.0.1-10",),
    ("1.0.1--",),
    ("1.0.1-A",),
    ("1.0.1-a",),
    ("1.0.1",),
    ("1.2.0",),
    ("1.10.0",),
    ("10.0.0-canary-20240101",),
    ("10.0.0",),
)


def npm(identifier: str, name: str, **more: Any) -> dict[str, Any]:
    one = record(identifier, name, **more)
    (affected,) = one["affected"]
    affected["package"]["ecosystem"] = "npm"
    for each in affected.get("ranges", []):
        each["type"] = "SEMVER"
    return one


EXPORT = [
    npm("GHSA-aaaa", "lodash", ranges=[between("0", "4.17.21")], aliases=["CVE-2021-23337"]),
    npm("GHSA-bbbb", "next", ranges=[between("15.0.0-canary.0", "15.0.0-canary.20")]),
    npm("GHSA-cccc", "@acme/Button", ranges=[between("2.0.0", "2.0.1")]),
    npm("MAL-2025-1", "chalk", versions=["5.6.1"]),
    npm("GHSA-dddd", "left", ranges=[between("0", "1.0.0")], withdrawn="2024-01-01T00:00:00Z"),
    record("PYSEC-2024-9", "lodash", ranges=[between("0", "9")]),
]


def packages_locked(**versions: str) -> str:
    entries = {
        f"node_modules/{name}": {"version": version, "integrity": "sha512-aaaa"}
        for name, version in versions.items()
    }
    return json.dumps({"lockfileVersion": 3, "packages": entries}, indent=1)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user who fetched the advisories on JavaScript packages."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "npm.zip").write_bytes(zipped(EXPORT))
    update(AdvisoryStore(tmp_path / "data" / "whence"), str(tmp_path / "npm.zip"), TODAY)
    return tmp_path / "data" / "whence"


def audited(tmp_path: Path, lock: str, **settings: Any) -> Audit:
    project = tmp_path / "project"
    project.mkdir()
    (project / "package-lock.json").write_text(lock)
    config = Config(offline=True, **settings)
    return audit(project, config=config, use_cache=False, today=TODAY)


@pytest.mark.parametrize("low", range(len(ASCENDING)))
def test_versions_stand_in_the_order_of_the_standard(low: int) -> None:
    here = {semantic(text) for text in ASCENDING[low]}
    assert len(here) == 1
    assert None not in here
    for above in ASCENDING[low + 1 :]:
        for one, other in zip(here, map(semantic, above), strict=False):
            assert one is not None
            assert other is not None
            assert one < other


@pytest.mark.parametrize("text", ["", "latest", "1.2.x", "1.2.3.4", "^1.2.3", "1" * 200, "1.0.0-"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert semantic(text) is None


@given(st.text("0123456789abcZ.-+v", max_size=30), st.text("0123456789abcZ.-+v", max_size=30))
def test_any_two_versions_are_ordered_one_way(one: str, other: str) -> None:
    left, right = semantic(one), semantic(other)
    if left is not None and right is not None:
        assert (left < right) + (right < left) + (left == right) == 1


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("lodash", "4.17.20", ["CVE-2021-23337", "GHSA-aaaa"]),
        ("lodash", "4.17.21", []),
        ("lodash", "4.17.21-rc.1", ["CVE-2021-23337", "GHSA-aaaa"]),
        ("next", "15.0.0-canary.3", ["GHSA-bbbb"]),
        ("next", "15.0.0-canary.20", []),
        ("next", "15.0.0", []),
        ("next", "14.9.9", []),
        ("@acme/button", "2.0.0", ["GHSA-cccc"]),
        ("left", "0.1.0", []),
        ("unheard-of", "1.0.0", []),
    ],
)
def test_a_locked_version_gets_its_advisories(
    name: str, version: str, found: list[str], data: Path, tmp_path: Path
) -> None:
    result = audited(tmp_path, packages_locked(**{name: version}))

    flaws = [each for each in result.findings if each.rule == "known-vulnerability"]
    named = {name for each in flaws for name in each.references}
    assert sorted(name for name in named if name.startswith(("CVE-", "GHSA-"))) == found
    assert not [each for each in result.not_audited if "not compared" in each.reason]
    assert any(each.name == "advisories on npm packages" for each in result.data)


def test_a_locked_release_that_is_malware_is_called_so(data: Path, tmp_path: Path) -> None:
    result = audited(tmp_path, packages_locked(chalk="5.6.1"))

    assert [each.rule for each in result.findings] == ["malicious-package"]


def test_without_data_what_would_mend_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))

    result = audited(tmp_path, packages_locked(lodash="4.17.20"))

    assert result.findings == ()
    (unread,) = result.not_audited
    assert "`whence advisories update --ecosystem npm`" in unread.reason


def test_python_packages_are_not_confused_with_those_of_the_same_name(
    data: Path, tmp_path: Path
) -> None:
    result = audited(tmp_path, packages_locked(lodash="4.17.21"))

    assert [each.rule for each in result.findings] == []


def test_a_version_that_is_none_is_not_audited(data: Path, tmp_path: Path) -> None:
    result = audited(tmp_path, packages_locked(lodash="latest"))

    (unread,) = result.not_audited
    assert "not a semantic version" in unread.reason


def test_old_data_on_javascript_packages_fail_closed_too(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--ecosystem npm` fetches the newest"):
        audited(tmp_path, packages_locked(lodash="4.17.20"), max_data_age=400)


def test_a_damaged_copy_is_reported_with_what_replaces_it(data: Path, tmp_path: Path) -> None:
    (data / "advisories-npm.xz").write_bytes(b"damaged")

    with pytest.raises(ConfigurationError, match="--ecosystem npm` replaces it"):
        audited(tmp_path, packages_locked(lodash="4.17.20"))


def test_the_data_of_one_ecosystem_leave_those_of_the_other_alone(data: Path) -> None:
    store = AdvisoryStore(data)

    assert [path.name for path in data.iterdir()] == ["advisories-npm.xz"]
    assert store.open().ecosystem.name == "PyPI"


def test_an_export_of_neither_is_refused(data: Path, tmp_path: Path) -> None:
    other = npm("RUSTSEC-1", "tokio", versions=["1"])
    other["affected"][0]["package"]["ecosystem"] = "crates.io"
    (tmp_path / "other.zip").write_bytes(zipped([other]))

    with pytest.raises(UpdateRefused, match="no advisories of Python or JavaScript packages"):
        update(AdvisoryStore(data), str(tmp_path / "other.zip"), TODAY)


def test_an_export_that_shrinks_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "less.zip").write_bytes(zipped(EXPORT[:1]))

    with pytest.raises(UpdateRefused, match="less than half"):
        update(AdvisoryStore(data), str(tmp_path / "less.zip"), TODAY)


def compared(one: str, other: str) -> int:
    """Precedence by the standard's own words, identifier by identifier; shares no code with ours."""
    (left, _, left_pre), (right, _, right_pre) = (
        v.partition("+")[0].partition("-") for v in (one, other)
    )
    for a, b in zip(left.split("."), right.split("."), strict=True):
        if int(a) != int(b):
            return 1 if int(a) > int(b) else -1
    if not left_pre or not right_pre:
        return bool(right_pre) - bool(left_pre)
    lefts, rights = left_pre.split("."), right_pre.split(".")
    for a, b in zip(lefts, rights, strict=False):
        if a != b and a.isdigit() and b.isdigit():
            return 1 if int(a) > int(b) else -1
        if a != b:
            return -1 if a.isdigit() or (not b.isdigit() and a < b) else 1
    return (len(lefts) > len(rights)) - (len(lefts) < len(rights))


def naive(events: list[dict[str, str]], version: str) -> bool:
    """Whether a range holds a version, one event after the other."""
    affected = False
    in_order = sorted(
        events, key=functools.cmp_to_key(lambda a, b: compared(*(_text(e) for e in (a, b))))
    )
    for event in in_order:
        (kind, _), order = *event.items(), compared(version, _text(event))
        if kind == "introduced" and order >= 0:
            affected = True
        elif (kind == "fixed" and order >= 0) or (kind == "last_affected" and order > 0):
            affected = False
    return affected


def _text(event: dict[str, str]) -> str:
    (text,) = event.values()
    return "0.0.0-0" if text == "0" else text


def drawn(pick: random.Random) -> str:
    text = ".".join(str(pick.randint(0, 2)) for _ in range(3))
    words = [
        pick.choice(("0", "1", "10", "a", "b", "A", "rc-1")) for _ in range(pick.randint(1, 2))
    ]
    return f"{text}-{'.'.join(words)}" if pick.random() < 0.3 else text


def test_agrees_with_a_naive_matcher_on_random_ranges() -> None:
    pick = random.Random(11)
    hits = 0
    for number in range(400):
        low, high = drawn(pick), drawn(pick)
        events = [
            {"introduced": pick.choice(("0", low))},
            {pick.choice(("fixed", "last_affected")): high},
        ]
        one = npm(f"GHSA-{number}", "name", ranges=[events])
        table = tabulated(
            [document(json.dumps(one).encode())],
            source="t",
            licence="t",
            today=TODAY,
            ecosystem=NPM,
        )
        known = Advisories(table)
        for version in {drawn(pick) for _ in range(8)} | {low, high}:
            if events[0] == {"introduced": low} and low == high:
                continue
            found = bool(known.match("name", version).matches)
            assert found == naive(events, version), (events, version)
            hits += found
    assert hits > 500
