"""What the package index says turns into findings; what it did not say is listed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from whence.lookups.index_answers import Missing, ProjectFacts, Release, Unanswered
from whence.lookups.package_facts import Knowledge, answer, asked_names
from whence.rules import check, rules_chosen
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement
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


def test_private_names_are_not_told_to_the_index() -> None:
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

    assert asked_names(graph) == {"numpy"}


def test_what_was_not_public_on_a_day_does_not_count_for_it(knowledge: Knowledge) -> None:
    graph = SupplyGraph((), [required("litellm", "==1.40.0")])

    def flaws(as_of: date | None) -> int:
        facts, _ = sorted_out(answer(graph, knowledge, as_of=as_of))
        return sum(len(fact.flaws) for fact in facts if isinstance(fact, CheckedVersion))

    assert flaws(date(2010, 1, 1)) == 0
    assert flaws(None) > 0
