"""Conclusions over findings and graph."""

from __future__ import annotations

import msgspec

from whence.vocabulary.evidence import Evidence


class Step(msgspec.Struct, frozen=True):
    """One move of an attack: a finding (by fingerprint) or a trust edge, with its evidence."""

    text: str
    finding: str = ""
    evidence: tuple[Evidence, ...] = ()


class Chain(msgspec.Struct, frozen=True):
    """A path from what an adversary can write to what the project must protect.

    `start` and `goal` are asset ids; `steps` are in the order of the attack.
    """

    start: str
    goal: str
    steps: tuple[Step, ...]


class RoadmapItem(msgspec.Struct, frozen=True):
    """One piece of work: what to do, which findings it closes, and what it is worth.

    `effort` is `minutes`, `hours` or `days`. `risk_removed` is the share of the project's summed
    CVSS base scores that the work takes away, from 0.0 to 1.0.
    """

    title: str
    rule: str
    findings: tuple[str, ...]
    effort: str
    risk_removed: float
    priority: int
