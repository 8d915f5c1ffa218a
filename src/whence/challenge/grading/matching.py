"""Which claim is which answer: one to one, by place and by class of weakness."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from whence.challenge.grading.report import Claim
from whence.challenge.plant import Answer

LINES_NEAR = 6
_FILE_ONLY = 0.75
_FAR = 0.45
_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_COMMON = frozenset({"missing", "unsafe", "the", "and", "with", "for", "known", "outdated"})


def weights(
    claims: Sequence[Claim], answers: Sequence[Answer], cwes: Mapping[str, frozenset[str]]
) -> list[list[float]]:
    """How well each claim (row) meets each answer (column): 0.0 where place or class differ.

    `cwes` maps our rule ids to the CWE ids of the rule.
    """
    return [[_place(c, a) * _weakness(c, a, cwes) for a in answers] for c in claims]


def assignment(table: list[list[float]]) -> dict[int, int]:
    """The pairing claim → answer with the greatest total weight; zero weights are not paired.

    The Hungarian method with potentials, answer by answer: O(answers² × claims).
    """
    if not table or not table[0]:
        return {}
    pairing = _Pairing(table)
    for answer in range(len(table[0])):
        pairing.take_in(answer)
    return {
        claim: answer
        for claim, answer in enumerate(pairing.owner[: len(table)])
        if answer is not None and table[claim][answer] > 0
    }


class _Pairing:
    """Answers own columns: a claim each, or one that stands for staying without a claim."""

    def __init__(self, table: list[list[float]]) -> None:
        self.table = table
        self.columns = len(table) + len(table[0])
        self.owner: list[int | None] = [None] * self.columns
        self.price = [0.0] * self.columns
        self.level = [0.0] * len(table[0])

    def cost(self, answer: int, column: int) -> float:
        weight = self.table[column][answer] if column < len(self.table) else 0.0
        return -weight - self.level[answer] - self.price[column]

    def take_in(self, answer: int) -> None:
        """Gives one more answer a column, moving others along the cheapest path where needed."""
        least = [self.cost(answer, column) for column in range(self.columns)]
        came_from: list[int | None] = [None] * self.columns
        reached: list[int] = []
        while True:
            open_columns = (each for each in range(self.columns) if each not in reached)
            column = min(open_columns, key=lambda each: (least[each], each))
            self.shift(answer, reached, least, least[column])
            reached.append(column)
            holder = self.owner[column]
            if holder is None:
                break
            for each in range(self.columns):
                further = self.cost(holder, each)
                if each not in reached and further < least[each] - 1e-12:
                    least[each], came_from[each] = further, column
        self.move(answer, column, came_from)

    def shift(self, answer: int, reached: list[int], least: list[float], by: float) -> None:
        self.level[answer] += by
        for column in reached:
            holder = self.owner[column]
            assert holder is not None
            self.level[holder] += by
            self.price[column] -= by
        for column in range(self.columns):
            if column not in reached:
                least[column] -= by

    def move(self, answer: int, column: int, came_from: list[int | None]) -> None:
        before = came_from[column]
        while before is not None:
            self.owner[column] = self.owner[before]
            column, before = before, came_from[before]
        self.owner[column] = answer


def _place(claim: Claim, answer: Answer) -> float:
    best = 0.0
    for path, first, last in answer.places:
        for where, start, end in claim.places:
            if where == path:
                best = max(best, _nearness(first, last, start, end))
    return best


def _nearness(first: int, last: int, start: int, end: int) -> float:
    if not first or not start:
        return 1.0 if not first else _FILE_ONLY
    distance = max(first - end, start - last, 0)
    if distance == 0:
        return 1.0
    return 0.9 if distance <= LINES_NEAR else _FAR


def _weakness(claim: Claim, answer: Answer, cwes: Mapping[str, frozenset[str]]) -> float:
    """1.0 for the best rule id, less for another right id, a CWE, the words of the weakness."""
    for rank, rule in enumerate(answer.rules):
        if rule in claim.rules:
            return 1.0 if rank == 0 else 0.95
    if any(rule in cwes for rule in claim.rules):
        return 0.0  # our own id, and a wrong one: the words of its message do not change that
    right = set(answer.cwes).union(*(cwes.get(rule, frozenset()) for rule in answer.rules))
    if right & set(claim.cwes):
        return 0.9
    if any(phrase in claim.text for phrase in answer.words):
        return 0.9
    stems = {word[:6] for word in _WORD.findall(claim.text)}
    for rule in answer.rules:
        wanted = {word[:6] for word in rule.split("-") if word not in _COMMON}
        if wanted and len(wanted & stems) / len(wanted) >= 0.6:
            return 0.8
    return 0.0
