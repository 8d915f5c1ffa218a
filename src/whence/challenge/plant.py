"""What a plant is: one flaw, or one harmless twin, as a transformation of the clean project."""

from __future__ import annotations

import inspect
import random
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

import msgspec

from whence.challenge.project import Place, Project

T = TypeVar("T")
Apply = Callable[[Project, "Variation"], Iterator[Place]]
_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)


class Kind(StrEnum):
    """How a plant is meant to be met."""

    OBVIOUS = "obvious"
    SUBTLE = "subtle"
    ML_SPECIFIC = "ml-specific"
    RED_HERRING = "red-herring"


class Needs(StrEnum):
    """What an auditor must look at to see a plant, or to acquit a red herring."""

    ONE_FILE = "one file"
    SEVERAL_FILES = "several files"
    SEVERAL_KINDS = "several kinds of artefact"
    CONTENT = "the content of a data or model file"
    OUTSIDE = "knowledge from outside the project"


class Variation:
    """Deterministic choices for one planting: names, places, libraries, phrasing."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - editions must repeat, not surprise

    def choose(self, *options: T) -> T:
        """One of the options."""
        return self._random.choice(options)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)


class Plant:
    """A transformation with what the grader must know about it.

    `rules` are catalogue ids that are right answers, the best one first (for a red herring: what a
    hasty auditor would report). `severities` are the accepted risk levels. `section` and `id`
    follow from where the module stands. The docstring holds the title, `## Why` and `## Fix`.
    """

    def __init__(
        self,
        apply: Apply,
        rules: tuple[str, ...],
        severities: tuple[str, ...],
        kind: Kind,
        needs: Needs,
        words: tuple[str, ...],
        cwes: tuple[str, ...],
    ) -> None:
        *_, category, section, module = apply.__module__.split(".")
        self.apply = apply
        self.rules = rules
        self.severities = severities
        self.kind = kind
        self.needs = needs
        self.words = words
        self.cwes = cwes
        self.id = module.replace("_", "-")
        self.section = f"{category}/{section}"

    @cached_property
    def _parts(self) -> tuple[str, dict[str, str]]:
        pieces = _SECTION.split(inspect.cleandoc(self.apply.__doc__ or ""))
        named = dict(zip(pieces[1::2], (body.strip() for body in pieces[2::2]), strict=True))
        return " ".join(pieces[0].split()), named

    @property
    def title(self) -> str:
        """What is wrong (or only looks wrong), in one sentence."""
        return self._parts[0]

    @property
    def why(self) -> str:
        """Why it is exploitable, or why the twin is harmless."""
        return self._parts[1]["Why"]

    @property
    def fix(self) -> str:
        """How the clean project does it; empty for a red herring."""
        return self._parts[1].get("Fix", "")


def plant(
    *,
    rules: tuple[str, ...],
    severities: tuple[str, ...] = (),
    kind: Kind,
    needs: Needs,
    words: tuple[str, ...] = (),
    cwes: tuple[str, ...] = (),
) -> Callable[[Apply], Plant]:
    """Turns a transformation into a plant. `words` are phrases, any of which names the weakness."""

    def made(apply: Apply) -> Plant:
        return Plant(apply, rules, severities, kind, needs, words, cwes)

    return made


class Answer(msgspec.Struct, frozen=True):
    """One plant as it stands in one edition: what the grader compares a report with.

    `places` are (path, first line, last line), any of which is right; lines 0 mean the file.
    """

    plant: str
    section: str
    title: str
    rules: tuple[str, ...]
    cwes: tuple[str, ...]
    words: tuple[str, ...]
    severities: tuple[str, ...]
    kind: Kind
    needs: Needs
    places: tuple[tuple[str, int, int], ...]
    why: str
    fix: str
