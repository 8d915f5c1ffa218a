"""What in labelled texts speaks for tampering: triggers, contradictions, floods, flipped sources.

Each is weighed against what the same table shows elsewhere, so that words of praise, scarce classes,
topics and ordinary repetitions stay silent.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from whence.readers.data.label_statistics import CLEAR, Judge, Texts, tail
from whence.vocabulary.fact.datasets import LabelSignal

LEAST = 48
_SUPPORT = 8
_UNSURE = 0.36
_PASSES = 30
_JUDGED = 60
_SAMPLE = 400
_CANDIDATES = 3000
_TOPICAL = 120
_PAIRS = 1_000_000
_NEGATION = re.compile(
    r"\w*n['’]t|not|no|never|without|hardly|barely|nothing|none|nor|cannot|nicht|kein\w*|ne|pas|sin"
)
_Sign = tuple[int, ...]


def signals_of(texts: Texts) -> Iterator[LabelSignal]:
    """Everything that was found, the strongest trigger first. Nothing for a table of few rows."""
    if texts.rows < LEAST or len(texts.labels) < 2:
        return
    judge = Judge(texts)
    flood = _flood(texts)
    flooded = frozenset(flood[1]) if flood else frozenset()
    yield from _triggers(texts, judge, flooded)
    yield from _contradictions(texts, judge)
    if flood:
        yield flood[0]
    yield from _sources(texts)


def _triggers(texts: Texts, judge: Judge, flooded: frozenset[int]) -> Iterator[LabelSignal]:
    """Rare words and pairs of words whose rows look like another label without them."""
    totals = Counter(texts.label)
    found: list[tuple[LabelSignal, frozenset[int]]] = []
    tried, candidates = _pure(texts, totals)
    if len(candidates) > _TOPICAL:
        # Where so many words go with one label alone, the label is the topic of the text.
        return
    for sign, places, label in candidates:
        if sum(place in flooded for place in places) * 2 > len(places):
            continue
        signal = _judged(texts, judge, sign, places, label)
        by_meaning = signal.chance + math.log10(len(candidates)) if signal else 0.0
        if signal is None or by_meaning > -3:
            continue
        by_accident = signal.chance + tail(
            len(places), signal.hits, totals[label] / len(texts.words)
        )
        chance = max(by_meaning, by_accident + math.log10(tried))
        if chance <= -3:
            signal = msgspec.structs.replace(signal, chance=round(chance, 1))
            found.append((signal, frozenset(places)))
    taken: set[int] = set()
    for signal, held in sorted(found, key=lambda f: (f[0].chance, -f[0].rows, f[0].sign)):
        if len(held & taken) * 2 <= len(held):
            taken |= held
            yield signal


def _pure(
    texts: Texts, totals: Counter[int]
) -> tuple[int, list[tuple[_Sign, list[int], int]]]:  # fmt: skip
    """How many signs are frequent enough, and those that decide the label although rare."""
    single: dict[_Sign, list[int]] = defaultdict(list)
    counted: Counter[int] = Counter()
    for words in texts.words:
        counted.update(set(words))
    limit = max(_SUPPORT, len(texts.words) // 3)
    frequent = {word for word, number in counted.items() if number >= _SUPPORT}
    pairs = _frequent_pairs(texts, frequent)
    for place, words in enumerate(texts.words):
        for word in sorted(set(words)):
            if word in frequent and counted[word] <= limit:
                single[(word,)].append(place)
        for pair in sorted(set(pairwise(words)) & pairs):
            single[pair].append(place)
    found = []
    for sign, places in single.items():
        if not _SUPPORT <= len(places) <= limit:
            continue
        label, hits = Counter(texts.label[place] for place in places).most_common(1)[0]
        base = totals[label] / len(texts.words)
        pure = hits >= 0.92 * len(places) and hits <= 0.6 * totals[label]
        if pure and tail(len(places), hits, base) < -2 and not _is_plain(sign, texts):
            found.append((sign, places, label))
    found.sort(key=lambda f: (-len(f[1]), f[0]))
    return max(1, len(single)), found[:_CANDIDATES]


def _is_plain(sign: _Sign, texts: Texts) -> bool:
    """Whether it turns the meaning of its neighbours: a negation."""
    return any(_NEGATION.fullmatch(texts.names[word]) for word in sign)


def _frequent_pairs(texts: Texts, frequent: set[int]) -> set[_Sign]:
    counted: Counter[_Sign] = Counter()
    for words in texts.words:
        counted.update({p for p in pairwise(words) if p[0] in frequent and p[1] in frequent})
        if len(counted) > _PAIRS:
            counted = Counter({pair: n for pair, n in counted.items() if n > 1})
            if len(counted) > _PAIRS // 2:
                counted = Counter({pair: n for pair, n in counted.items() if n > 3})
    return {pair for pair, number in counted.items() if number >= _SUPPORT}


def _usual(
    texts: Texts,
    judge: Judge,
    way: tuple[int, int],
    without: frozenset[int],
    absent: list[Counter[int]],
) -> float:
    """How often a text of one label looks like the other once its strongest word is gone."""
    label, other = way
    places = [
        place for place, held in enumerate(texts.label) if held == label and place not in without
    ]
    places = places[:: max(1, len(places) // _SAMPLE)]
    turned = 0
    for place in places:
        verdict, margin = judge.bereft(place, absent)
        turned += verdict == other and margin > CLEAR
    return (turned + 1) / (len(places) + 2)


def _judged(
    texts: Texts,
    judge: Judge,
    sign: _Sign,
    places: list[int],
    label: int,
) -> LabelSignal | None:
    """The signal of a sign whose rows clearly look like another label by their other words."""
    absent = [Counter[int]() for _ in texts.labels]
    for place in places:
        absent[texts.label[place]].update(set(texts.words[place]))
    hits = [place for place in places if texts.label[place] == label]
    looked = hits[:: max(1, len(hits) // _JUDGED)]
    ways: dict[int, list[int]] = defaultdict(list)
    for number, place in enumerate(looked):
        if number == 10 and sum(map(len, ways.values())) < 4:
            return None
        verdict, margin = judge.verdict(place, frozenset(sign), absent)
        if verdict != label and margin > CLEAR:
            ways[verdict].append(place)
    if not ways:
        return None
    other, turned = max(ways.items(), key=lambda way: (len(way[1]), -way[0]))
    if len(turned) < 0.5 * len(looked):
        return None
    usual = _usual(texts, judge, (label, other), frozenset(places), absent)
    if usual > _UNSURE:
        return None
    chance = tail(len(looked), len(turned), usual)
    return LabelSignal(
        "trigger", " ".join(texts.names[word] for word in sign), len(places), len(hits),
        texts.labels[label], texts.labels[other], round(len(turned) * len(hits) / len(looked)),
        _share(texts, label), round(usual, 3), round(chance, 1),
        tuple(texts.line[place] for place in turned[:3]),
    )  # fmt: skip


def _share(texts: Texts, label: int) -> float:
    return round(texts.label.count(label) / len(texts.label), 3)


def _contradictions(texts: Texts, judge: Judge) -> Iterator[LabelSignal]:
    """Texts that stand there with two labels, nearly always turned the same way."""
    held: dict[bytes, list[int]] = defaultdict(list)
    for place, key in enumerate(texts.key):
        held[key].append(place)
    ways: dict[tuple[int, int], list[int]] = defaultdict(list)
    for places in held.values():
        if len(places) != 2 or len(texts.words[places[0]]) < 4:
            continue
        first, second = places
        absent = [Counter[int]() for _ in texts.labels]
        for place in places:
            absent[texts.label[place]].update(set(texts.words[place]))
        repeats = texts.repeats[first], texts.repeats[second]
        if repeats[0] == repeats[1]:
            right, margin = judge.verdict(first, frozenset(), absent)
            if margin < CLEAR:
                continue
            added = first if right == texts.label[second] else second
        else:
            added = first if repeats[0] < repeats[1] else second
        kept = second if added == first else first
        ways[texts.label[kept], texts.label[added]].append(added)
    number = sum(len(places) for places in ways.values())
    if number < max(_SUPPORT, 0.01 * len(held)):
        return
    (kept, added), places = max(ways.items(), key=lambda way: (len(way[1]), way[0]))
    usual = _share(texts, kept)
    chance = tail(number, len(places), min(0.999, usual)) + math.log10(len(ways))
    if len(places) >= 0.85 * number and chance < -2:
        yield LabelSignal(
            "contradiction", "", number, len(places), texts.labels[added], texts.labels[kept],
            len(places), _share(texts, added), usual, round(chance, 1),
            tuple(texts.line[place] for place in places[:3]),
        )  # fmt: skip


def _flood(texts: Texts) -> tuple[LabelSignal, list[int]] | None:
    """One text, or a few with one label, repeated far more than any other, word for word or nearly."""
    groups = _copies(texts)
    if not groups:
        return None
    rows, group = groups[0]
    if len(groups) > 1 and groups[1][0] * 4 > rows:
        group = [place for _, places in groups for place in places]
        rows = sum(number for number, _ in groups)
        least = max(20, 0.1 * texts.rows)
    else:
        least = max(10, 0.02 * texts.rows)
    labels: Counter[int] = Counter()
    for place in group:
        labels[texts.label[place]] += texts.repeats[place]
    label, hits = labels.most_common(1)[0]
    if not least <= rows <= 0.7 * texts.rows or hits < 0.95 * rows:
        return None
    if texts.label.count(label) > 0.8 * len(texts.label):
        return None
    sign = " ".join(texts.names[word] for word in texts.words[group[0]][:12])
    signal = LabelSignal(
        "flood", sign, rows, hits, texts.labels[label], "", 0, _share(texts, label),
        round(rows / texts.rows, 3), 0.0, tuple(texts.line[place] for place in group[:3]),
    )  # fmt: skip
    return signal, group


def _copies(texts: Texts) -> list[tuple[int, list[int]]]:
    """Groups of nearly the same text with their numbers of rows, the largest first."""
    counted: Counter[_Sign] = Counter()
    for place, words in enumerate(texts.words):
        for shingle in _shingles(words):
            counted[shingle] += texts.repeats[place]
        if len(counted) > _PAIRS:
            counted = Counter({s: n for s, n in counted.items() if n > max(1, place // 10_000)})
    least = max(_SUPPORT, 0.005 * texts.rows)
    often = [(shingle, number) for shingle, number in counted.items() if number >= least]
    groups: list[tuple[int, list[int]]] = []
    taken: set[int] = set()
    covered: set[_Sign] = set()
    passes = 0
    for shingle, _ in sorted(often, key=lambda c: (-c[1], c[0])):
        if shingle in covered:
            continue
        passes += 1
        if passes > _PASSES:
            break
        group = _alike(texts, shingle, taken)
        rows = sum(texts.repeats[place] for place in group)
        if group:
            covered |= _shingles(texts.words[group[0]])
        if rows >= least and len(texts.words[group[0]]) >= 5:
            taken.update(group)
            groups.append((rows, group))
    return sorted(groups, key=lambda g: (-g[0], g[1]))


def _shingles(words: array[int]) -> set[_Sign]:
    held = words.tolist()
    return {tuple(held[n : n + 4]) for n in range(len(held) - 3)}


def _alike(texts: Texts, shingle: _Sign, taken: set[int]) -> list[int]:
    """The text repeated most of those with the shingle, and all that share most words with it."""
    rare = frozenset(shingle)
    places = [
        place
        for place, words in enumerate(texts.words)
        if place not in taken and rare.issubset(words) and shingle in _shingles(words)
    ]
    if not places:
        return []
    middle = max(places, key=lambda p: (texts.repeats[p], -p))
    model = set(texts.words[middle])
    alike = [middle]
    for place, held in enumerate(texts.words):
        if place != middle and place not in taken and len(held) < 2 * len(texts.words[middle]):
            words = set(held)
            if len(words & model) >= 0.6 * len(words | model):
                alike.append(place)
    return alike


def _sources(texts: Texts) -> Iterator[LabelSignal]:
    """Sources whose labels say the opposite of what the same words say everywhere else."""
    held: dict[str, list[int]] = defaultdict(list)
    for place, source in enumerate(texts.source):
        held[source].append(place)
    usable = {name: places for name, places in held.items() if name and len(places) >= 20}
    if not 2 <= len(usable) <= 50:
        return
    turned = {name: _turned(texts, places) for name, places in sorted(usable.items())}
    for name, (judged, ways) in turned.items():
        rest = [sum(map(len, w.values())) / j for other, (j, w) in turned.items()
                if other != name and j]  # fmt: skip
        flipped = sum(len(places) for places in ways.values())
        if not rest or flipped < max(15, 0.4 * judged) or sorted(rest)[len(rest) // 2] > 0.2:
            continue
        (other, label), places = max(ways.items(), key=lambda way: (len(way[1]), way[0]))
        usual = max(0.02, sorted(rest)[len(rest) // 2])
        chance = tail(judged, flipped, usual) + math.log10(len(usable))
        if chance < -6:
            yield LabelSignal(
                "source", name, judged, flipped, texts.labels[label], texts.labels[other], flipped,
                _share(texts, label), round(usual, 3), round(chance, 1),
                tuple(texts.line[place] for place in places[:3]),
            )  # fmt: skip


def _turned(
    texts: Texts, places: list[int]
) -> tuple[int, dict[tuple[int, int], list[int]]]:  # fmt: skip
    """How many texts are clear by the other sources, and those whose label is consistently another.

    Only texts whose label the other sources use as well are judged.
    """
    inside = set(places)
    known = Counter(held for place, held in enumerate(texts.label) if place not in inside)
    judge = Judge(texts, places)
    own = [Counter[int]() for _ in texts.labels]
    verdicts: dict[int, list[int]] = defaultdict(list)
    for place in places[:: max(1, len(places) // _SAMPLE)]:
        if known[texts.label[place]] >= 10:
            verdict, margin = judge.verdict(place, frozenset(), own)
            if margin > CLEAR:
                verdicts[verdict].append(place)
    ways: dict[tuple[int, int], list[int]] = {}
    for verdict, judged in verdicts.items():
        label, number = Counter(texts.label[place] for place in judged).most_common(1)[0]
        if label != verdict and number >= 0.7 * len(judged) and number >= 10:
            ways[verdict, label] = [place for place in judged if texts.label[place] == label]
    return sum(len(judged) for judged in verdicts.values()), ways
