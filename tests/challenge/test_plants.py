"""Plants are flaws that a working project carries: they fit in, compose, and say what they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sentibot import needs_sentibot, run_own_tests

from whence.challenge.edition import JULY_2026, Difficulty, Planting, drawn_edition, named_edition
from whence.challenge.grading.scoring import SECTION_POINTS
from whence.challenge.plant import Kind, Needs, Plant
from whence.challenge.plants import every_plant
from whence.challenge.project import clean_project

PLANTS = every_plant()
FLAWS = [plant for plant in PLANTS.values() if plant.kind is not Kind.RED_HERRING]
HERRINGS = [plant for plant in PLANTS.values() if plant.kind is Kind.RED_HERRING]
SEVERAL = {Needs.SEVERAL_FILES, Needs.SEVERAL_KINDS}


def planted(plant: Plant, name: str) -> dict[str, bytes]:
    planting = Planting(name)
    planting.add(plant)
    return planting.edition(()).files


def groups() -> list[list[Plant]]:
    """All plants, in as few projects as they compose to."""
    made: list[tuple[Planting, list[Plant]]] = []
    for plant in PLANTS.values():
        for planting, members in made:
            if planting.fits(plant):
                planting.add(plant)
                members.append(plant)
                break
        else:
            planting = Planting(f"group-{len(made)}")
            planting.add(plant)
            made.append((planting, [plant]))
    return [members for _, members in made]


def test_there_are_enough_plants_in_every_section() -> None:
    sections = Counter(plant.section for plant in FLAWS)

    assert len(FLAWS) >= 60
    assert len(HERRINGS) >= 20
    assert set(SECTION_POINTS) <= set(sections)
    assert sum(plant.needs in SEVERAL for plant in HERRINGS) * 3 >= len(HERRINGS)


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_plant_changes_the_project_and_says_where(plant: Plant) -> None:
    clean = clean_project().files
    for variant in range(4):
        planting = Planting(f"variant-{variant}")
        planting.add(plant)
        edition = planting.edition(())
        assert edition.files != clean
        assert edition.answers[0].places
    assert plant.title.endswith(".")
    assert plant.why
    assert bool(plant.fix) == (plant.kind is not Kind.RED_HERRING)
    assert bool(plant.severities) == (plant.kind is not Kind.RED_HERRING)


def test_plants_vary_in_more_than_which_are_chosen() -> None:
    varied = [
        plant
        for plant in FLAWS
        if len({str(sorted(planted(plant, f"v{n}").items())) for n in range(6)}) > 1
    ]

    assert len(varied) * 2 >= len(FLAWS)


@needs_sentibot
def test_the_clean_project_passes_its_own_tests(tmp_path: Path) -> None:
    assert run_own_tests(clean_project().files, tmp_path) == ""


@needs_sentibot
@pytest.mark.parametrize("number", range(len(groups())))
def test_plants_that_compose_leave_the_project_working(number: int, tmp_path: Path) -> None:
    planting = Planting(f"group-{number}")
    for plant in groups()[number]:
        planting.add(plant)

    assert run_own_tests(planting.edition(()).files, tmp_path) == ""


@needs_sentibot
@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_plant_alone_leaves_the_project_working(plant: Plant, tmp_path: Path) -> None:
    assert run_own_tests(planted(plant, f"selftest/{plant.id}"), tmp_path) == ""


def test_the_default_edition_is_balanced() -> None:
    edition = named_edition(JULY_2026)
    kinds = Counter(answer.kind for answer in edition.answers)
    sections = {answer.section for answer in edition.answers if answer.kind is not Kind.RED_HERRING}

    assert 5 <= kinds[Kind.OBVIOUS] <= 6
    assert 8 <= kinds[Kind.SUBTLE] <= 10
    assert 4 <= kinds[Kind.ML_SPECIFIC] <= 5
    assert 2 <= kinds[Kind.RED_HERRING] <= 3
    assert set(SECTION_POINTS) <= sections
    section_of = {answer.plant: answer.section.split("/")[0] for answer in edition.answers}
    assert len(edition.chains) >= 3
    for chain in edition.chains:
        assert len({section_of[plant] for plant in chain}) >= 2


@pytest.mark.parametrize("difficulty", Difficulty)
def test_a_drawn_edition_repeats_and_differs_by_seed(difficulty: Difficulty) -> None:
    assert drawn_edition(7, difficulty) == drawn_edition(7, difficulty)
    assert drawn_edition(7, difficulty).files != drawn_edition(8, difficulty).files
