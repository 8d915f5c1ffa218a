"""What the package index says turns into findings; what it did not say is listed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from whence.lookups.index_answers import Missing, ProjectFacts, Release, Unanswered
from whence.lookups.package_facts import answer, asked_names
from whence.lookups.package_knowledge import Knowledge
from whence.lookups.requirement_history import Asked, History, Wanted
from whence.rules import check, rules_chosen
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    PackageManifest,
    PackageRequirement,
)
from whence.vocabulary.fact.lookups import CheckedVersion
from whence.vocabulary.finding import Observation
from whence.vocabulary.graph import SupplyGraph

TODAY = date(2026, 8, 1)
NAME = "rarely-heard-of-tool"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.embedded()


def required(name: str, specifier: str = "", line: int = 1, **more: str) -> PackageRequirement:
    version = specifier.removeprefix("==") if specifier.startswith("==") else ""
    return PackageRequirement(
        Span("requirements.txt", line, line), "pypi", name, specifier, version, **more
    )  # type: ignore[arg-type]


def release(version: str, day: str, attested: bool | None = None, yanked: str = "") -> Release:
    uploaded = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Release(version, uploaded, bool(yanked), yanked, attested)


def project(*releases: Release, status: str = "") -> ProjectFacts:
    return ProjectFacts(NAME, status, "", releases)


def observed(
    rule: str,
    knowledge: Knowledge,
    requirement: PackageRequirement,
    told: ProjectFacts | Missing | Unanswered,
) -> list[Observation]:
    graph = SupplyGraph((), [requirement])
    facts, _ = sorted_out(answer(graph, knowledge, {requirement.name: told}, TODAY))
    checked = check(graph.with_facts(facts), rules_chosen((rule,)))
    return [seen for _, seen in checked.observations]


def test_a_release_that_the_index_calls_yanked_is_found(knowledge: Knowledge) -> None:
    told = project(release("1.0", "2026-01-01", yanked="broken"), release("1.1", "2026-01-02"))

    found = observed("yanked-release", knowledge, required(NAME, "==1.0"), told)

    assert "broken" in found[0].message
    assert not observed("yanked-release", knowledge, required(NAME, "==1.1"), told)


def test_an_archived_project_is_found(knowledge: Knowledge) -> None:
    told = project(release("1.0", "2026-01-01"), status="archived")

    assert observed("abandoned-package", knowledge, required(NAME, "==1.0"), told)


def test_a_project_silent_for_years_is_found_unless_it_is_in_wide_use(knowledge: Knowledge) -> None:
    old = project(release("1.0", "2019-01-01"))

    assert observed("abandoned-package", knowledge, required(NAME, "==1.0"), old)
    assert not observed("abandoned-package", knowledge, required("six", "==1.16.0"), old)


def test_a_project_with_recent_releases_is_not_abandoned(knowledge: Knowledge) -> None:
    told = project(release("1.0", "2019-01-01"), release("2.0", "2026-05-01"), status="active")

    assert not observed("abandoned-package", knowledge, required(NAME, "==2.0"), told)


def test_a_lost_attestation_is_found_on_the_release_that_lacks_it(knowledge: Knowledge) -> None:
    told = project(release("1.0", "2026-01-01", True), release("1.1", "2026-02-01", False))

    assert observed("maintainer-change", knowledge, required(NAME, "==1.1"), told)
    assert not observed("maintainer-change", knowledge, required(NAME, "==1.0"), told)


def test_an_attestation_that_the_newest_release_has_again_is_not_missed(
    knowledge: Knowledge,
) -> None:
    told = project(
        release("1.0", "2026-01-01", True),
        release("1.1", "2026-02-01", False),
        release("1.2", "2026-03-01", True),
    )

    assert not observed("maintainer-change", knowledge, required(NAME, ">=1.0"), told)
    assert observed("maintainer-change", knowledge, required(NAME, ">=1.0,<1.2"), told)


def test_attestations_that_never_were_are_not_missed(knowledge: Knowledge) -> None:
    told = project(release("1.0", "2026-01-01", False), release("1.1", "2026-02-01", False))

    assert not observed("maintainer-change", knowledge, required(NAME, "==1.1"), told)


def test_a_quarantined_project_is_found(knowledge: Knowledge) -> None:
    told = project(release("1.0", "2026-01-01"), status="quarantined")

    assert observed("maintainer-change", knowledge, required(NAME, "==1.0"), told)


def test_a_name_that_the_index_does_not_know_is_found(knowledge: Knowledge) -> None:
    found = observed("typosquat", knowledge, required(NAME, "==1.0"), Missing(NAME))

    assert "no package" in found[0].message


def test_a_name_that_nobody_was_asked_about_is_not_accused(knowledge: Knowledge) -> None:
    told = Unanswered(NAME, "no network")

    assert not observed("typosquat", knowledge, required(NAME, "==1.0"), told)


def test_what_the_index_did_not_say_is_listed(knowledge: Knowledge) -> None:
    graph = SupplyGraph((), [required(NAME, "==1.0")])

    told = {NAME: Unanswered(NAME, "connection refused")}
    unread = [each for each in answer(graph, knowledge, told, TODAY) if isinstance(each, Unread)]

    assert "connection refused" in unread[0].reason


def test_the_index_decides_what_a_range_resolves_to(knowledge: Knowledge) -> None:
    requirement = required("pyyaml", ">=5.1")
    releases = (release("5.1", "2019-03-13"), release("5.3", "2020-01-06"))
    held = ProjectFacts("pyyaml", "", "", releases)
    fixed = ProjectFacts("pyyaml", "", "", (*releases, release("6.0.1", "2023-07-18")))

    assert observed("known-vulnerability", knowledge, requirement, held)
    assert not observed("known-vulnerability", knowledge, requirement, fixed)


def test_private_names_are_not_told_to_the_index(knowledge: Knowledge) -> None:
    manifest = PackageManifest(Span("pyproject.toml"), "pyproject", "uv", name="own-project")
    graph = SupplyGraph(
        (),
        [
            manifest,
            required("numpy"),
            required("bound", index="private", line=2),
            required("addressed", url="git+https://git.example.com/a", line=3),
            required("own-project", line=4),
        ],
    )

    assert asked_names(graph, knowledge) == ({"numpy"}, frozenset())


def test_where_the_only_index_is_private_unknown_names_are_not_told_to_another(
    knowledge: Knowledge,
) -> None:
    own = PackageIndex(
        Span("requirements.txt", 9), "pip", "primary", "https://packages.example.com/simple"
    )
    graph = SupplyGraph((), [own, required("numpy"), required("acme-secret-sauce", line=2)])
    asked, withheld = asked_names(graph, knowledge)

    assert (asked, withheld) == ({"numpy"}, {"acme-secret-sauce"})
    there = frozenset({"https://packages.example.com/simple"})
    assert asked_names(graph, knowledge, there) == ({"numpy", "acme-secret-sauce"}, frozenset())


def test_a_name_registered_after_the_project_asked_for_it_is_found(knowledge: Knowledge) -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    graph = SupplyGraph((), [required(NAME, "==1.0")])
    told = {NAME: project(release("1.0", "2026-03-01"))}
    asked = Asked("ab" * 20, datetime(2026, 1, 1, tzinfo=UTC))
    history = History({Wanted("requirements.txt", NAME, first): asked})
    facts, _ = sorted_out(answer(graph, knowledge, told, TODAY, history=history))
    checked = check(graph.with_facts(facts), rules_chosen(("typosquat",)))

    assert "abababababab of 2026-01-01" in checked.observations[0][1].message
    assert not observed("typosquat", knowledge, required(NAME, "==1.0"), told[NAME])


@pytest.mark.parametrize(
    ("told", "severity", "confidence"),
    [
        (Missing("reqeusts"), None, "high"),
        (Unanswered("reqeusts", "not asked"), None, "high"),
        (project(release("1.0", "2026-07-01")), "critical", "high"),
        (project(release("1.0", "2025-07-01")), None, "high"),
        (project(release("0.1", "2016-07-01"), release("1.0", "2026-07-01")), "medium", "low"),
    ],
)
def test_a_lookalike_weighs_as_much_as_the_index_says_of_its_age(
    told: ProjectFacts | Missing | Unanswered,
    severity: str | None,
    confidence: str,
    knowledge: Knowledge,
) -> None:
    (seen,) = observed("typosquat", knowledge, required("reqeusts", "==1.0"), told)

    assert (seen.severity and seen.severity.value, seen.confidence) == (severity, confidence)
    assert bool(seen.because) == bool(severity)


def test_what_was_not_public_on_a_day_does_not_count_for_it(knowledge: Knowledge) -> None:
    graph = SupplyGraph((), [required("litellm", "==1.40.0")])

    def flaws(as_of: date | None) -> int:
        facts, _ = sorted_out(answer(graph, knowledge, as_of=as_of))
        return sum(len(fact.flaws) for fact in facts if isinstance(fact, CheckedVersion))

    assert flaws(date(2010, 1, 1)) == 0
    assert flaws(None) > 0


def listed(
    knowledge: Knowledge,
    requirements: list[PackageRequirement],
    told: dict[str, ProjectFacts | Missing | Unanswered] | None = None,
    as_of: date | None = None,
) -> list[str]:
    graph = SupplyGraph((), requirements)
    _, unread = sorted_out(answer(graph, knowledge, told, TODAY, as_of))
    return [each.reason for each in unread]


def test_ranges_whose_newest_release_is_unknown_are_listed_once_per_file(
    knowledge: Knowledge,
) -> None:
    ranges = [required("numpy", ">=1.0"), required("pillow", ">=2.0", line=2)]
    texts = [text for text in listed(knowledge, ranges) if "newest" in text]

    assert all("ranges admit affected releases" in text for text in texts)
    assert len(texts) <= 1
    lock = PackageRequirement(Span("uv.lock", 1), "pypi", "numpy", "==2.0", "2.0", scope="lock")
    locked = [text for text in listed(knowledge, [*ranges, lock]) if "newest" in text]
    assert not any("numpy" in text for text in locked)


def test_the_newest_release_of_a_past_day_decides_for_that_day(knowledge: Knowledge) -> None:
    requirement = required("pyyaml", ">=5.1")
    told = ProjectFacts(
        "pyyaml",
        "",
        "",
        (release("5.3", "2020-01-06"), release("6.0.1", "2023-07-18")),
    )
    graph = SupplyGraph((), [requirement])

    def newest(as_of: date | None) -> set[bool | None]:
        facts, _ = sorted_out(answer(graph, knowledge, {"pyyaml": told}, TODAY, as_of))
        checked = [fact for fact in facts if isinstance(fact, CheckedVersion)]
        return {flaw.newest for fact in checked for flaw in fact.flaws}

    assert True in newest(date(2023, 1, 1))
    assert True not in newest(None)


def test_when_a_release_was_withdrawn_is_listed_as_unknown_for_a_past_day(
    knowledge: Knowledge,
) -> None:
    told = {NAME: project(release("1.0", "2026-01-01", yanked="broken"))}
    texts = listed(knowledge, [required(NAME, "==1.0")], told, date(2026, 2, 1))

    assert any("withdrawn" in text for text in texts)
