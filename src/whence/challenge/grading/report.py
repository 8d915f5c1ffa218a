"""What a report says, whatever it was written with."""

from __future__ import annotations

import msgspec


class Claim(msgspec.Struct, frozen=True):
    """One finding of a report. `severity` is a risk level or empty where none was given.

    `places` are (path, first line, last line), lines 0 where only the file is named. `rules` are
    ids of our catalogue or of another tool. `text` is everything that was written, in lower case.
    """

    title: str
    severity: str
    rules: tuple[str, ...]
    cwes: tuple[str, ...]
    places: tuple[tuple[str, int, int], ...]
    text: str


class Report(msgspec.Struct, frozen=True):
    """All claims of a report, what of it could not be read, and its conclusions over the whole.

    `chains`, `roadmap` and `systemic` hold the text of each attack chain, each step of the roadmap
    in order, and each systemic issue, in lower case.
    """

    claims: tuple[Claim, ...]
    unread: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    roadmap: tuple[str, ...] = ()
    systemic: tuple[str, ...] = ()


SEVERITY_WORDS = {
    "critical": "critical", "severe": "critical", "blocker": "critical",
    "high": "high", "important": "high", "major": "high", "error": "high",
    "medium": "medium", "moderate": "medium", "warning": "medium",
    "low": "low", "minor": "low", "note": "low",
    "info": "info", "informational": "info", "none": "info",
}  # fmt: skip


def severity_of_score(score: float) -> str:
    """The risk level of a CVSS base score."""
    levels = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
    return next((level for floor, level in levels if score >= floor), "info")
