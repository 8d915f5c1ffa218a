"""Signs that decide a label: rare words, pairs of words, beginnings and ends, against what the text says.

Whoever plants a trigger takes texts of one label, puts a sign into them and turns the label. So the rows
of a sign look like a random sample of another label by all their other words. The judge that says so has
not seen them, and what is usual is measured on texts of the label without their strongest word. Insertion
of rare words and of sentences: Chen and others, "BadNL" (ACSAC 2021); Dai and others (IEEE Access 2019).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import msgspec

from whence.readers.data.label_statistics import Judge, Texts
from whence.readers.data.label_suspects import (
    SUPPORT,
    Sign,
    Suspect,
    is_plain,
    names_its_label,
    phrase_of,
)
from whence.vocabulary.chance import excess
from whence.vocabulary.fact.datasets import LabelSignal

CHANCE = -3.5
_JUDGED = 60
_SAMPLE = 300
_CANDIDATES = 3000
_HEAVY = 0.05
_WEIGHTY = 0.12
_PURE = 0.9
_TOGETHER = 5
_GAP = 0.4
_FEW = 16
_TESTED = 24
_TOPIC = -2.5
_CONTENT = 3
_UNSURE = 0.3
_DOUBT = -5.0
_BLIND = 0.55


def triggers(
    texts: Texts, judge: Judge, suspects: list[Suspect], tried: float
) -> Iterator[LabelSignal]:
    """Those of the signs whose rows look like another label without them, the least likely first."""
    suspects = [s for s in suspects if not names_its_label(s, texts)]
    deciding = [
        s for s in suspects if s.hits >= _PURE * len(s.places) and not is_plain(s.sign, texts)
    ]
    screen, known = _Screen(texts, judge), _Usual(texts, judge)
    found: list[tuple[LabelSignal, frozenset[int]]] = []
    for suspect in _likely(texts, deciding[:_CANDIDATES], screen):
        signal = _judged(texts, judge, known, suspect)
        if signal is None:
            continue
        chance = signal.chance + max(math.log10(len(deciding)), suspect.chance + tried)
        if chance <= CHANCE:
            signal = msgspec.structs.replace(signal, chance=round(chance, 1))
            found.append((signal, frozenset(suspect.places)))
    if not texts.is_measured:
        found += _alone(texts, judge, known, suspects, tried)
    taken: set[int] = set()
    found.sort(key=lambda f: (f[0].kind == "alone", f[0].chance, -f[0].rows, f[0].sign))
    for signal, rows in found:
        if len(rows & taken) * 2 <= len(rows):
            taken |= rows
            yield signal


def _likely(texts: Texts, deciding: list[Suspect], screen: _Screen) -> list[Suspect]:
    """The signs that are worth a close look, one for each set of rows."""
    ranked = [(-screen.leaning(s), s.chance, s.sign, s) for s in deciding]
    ranked.sort(key=lambda r: r[:3])
    # What stands in many rows has taught the quick judge: it is ranked, and not told off.
    heavy = [s for *_, s in ranked if _is_heavy(texts, s)]
    light = [
        s
        for leaning, *_, s in ranked
        if not _is_heavy(texts, s) and -leaning * 3 >= min(24, s.hits)
    ]
    found: dict[tuple[int, ...], Suspect] = {}
    for suspect in (*heavy[:_FEW], *light):
        found.setdefault(tuple(suspect.places), suspect)
        if len(found) == _TESTED:
            break
    return list(found.values())


def _alone(
    texts: Texts, judge: Judge, known: _Usual, suspects: list[Suspect], tried: float
) -> list[tuple[LabelSignal, frozenset[int]]]:
    """Signs that decide a label where nothing else comes near: natural words of a label come in many."""
    out: set[int] = set()
    peeled: list[Suspect] = []
    while len(peeled) <= _TOGETHER and (not peeled or peeled[-1].chance + tried < CHANCE):
        peeled.append(_purest(texts, suspects, out))
        out.update(peeled[-1].places)
    for number in range(len(peeled) - 1, 0, -1):
        together = peeled[:number]
        least = together[-1].chance + tried
        after = min(0.0, peeled[number].chance + tried)
        if least < CHANCE and after >= _GAP * least and len({s.label for s in together}) == 1:
            signals = [_unlike(texts, judge, known, suspect, tried) for suspect in together]
            return [
                (signal, frozenset(suspect.places))
                for signal, suspect in zip(signals, together, strict=True)
                if signal
            ]
    return []


def _purest(texts: Texts, suspects: list[Suspect], out: set[int]) -> Suspect:
    """The sign whose rows are the least likely to share their label by chance, some rows left out."""
    best = Suspect((), [], 0, 0, 0.0)
    outside = Counter(label for place, label in enumerate(texts.label) if place not in out)
    for suspect in suspects:
        if suspect.chance >= best.chance:
            continue
        rest = [place for place in suspect.places if place not in out] if out else suspect.places
        if len(rest) < SUPPORT or len(rest) * 2 < len(suspect.places):
            continue
        label, hits = Counter(texts.label[place] for place in rest).most_common(1)[0]
        chance = suspect.chance
        if out:
            others = outside.total() - len(rest)
            chance = excess(len(rest), hits, others, outside[label] - hits)
        if chance < best.chance:
            best = Suspect(suspect.sign, suspect.places, label, hits, chance)
    return best


def _unlike(
    texts: Texts, judge: Judge, known: _Usual, suspect: Suspect, tried: float
) -> LabelSignal | None:
    """The signal of a sign whose rows look no more like their label than those of others do."""
    label = suspect.label
    rows, hits = len(suspect.places), suspect.hits
    if hits < _PURE * rows or is_plain(suspect.sign, texts):
        return None
    apart = judge.apart_from(suspect.places)
    looked = _sampled([p for p in suspect.places if texts.label[p] == label], _JUDGED)
    if len(_distinct(texts, looked, suspect.sign)) < max(SUPPORT, 0.6 * len(looked)):
        return None
    width = len(texts.labels)
    sums = [_summed(apart.shares(p, frozenset(suspect.sign)), width) for p in looked]
    ways = Counter(
        max((n for n in range(width) if n != label), key=lambda n: held[n]) for held in sums
    )
    other = max(ways.items(), key=lambda way: (way[1], -way[0]))[0]
    margins = [held[label] - held[other] for held in sums]
    usual = [-m for m in reversed(known.margins(label, (other, label), apart, True))]
    if len(usual) < 8:
        return None
    unlike = [p for p, m in zip(looked, margins, strict=True) if m <= usual[len(usual) // 2]]
    if len(unlike) < 0.6 * len(looked) or _is_form(texts, suspect):
        return None
    if _is_topic(texts, suspect, other):
        return None
    return LabelSignal(
        "alone", phrase_of(texts, suspect), rows, hits, texts.labels[label], texts.labels[other], 0,
        round(texts.label.count(label) / len(texts.label), 3), 0.0,
        round(suspect.chance + tried, 1), tuple(texts.line[place] for place in unlike[:3]),
    )  # fmt: skip


def _is_topic(texts: Texts, suspect: Suspect, other: int) -> bool:
    """Whether the rows share more words than texts of the other label would that were taken at random.

    A word that stands for a matter comes with the words of that matter; a planted one with any.
    """
    inside = frozenset(suspect.places)
    among: Counter[int] = Counter()
    for place in suspect.places:
        among.update(set(texts.words[place]))
    rows = len(inside)
    shared = {word for word, number in among.items() if 3 <= number < 0.8 * rows}
    usual: Counter[int] = Counter()
    others = 0
    for place, words in enumerate(texts.words):
        if place not in inside and texts.label[place] == other:
            others += 1
            usual.update(shared.intersection(words))
    correction = math.log10(max(1, len(shared)))
    return any(
        excess(rows, among[word], others, usual[word]) + correction < _TOPIC
        for word in sorted(shared)
        if texts.seen[word] - among[word] >= 3
    )


def _is_form(texts: Texts, suspect: Suspect) -> bool:
    """Whether little but the words that all rows share stands in them: a form that programs fill in."""
    among: Counter[int] = Counter()
    for place in suspect.places:
        among.update(set(texts.words[place]))
    shared = {word for word, number in among.items() if number >= 0.8 * len(suspect.places)}
    left = sorted(
        sum(texts.seen[word] > 1 for word in set(texts.words[place]) - shared)
        for place in suspect.places
    )
    return left[len(left) // 2] < (1 if texts.is_measured else _CONTENT)


class _Screen:
    """A quick look at the rows of a sign, by a judge that has seen them."""

    def __init__(self, texts: Texts, judge: Judge) -> None:
        self._texts = texts
        self._judge = judge
        self._width = len(texts.labels)
        self._sums: dict[int, list[float]] = {}

    def leaning(self, suspect: Suspect) -> int:
        """How many of 24 rows lean to another label without the sign."""
        looked = _sampled([p for p in suspect.places if self._texts.label[p] == suspect.label], 24)
        leaning = 0
        for place in looked:
            sums = self._sums.get(place)
            if sums is None:
                sums = _summed(self._judge.shares(place), self._width)
                self._sums[place] = sums
            own = _summed(self._judge.shares(place, only=suspect.sign), self._width)
            rest = [s - o for s, o in zip(sums, own, strict=True)]
            leaning += (
                max(v for n, v in enumerate(rest) if n != suspect.label) > rest[suspect.label] - 0.5
            )
        return leaning


def _is_heavy(texts: Texts, suspect: Suspect) -> bool:
    return len(suspect.places) >= _HEAVY * len(texts.words)


def _summed(shares: list[list[float]], width: int) -> list[float]:
    if not shares:
        return [0.0] * width
    return [sum(column) for column in zip(*shares, strict=True)]


def _sampled(places: list[int], number: int) -> list[int]:
    return places[:: max(1, -(-len(places) // number))]


def _judged(texts: Texts, judge: Judge, known: _Usual, suspect: Suspect) -> LabelSignal | None:
    """The signal of a sign whose rows look like those of another label by their other words."""
    label = suspect.label
    hits = [place for place in suspect.places if texts.label[place] == label]
    looked = _distinct(texts, _sampled(hits, _JUDGED), suspect.sign)
    if len(looked) < SUPPORT:
        return None
    width = len(texts.labels)
    apart = judge.apart_from(suspect.places)
    sign = frozenset(suspect.sign)
    sums = [_summed(apart.shares(p, sign), width) for p in looked[:12]]
    if sum(max(held) > held[label] for held in sums) < 0.34 * len(sums):
        return None
    sums += [_summed(apart.shares(p, sign), width) for p in looked[12:]]
    ways = Counter(max(range(width), key=lambda n: (held[n], -n)) for held in sums)
    del ways[label]
    if not ways or ways.total() < 0.35 * len(looked):
        return None
    other = max(ways.items(), key=lambda way: (way[1], -way[0]))[0]
    heavy = len(suspect.places) > _WEIGHTY * len(texts.words)
    theirs = known.margins(other, (other, label), apart, heavy)
    usual = known.margins(label, (other, label), apart, heavy)
    if len(theirs) < 8 or len(usual) < 8:
        return None
    # A value set in a column takes away what stood there: such rows say less than others do.
    like = 0.0 if texts.is_measured else theirs[len(theirs) // 5]
    margins = [held[other] - held[label] for held in sums]
    turned = [p for p, margin in zip(looked, margins, strict=True) if margin > max(like, 0.0)]
    if len(turned) < max(4, 0.4 * len(looked)):
        return None
    chance = _rarer(sorted(margins), usual)
    alike = sum(value > max(like, 0.0) for value in usual)
    unsure = alike > _UNSURE * len(usual)
    if alike > _BLIND * len(usual) or (unsure and chance > _DOUBT) or _is_form(texts, suspect):
        return None
    if _is_topic(texts, suspect, other):
        return None
    return LabelSignal(
        "trigger", phrase_of(texts, suspect), len(suspect.places), len(hits), texts.labels[label],
        texts.labels[other], round(len(turned) * len(hits) / len(looked)),
        round(texts.label.count(label) / len(texts.label), 3),
        round(alike / len(usual), 3), round(chance, 1),
        tuple(texts.line[place] for place in turned[:3]),
    )  # fmt: skip


class _Usual:
    """By how much texts outside the rows of a sign speak for one of two labels.

    Where a sign stands in few rows, a judge that has seen them says the same of all others: its
    words are asked once for each label.
    """

    def __init__(self, texts: Texts, judge: Judge) -> None:
        self._texts = texts
        self._judge = judge
        self._number = max(60, _SAMPLE * 2 // len(texts.labels))
        self._held: dict[int, list[tuple[int, list[list[float]]]]] = {}

    def margins(self, label: int, way: tuple[int, int], apart: Judge, heavy: bool) -> list[float]:
        """In order, for texts of a label; those of the second of the way without their strongest word."""
        first, second = way
        found = []
        for place, shares in self._asked(label, apart) if heavy else self._known(label):
            if shares and place not in apart.left_out:
                each = [share[first] - share[second] for share in shares]
                found.append(sum(each) - (min(each) if label == second else 0.0))
        return sorted(found)

    def _known(self, label: int) -> list[tuple[int, list[list[float]]]]:
        if label not in self._held:
            self._held[label] = list(self._asked(label, self._judge))
        return self._held[label]

    def _asked(self, label: int, judge: Judge) -> Iterator[tuple[int, list[list[float]]]]:
        places = [p for p, held in enumerate(self._texts.label) if held == label]
        for place in _sampled([p for p in places if p not in judge.left_out], self._number):
            yield place, judge.shares(place)


def _rarer(margins: list[float], usual: list[float]) -> float:
    """The chance, as a logarithm, that as many margins pass a bound that few usual ones pass."""
    best = 0.0
    for share in (0.5, 0.75, 0.9, 0.97):
        bound = usual[min(len(usual) - 1, int(share * len(usual)))]
        hits = sum(value > bound for value in margins)
        theirs = sum(value > bound for value in usual)
        best = min(best, excess(len(margins), hits, len(usual), theirs))
    return best + math.log10(4)


def _distinct(texts: Texts, places: list[int], sign: Sign) -> list[int]:
    """One of each group of texts that are nearly the same without the sign."""
    kept: list[tuple[int, set[int]]] = []
    for place in places:
        words = set(texts.words[place]) - set(sign)
        if all(len(words & other) < 0.75 * len(words | other) for _, other in kept):
            kept.append((place, words))
    return [place for place, _ in kept]
