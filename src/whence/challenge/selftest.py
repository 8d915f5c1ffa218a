"""Every plant alone on the clean project: does a tool find it, and is it quiet without it?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from whence.challenge.edition import CLEAN, Planting, named_edition
from whence.challenge.grading.matching import weights
from whence.challenge.grading.report import Report
from whence.challenge.plant import Answer, Kind
from whence.challenge.plants import every_plant
from whence.challenge.project import write

Tool = Callable[[Path], Report]


class Outcome(msgspec.Struct, frozen=True):
    """`found` with the plant, `noisy` where the clean project gets the same claim.

    For a red herring, `found` means wrongly accused. `others` counts claims beyond the plant that
    the clean project does not get.
    """

    plant: str
    section: str
    kind: Kind
    found: bool
    noisy: bool
    others: int

    @property
    def passed(self) -> bool:
        """A flaw is to be found and quiet without; a red herring is never to be accused."""
        if self.kind is Kind.RED_HERRING:
            return not self.found
        return self.found and not self.noisy


def selftest(tool: Tool, cwes: Mapping[str, frozenset[str]]) -> Iterator[Outcome]:
    """The outcome for every plant, in order of their ids."""
    clean = _report(tool, named_edition(CLEAN).files)
    for plant in every_plant().values():
        planting = Planting(f"selftest/{plant.id}")
        planting.add(plant)
        edition = planting.edition(())
        answer = edition.answers[0]
        report = _report(tool, edition.files)
        before = {(claim.title, claim.rules) for claim in clean.claims}
        new = [claim for claim in report.claims if (claim.title, claim.rules) not in before]
        right = [row[0] > 0 for row in weights(new, [answer], cwes)]
        yield Outcome(
            plant=plant.id,
            section=plant.section,
            kind=plant.kind,
            found=_finds(report, answer, cwes),
            noisy=_finds(clean, answer, cwes),
            others=right.count(False),
        )


def _finds(report: Report, answer: Answer, cwes: Mapping[str, frozenset[str]]) -> bool:
    claims = [claim for claim in report.claims if claim.severity != "info"]
    return any(row[0] > 0 for row in weights(claims, [answer], cwes))


def _report(tool: Tool, files: dict[str, bytes]) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        write(files, Path(folder))
        return tool(Path(folder))
