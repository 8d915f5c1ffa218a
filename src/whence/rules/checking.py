"""Asks every rule about every subject it looks at."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass

from whence.vocabulary.audit import Coverage
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.finding import Observation
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import Rule


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules saw, how much they looked at, and where a rule itself failed."""

    observations: list[tuple[Rule, Observation]]
    coverage: tuple[Coverage, ...]
    unread: list[Unread]


def check(graph: SupplyGraph, rules: Iterable[Rule]) -> Checked:
    """Runs the rules, in the order given, over the graph."""
    observations: list[tuple[Rule, Observation]] = []
    coverage = []
    unread = []
    for rule in rules:
        subjects = rule.subjects(graph)
        coverage.append(_coverage(rule, len(subjects)))
        for subject in subjects:
            try:
                for seen in rule.check(subject, graph):
                    observations.append((rule, seen))
            except Exception as error:  # noqa: BLE001
                # One subject that breaks a rule costs that subject, and is reported.
                reason = f"the rule failed: {type(error).__name__}: {str(error)[:200]}"
                span = getattr(subject, "span", Span("."))
                trace = traceback.format_exc(limit=-6)
                unread.append(Unread(span, rule.id, reason, fault=True, trace=trace))
    return Checked(observations, tuple(coverage), unread)


def _coverage(rule: Rule, looked_at: int) -> Coverage:
    return Coverage(rule.id, looked_at, "" if looked_at else "the project has nothing of its kind")
