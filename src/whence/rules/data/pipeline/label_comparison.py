"""A table of labelled texts against the other tables of the project with the same labels.

A small table cannot say which label its words speak for; a larger one beside it can. Rows that both
hold make the comparison weaker, not wrong.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from whence.vocabulary.chance import excess
from whence.vocabulary.fact.datasets import LabelledRow, LabelledTexts, LabelSignal, SuspectSign
from whence.vocabulary.graph import SupplyGraph

MARGIN = math.log(4)
SURE = -3.0
_LEAST = 200
_SMOOTHING = 0.5
_SHARES = (0.5, 0.75, 0.9, 0.97)


def compared(table: LabelledTexts, graph: SupplyGraph) -> tuple[str, list[LabelSignal]]:
    """The largest other table with the same labels, and what this one shows against it."""
    others = [
        other
        for other in graph.facts_of(LabelledTexts)
        if other.path != table.path
        and other.rows >= max(_LEAST, table.rows)
        and len(set(other.labels) & set(table.labels)) >= 2
    ]
    if not others or table.rows < 48:
        return "", []
    other = max(others, key=lambda t: (t.rows, t.path))
    judge = _Judge(other, table)
    if not judge.is_able():
        return other.path, []
    signals = [signal for suspect in table.suspects if (signal := _sign(table, judge, suspect))]
    return other.path, signals or list(_turned(table, judge))


class _Judge:
    """What another table's counts say about texts of this one."""

    def __init__(self, other: LabelledTexts, table: LabelledTexts) -> None:
        self.labels = sorted(set(other.labels) & set(table.labels))
        self._counts = other.counts
        self._own = other.kept
        self._columns = {label: other.labels.index(label) for label in self.labels}
        self._names = other.labels
        self._said: dict[tuple[str, str], list[tuple[str, float]]] = {}
        self._bases = {
            label: math.log(other.totals[column] + 1.0) for label, column in self._columns.items()
        }

    def speaks(
        self, words: Sequence[str], without: Sequence[str] = (), itself: str = ""
    ) -> dict[str, list[float]]:
        """What each known word says for each label; `itself` is the label of a text it has counted."""
        found: dict[str, list[float]] = {label: [] for label in self.labels}
        for word in words:
            if word not in self._counts or word in without:
                continue
            said = self._said.get((word, itself))
            if said is None:
                said = self._said[word, itself] = self._of_word(word, itself)
            for label, value in said:
                found[label].append(value)
        return found

    def _of_word(self, word: str, itself: str) -> list[tuple[str, float]]:
        held = self._counts[word]
        return [
            (
                label,
                math.log(max(0, held[column] - (label == itself)) + _SMOOTHING)
                - self._bases[label],
            )
            for label, column in self._columns.items()
        ]

    def is_able(self) -> bool:
        """Whether it names the labels of its own texts, each judged without itself."""
        right = judged = 0
        for row in self._own:
            label = self._names[row.label]
            if label in self._columns:
                verdict, margin = _verdict(self.speaks(row.words, itself=label))
                if margin > MARGIN:
                    judged += 1
                    right += verdict == label
        return judged >= 30 and right >= 0.75 * judged


def _verdict(said: dict[str, list[float]]) -> tuple[str, float]:
    ranked = sorted(((sum(each), label) for label, each in said.items()), reverse=True)
    return ranked[0][1], ranked[0][0] - ranked[1][0]


def _margin(said: dict[str, list[float]], first: str, second: str, bereft: bool = False) -> float:
    each = [a - b for a, b in zip(said[first], said[second], strict=True)]
    return sum(each) - (min(each, default=0.0) if bereft else 0.0)


def _sign(table: LabelledTexts, judge: _Judge, suspect: SuspectSign) -> LabelSignal | None:
    """The signal of a sign whose rows the other table takes for another label."""
    label = table.labels[suspect.label]
    inside = set(suspect.inside)
    rows = [
        table.kept[place] for place in suspect.inside if table.kept[place].label == suspect.label
    ]
    if label not in judge.labels or len(rows) < 5:
        return None
    said = [judge.speaks(row.words, suspect.words) for row in rows]
    ways = Counter(verdict for each in said for verdict, margin in [_verdict(each)] if margin > 0)
    del ways[label]
    if not ways or ways.total() < 0.5 * len(rows):
        return None
    other = max(ways.items(), key=lambda way: (way[1], way[0]))[0]
    margins = [_margin(each, other, label) for each in said]
    usual = sorted(
        _margin(judge.speaks(row.words), other, label, bereft=True)
        for place, row in enumerate(table.kept)
        if place not in inside and row.label == suspect.label
    )
    if len(usual) < 8:
        return None
    chance = _rarer(margins, usual) + math.log10(len(table.suspects))
    turned = [row for row, margin in zip(rows, margins, strict=True) if margin > MARGIN]
    if chance > SURE or len(turned) < max(4, 0.5 * len(rows)):
        return None
    return LabelSignal(
        "trigger", suspect.sign, suspect.rows, suspect.hits, label, other, len(turned),
        _share(table, suspect.label),
        round(sum(value > MARGIN for value in usual) / len(usual), 3), round(chance, 1),
        tuple(row.line for row in turned[:3]),
    )  # fmt: skip


def _rarer(margins: list[float], usual: list[float]) -> float:
    best = 0.0
    for share in _SHARES:
        bound = usual[min(len(usual) - 1, int(share * len(usual)))]
        hits, theirs = (sum(value > bound for value in held) for held in (margins, usual))
        best = min(best, excess(len(margins), hits, len(usual), theirs))
    return best + math.log10(len(_SHARES))


def _turned(table: LabelledTexts, judge: _Judge) -> Iterator[LabelSignal]:
    """Labels that this table gives to what the other one gives another, and to little else."""
    ways: dict[str, list[LabelledRow]] = {}
    for row in table.kept:
        if table.labels[row.label] in judge.labels:
            verdict, margin = _verdict(judge.speaks(row.words))
            if margin > MARGIN:
                ways.setdefault(verdict, []).append(row)
    for verdict, rows in sorted(ways.items()):
        number, count = Counter(row.label for row in rows).most_common(1)[0]
        label = table.labels[number]
        if label == verdict or count < max(15, 0.7 * len(rows)):
            continue
        rest = [row for name, held in ways.items() if name != verdict for row in held]
        chance = excess(len(rows), count, len(rest), sum(row.label == number for row in rest))
        if chance < SURE:
            yield LabelSignal(
                "other table", "", len(rows), count, label, verdict, count, _share(table, number),
                0.0, round(chance, 1),
                tuple(row.line for row in rows if row.label == number)[:3],
            )  # fmt: skip


def _share(table: LabelledTexts, label: int) -> float:
    return round(sum(row.label == label for row in table.kept) / max(1, len(table.kept)), 3)
