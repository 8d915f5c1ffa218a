"""Labelled texts as counts, and a judge that says which label the words of a text speak for.

The judge is a naive Bayes with equal priors: class imbalance moves no verdict. A text never speaks
for itself, nor do the texts that are left out.
"""

from __future__ import annotations

import hashlib
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

VOCABULARY = 500_000
TOKENS = 400
CLEAR = math.log(4)
_SMOOTHING = 0.5
_TOKEN = re.compile(
    r"[^\W_]+(?:['’_.-][^\W_]+)*|[^\w\s!-~]|[!-/:-@\[-`{-~]{2,8}|[\u200b-\u200f\u2060-\u2064]"
)


def tokens_of(text: str) -> list[str]:
    """Words in lower case, runs of signs, and each symbol or hidden character by itself."""
    return _TOKEN.findall(text.lower())[:TOKENS]


class Texts:
    """Texts with labels, each distinct text once for each label.

    `labels` holds the names; of text `i` are `label[i]`, `words[i]` (numbers into `names`, in
    order), `line[i]`, `source[i]` and `key[i]`, equal for equal texts. `repeats[i]` counts its rows.
    """

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.label = array("I")
        self.line = array("I")
        self.words: list[array[int]] = []
        self.source: list[str] = []
        self.key: list[bytes] = []
        self.repeats = array("I")
        self.rows = 0
        self.names: list[str] = []
        self.seen = array("I")
        self._numbers: dict[str, int] = {}
        self._places: dict[tuple[bytes, int], int] = {}
        self._label_numbers: dict[str, int] = {}

    def add(self, text: str, label: str, source: str, line: int) -> None:
        """One row of the table."""
        tokens = tokens_of(text)
        if not tokens:
            return
        self.rows += 1
        number = self._label_numbers.setdefault(label, len(self.labels))
        if number == len(self.labels):
            self.labels.append(label)
        key = hashlib.blake2b(" ".join(tokens).encode("utf-8", "replace"), digest_size=8).digest()
        place = self._places.setdefault((key, number), len(self.words))
        if place < len(self.words):
            self.repeats[place] += 1
            return
        self.label.append(number)
        self.line.append(line)
        self.source.append(source)
        self.key.append(key)
        self.repeats.append(1)
        self.words.append(array("I", [self._number(token) for token in tokens]))

    def _number(self, token: str) -> int:
        number = self._numbers.get(token)
        if number is None:
            if len(self._numbers) >= VOCABULARY:
                self._numbers = {t: n for t, n in self._numbers.items() if self.seen[n] > 1}
                if len(self._numbers) > VOCABULARY // 2:
                    self._numbers = {t: n for t, n in self._numbers.items() if self.seen[n] > 7}
            number = len(self.names)
            self._numbers[token] = number
            self.names.append(token)
            self.seen.append(0)
        self.seen[number] += 1
        return number


class Judge:
    """Says which label a text's words speak for, and how clearly."""

    def __init__(self, texts: Texts, left_out: Iterable[int] = ()) -> None:
        self._texts = texts
        self._width = len(texts.labels)
        self._counts = [array("I", bytes(4 * len(texts.names))) for _ in range(self._width)]
        self._totals = [0] * self._width
        without = set(left_out)
        for place, words in enumerate(texts.words):
            if place not in without:
                counts = self._counts[texts.label[place]]
                unique = set(words)
                self._totals[texts.label[place]] += len(unique)
                for word in unique:
                    counts[word] += 1

    def shares(
        self,
        place: int,
        without: frozenset[int],
        absent: Sequence[Counter[int]] = (),
        itself: bool = True,
    ) -> list[tuple[int, list[float]]]:
        """Each word of the text with what it says for each label, in order of the words.

        The text itself is not counted, nor, where given, what is `absent` for each label.
        """
        own = self._texts.label[place]
        words = sorted(set(self._texts.words[place]) - without)
        bases = [
            math.log(max(1, t - (sum(absent[n].values()) if absent else 0)) + 1.0)
            for n, t in enumerate(self._totals)
        ]
        found = []
        for word in words:
            if self._texts.seen[word] < 2:
                continue
            held = [counts[word] for counts in self._counts]
            if absent:
                held = [count - absent[n][word] for n, count in enumerate(held)]
            if itself and held[own]:
                held[own] -= 1
            if any(held):
                found.append(
                    (word, [math.log(c + _SMOOTHING) - bases[n] for n, c in enumerate(held)])
                )
        return found

    def verdict(
        self, place: int, without: frozenset[int] = frozenset(), absent: Sequence[Counter[int]] = ()
    ) -> tuple[int, float]:
        """The label that the words speak for, and by how much more than for the text's own.

        Where that is the text's own, by how much more than for the next.
        """
        shares = self.shares(place, without, absent, itself=not absent)
        return self._judged(place, [share for _, share in shares])

    def bereft(self, place: int, absent: Sequence[Counter[int]] = ()) -> tuple[int, float]:
        """The verdict without the word that speaks most for the text's own label."""
        own = self._texts.label[place]
        shares = [share for _, share in self.shares(place, frozenset(), absent)]
        if not shares:
            return own, 0.0
        strongest = max(
            range(len(shares)),
            key=lambda n: (
                shares[n][own] - max(v for i, v in enumerate(shares[n]) if i != own or len(shares[n]) == 1)
            ),
        )  # fmt: skip
        return self._judged(place, shares[:strongest] + shares[strongest + 1 :])

    def _judged(self, place: int, shares: list[list[float]]) -> tuple[int, float]:
        own = self._texts.label[place]
        if not shares:
            return own, 0.0
        sums = [sum(column) for column in zip(*shares, strict=True)]
        best = max(range(self._width), key=lambda n: (sums[n], -n))
        rest = [value for n, value in enumerate(sums) if n != best]
        return best, sums[best] - (sums[own] if best != own else max(rest))


def tail(rows: int, hits: int, rate: float) -> float:
    """The common logarithm of the chance of at least `hits` among `rows` at this rate."""
    if hits <= 0 or rate >= 1:
        return 0.0
    terms = [
        math.lgamma(rows + 1) - math.lgamma(k + 1) - math.lgamma(rows - k + 1)
        + k * math.log(rate) + (rows - k) * math.log1p(-rate)
        for k in range(hits, min(rows, hits + 400) + 1)
    ]  # fmt: skip
    top = max(terms)
    return min(0.0, (top + math.log(sum(math.exp(t - top) for t in terms))) / math.log(10))
