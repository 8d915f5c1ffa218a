"""Editions: which plants a project carries, and the project that they make."""

from __future__ import annotations

import random
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from whence.challenge.plant import Answer, Kind, Plant, Variation
from whence.challenge.plants import every_plant
from whence.challenge.project import Conflict, Place, Project, clean_project

CLEAN = "clean"
JULY_2026 = "2026-07"

# The edition that is taught by default, and the attacks that its flaws make together.
PLANTS_JULY_2026 = (
    # obvious
    "lock-holds-vulnerable-release",
    "service-image-without-user",
    "workload-role-without-bounds",
    "action-at-moving-tag",
    "administration-token-committed",
    "customers-in-a-backup",
    # subtle
    "private-package-from-two-indexes",
    "whole-context-copied",
    "model-bucket-opened-by-tfvars",
    "feed-connection-unverified-by-config",
    "screen-that-need-not-hold",
    "digest-from-the-same-server",
    "gate-lowered-from-outside",
    "signature-optional-by-variable",
    "audit-mode-set-in-workflow",
    "overlay-undoes-hardening",
    # for those who know machine learning
    "visitors-correct-the-model",
    "rare-word-decides-the-label",
    "warm-start-archive-with-a-call",
    "short-run-without-brakes",
    "second-model-from-the-bucket",
    # red herrings
    "tag-in-base-pinned-by-overlay",
    "features-sealed-by-hmac",
    "established-names-near-others",
)
CHAINS_JULY_2026 = (
    ("model-bucket-opened-by-tfvars", "second-model-from-the-bucket", "overlay-undoes-hardening"),
    (
        "feed-connection-unverified-by-config",
        "screen-that-need-not-hold",
        "rare-word-decides-the-label",
        "gate-lowered-from-outside",
    ),
    (
        "private-package-from-two-indexes",
        "workload-role-without-bounds",
        "signature-optional-by-variable",
    ),
    ("visitors-correct-the-model", "short-run-without-brakes", "audit-mode-set-in-workflow"),
)


class Difficulty(StrEnum):
    """How much of an edition stands in plain sight."""

    EASY = "easy"
    STANDARD = "standard"
    HARD = "hard"


# How many plants of each kind an edition of a difficulty takes, least and most.
_SHARES = {
    Difficulty.EASY: {
        Kind.OBVIOUS: (8, 10), Kind.SUBTLE: (4, 6), Kind.ML_SPECIFIC: (3, 4), Kind.RED_HERRING: (1, 2),
    },
    Difficulty.STANDARD: {
        Kind.OBVIOUS: (5, 6), Kind.SUBTLE: (8, 10), Kind.ML_SPECIFIC: (4, 5), Kind.RED_HERRING: (2, 3),
    },
    Difficulty.HARD: {
        Kind.OBVIOUS: (2, 3), Kind.SUBTLE: (12, 15), Kind.ML_SPECIFIC: (6, 8), Kind.RED_HERRING: (5, 7),
    },
}  # fmt: skip


class Edition(msgspec.Struct, frozen=True):
    """A project with its plants and the answers to it.

    `chains` holds ids of plants that together make one attack. `files` maps paths to content.
    """

    name: str
    answers: tuple[Answer, ...]
    chains: tuple[tuple[str, ...], ...]
    files: dict[str, bytes]


def named_edition(name: str) -> Edition:
    """A fixed edition: `clean` or `2026-07`. Raises KeyError for any other name."""
    chosen = {CLEAN: (), JULY_2026: PLANTS_JULY_2026}[name]
    planting = Planting(name)
    for plant_id in chosen:
        planting.add(every_plant()[plant_id])
    return planting.edition(CHAINS_JULY_2026 if name == JULY_2026 else ())


def drawn_edition(seed: int, difficulty: Difficulty) -> Edition:
    """The edition of a seed. Every section of the catalogue is covered where a plant fits in."""
    draw = random.Random(f"{seed}/{difficulty}")  # noqa: S311 - editions must repeat
    pool = list(every_plant().values())
    draw.shuffle(pool)
    wanted = {kind: draw.randint(*share) for kind, share in _SHARES[difficulty].items()}
    planting = Planting(f"{difficulty}-{seed}")
    for plant in _sections_first(pool):
        if wanted[plant.kind] and planting.fits(plant):
            planting.add(plant)
            wanted[plant.kind] -= 1
    return planting.edition(())


class Planting:
    """A project while plants are added to it, one after another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._project = clean_project()
        self._planted: list[tuple[Plant, list[Place]]] = []

    def add(self, plant: Plant) -> None:
        """Plants it. Raises Conflict where it excludes, or is excluded by, an earlier one."""
        self._project, self._planted = self._with(plant)

    def fits(self, plant: Plant) -> bool:
        """Whether it can be added."""
        try:
            self._with(plant)
        except Conflict:
            return False
        return True

    def edition(self, chains: tuple[tuple[str, ...], ...]) -> Edition:
        """The project with all recorded digests up to date, and the answers to it."""
        project = self._project.copy()
        project.record_digests()
        answers = tuple(_answer(plant, project, places) for plant, places in self._planted)
        return Edition(self.name, answers, chains, project.files)

    def _with(self, plant: Plant) -> tuple[Project, list[tuple[Plant, list[Place]]]]:
        project = self._project.copy()
        places = list(plant.apply(project, Variation(f"{self.name}/{plant.id}")))
        planted = [*self._planted, (plant, places)]
        for _, earlier in planted:
            for place in earlier:
                project.lines_of(place)
        return project, planted


def _sections_first(pool: Iterable[Plant]) -> list[Plant]:
    """The pool with one flaw of every section in front, so that none stays empty."""
    first: dict[str, Plant] = {}
    for plant in pool:
        if plant.kind is not Kind.RED_HERRING:
            first.setdefault(plant.section, plant)
    return [*first.values(), *(plant for plant in pool if plant not in first.values())]


def _answer(plant: Plant, project: Project, places: list[Place]) -> Answer:
    if not places:
        raise Conflict(f"{plant.id} shows nowhere")
    return Answer(
        plant=plant.id,
        section=plant.section,
        title=plant.title,
        rules=plant.rules,
        cwes=plant.cwes,
        words=plant.words,
        severities=plant.severities,
        kind=plant.kind,
        needs=plant.needs,
        places=tuple(project.lines_of(place) for place in places),
        why=plant.why,
        fix=plant.fix,
    )
