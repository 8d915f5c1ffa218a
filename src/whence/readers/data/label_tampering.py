"""What in labelled texts speaks for tampering: triggers, contradictions, floods, flipped sources.

Each is weighed against what the same table shows elsewhere, so that words of praise, scarce classes,
topics and ordinary repetitions stay silent.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from whence.readers.data.label_copies import flood_of
from whence.readers.data.label_statistics import CLEAR, Judge, Texts, share_of
from whence.readers.data.label_suspects import Suspect, suspects_of
from whence.readers.data.label_triggers import triggers
from whence.vocabulary.chance import tail
from whence.vocabulary.fact.datasets import LabelSignal

LEAST = 48
_SUPPORT = 8
_SAMPLE = 400


def weighed(texts: Texts) -> tuple[list[LabelSignal], list[Suspect], float]:
    """Everything that was found, the strongest trigger first, and what only other tables can judge.

    That is the signs which nearly decide a label, with the logarithm of how many were looked at.
    Nothing for a table of few rows.
    """
    if texts.rows < LEAST or len(texts.labels) < 2:
        return [], [], 0.0
    judge = Judge(texts)
    if texts.is_measured:
        suspects, tried = suspects_of(texts, frozenset())
        return list(triggers(texts, judge, suspects, tried)), [], tried
    flood = flood_of(texts)
    suspects, tried = suspects_of(texts, frozenset(flood[1]) if flood else frozenset())
    signals = [*triggers(texts, judge, suspects, tried), *_contradictions(texts, judge)]
    if flood:
        signals.append(flood[0])
    return [*signals, *_sources(texts)], suspects, tried


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
        repeats = texts.repeats[first], texts.repeats[second]
        if repeats[0] == repeats[1]:
            right, margin = judge.apart_from(places).verdict(first)
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
    usual = share_of(texts, kept)
    chance = tail(number, len(places), min(0.999, usual)) + math.log10(len(ways))
    if len(places) >= 0.85 * number and chance < -2:
        yield LabelSignal(
            "contradiction", "", number, len(places), texts.labels[added], texts.labels[kept],
            len(places), share_of(texts, added), usual, round(chance, 1),
            tuple(texts.line[place] for place in places[:3]),
        )  # fmt: skip


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
                share_of(texts, label), round(usual, 3), round(chance, 1),
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
    verdicts: dict[int, list[int]] = defaultdict(list)
    for place in places[:: max(1, len(places) // _SAMPLE)]:
        if known[texts.label[place]] >= 10:
            verdict, margin = judge.verdict(place)
            if margin > CLEAR:
                verdicts[verdict].append(place)
    ways: dict[tuple[int, int], list[int]] = {}
    for verdict, judged in verdicts.items():
        label, number = Counter(texts.label[place] for place in judged).most_common(1)[0]
        if label != verdict and number >= 0.7 * len(judged) and number >= 10:
            ways[verdict, label] = [place for place in judged if texts.label[place] == label]
    return sum(len(judged) for judged in verdicts.values()), ways
