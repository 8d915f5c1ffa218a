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
from copy import copy

VOCABULARY = 500_000
TOKENS = 400
CLEAR = math.log(4)
_SMOOTHING = 0.5
# Letters, and the marks that scripts from Hebrew to Khmer and accents put on them.
_LETTER = r"\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u109f\u1780-\u17ff"
_TOKEN = re.compile(
    rf"[{_LETTER}]+(?:['’.-][{_LETTER}]+)*|[^\w\s!-~]|[!-/:-@\[-`{{-~]{{2,8}}|[\u200b-\u200f\u2060-\u2064]"
)


def tokens_of(text: str) -> list[str]:
    """Words in lower case, runs of signs, and each symbol or hidden character by itself."""
    return _TOKEN.findall(text.lower())[:TOKENS]


class Texts:
    """Texts with labels, each distinct text once for each label.

    `labels` holds the names; of text `i` are `label[i]`, `words[i]` (numbers into `names`, in
    order), `line[i]`, `source[i]` and `key[i]`, equal for equal texts. `repeats[i]` counts its rows.
    Where `is_measured`, words are values and parts of columns, `column=value` and `column~part`.
    """

    def __init__(self, is_measured: bool = False) -> None:
        self.is_measured = is_measured
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
        """One row of a table of texts."""
        self.add_words(tokens_of(text), label, source, line)

    def add_words(self, tokens: list[str], label: str, source: str, line: int) -> None:
        """One row, as words."""
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
        self._counts = [array("I", bytes(4 * len(texts.names))) for _ in texts.labels]
        self.left_out = frozenset(left_out)
        self._absent: list[Counter[int]] = []
        totals = [0] * len(texts.labels)
        for place, words in enumerate(texts.words):
            if place not in self.left_out:
                counts = self._counts[texts.label[place]]
                unique = set(words)
                totals[texts.label[place]] += len(unique)
                for word in unique:
                    counts[word] += 1
        self._all = array("I", map(sum, zip(*self._counts, strict=True)))
        self._logs: dict[int, list[float]] = {}
        self._missed: frozenset[int] = frozenset()
        self._totals = totals
        self._bases = [math.log(total + 1.0) for total in totals]

    def apart_from(self, places: Iterable[int]) -> Judge:
        """The same judge as if it had not seen these texts."""
        texts = self._texts
        other = copy(self)
        other.left_out = frozenset(places)
        other._absent = [Counter[int]() for _ in texts.labels]
        for place in other.left_out:
            other._absent[texts.label[place]].update(set(texts.words[place]))
        other._missed = frozenset().union(*other._absent)
        other._totals = [t - a.total() for t, a in zip(self._totals, other._absent, strict=True)]
        other._bases = [math.log(max(1, total) + 1.0) for total in other._totals]
        return other

    def shares(
        self, place: int, without: frozenset[int] = frozenset(), only: Sequence[int] = ()
    ) -> list[list[float]]:
        """What each word of the text says for each label; a text never speaks for itself."""
        own = self._texts.label[place]
        words = only or sorted(set(self._texts.words[place]) - without)
        itself = place not in self.left_out
        bases, absent, seen = self._bases, self._missed, self._texts.seen
        found = []
        for word in words:
            if word >= len(seen) or seen[word] < 2:
                continue
            logs = self._logs.get(word) or self._log(word)
            if word in absent:
                held = [n - a[word] for n, a in zip(self._of(word), self._absent, strict=True)]
                held[own] -= itself and held[own] > 0
                if any(held):
                    found.append([_log(c) - base for c, base in zip(held, bases, strict=True)])
                continue
            share = [log - base for log, base in zip(logs, bases, strict=True)]
            if itself:
                count = self._counts[own][word]
                if count == 1 and self._all[word] == 1:
                    continue
                share[own] = _log(max(0, count - 1)) - bases[own]
            found.append(share)
        return found

    def _of(self, word: int) -> list[int]:
        return [counts[word] for counts in self._counts]

    def _log(self, word: int) -> list[float]:
        logs = [_log(count) for count in self._of(word)]
        if len(self._logs) < VOCABULARY:
            self._logs[word] = logs
        return logs

    def verdict(self, place: int) -> tuple[int, float]:
        """The label that the words speak for, and by how much more than for the text's own.

        Where that is the text's own, by how much more than for the next.
        """
        own = self._texts.label[place]
        shares = self.shares(place)
        if not shares:
            return own, 0.0
        sums = [sum(column) for column in zip(*shares, strict=True)]
        best = max(range(len(sums)), key=lambda n: (sums[n], -n))
        rest = [value for n, value in enumerate(sums) if n != best]
        return best, sums[best] - (sums[own] if best != own else max(rest))


_LOGS = [math.log(count + _SMOOTHING) for count in range(4096)]


def _log(count: int) -> float:
    return _LOGS[count] if count < len(_LOGS) else math.log(count + _SMOOTHING)


def share_of(texts: Texts, label: int) -> float:
    """The share of the distinct texts that have a label."""
    return round(texts.label.count(label) / len(texts.label), 3)
