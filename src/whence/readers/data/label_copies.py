"""Texts that stand in a table again and again, word for word or nearly, and what they are labelled."""

from __future__ import annotations

from array import array
from collections import Counter

from whence.readers.data.label_statistics import Texts, share_of
from whence.vocabulary.fact.datasets import LabelSignal

_SUPPORT = 8
_PASSES = 30
_PAIRS = 1_000_000
_LEAST = 8
_LOOKED = 200
_HOLDERS = 20
_REPETITIVE = 0.15
Shingle = tuple[int, ...]


def flood_of(texts: Texts) -> tuple[LabelSignal, list[int]] | None:
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
    if texts.label.count(label) > 0.8 * len(texts.label) or _is_repetitive(texts, frozenset(group)):
        return None
    sign = " ".join(texts.names[word] for word in texts.words[group[0]][:12])
    signal = LabelSignal(
        "flood", sign, rows, hits, texts.labels[label], "", 0, share_of(texts, label),
        round(rows / texts.rows, 3), 0.0, tuple(texts.line[place] for place in group[:3]),
    )  # fmt: skip
    return signal, group


def _is_repetitive(texts: Texts, without: frozenset[int]) -> bool:
    """Whether many of the other texts have near copies as well: messages of programs, forms."""
    places = [place for place in range(len(texts.words)) if place not in without]
    looked = places[:: max(1, len(places) // _LOOKED)]
    holders: dict[Shingle, list[int]] = {s: [] for p in looked for s in _shingles(texts.words[p])}
    for place in places:
        for shingle in _shingles(texts.words[place]) & holders.keys():
            if len(holders[shingle]) < _HOLDERS:
                holders[shingle].append(place)
    copied = 0
    for place in looked:
        words = set(texts.words[place])
        near = {other for s in _shingles(texts.words[place]) for other in holders[s]} - {place}
        copied += texts.repeats[place] > 1 or any(
            len(words & set(texts.words[other])) >= 0.6 * len(words | set(texts.words[other]))
            for other in sorted(near)
        )
    return copied > _REPETITIVE * len(looked)


def _copies(texts: Texts) -> list[tuple[int, list[int]]]:
    """Groups of nearly the same text with their numbers of rows, the largest first."""
    counted = _counted(texts)
    least = max(_SUPPORT, 0.005 * texts.rows)
    often = {shingle: number for shingle, number in counted.items() if number >= least}
    holders: dict[Shingle, list[int]] = {shingle: [] for shingle in often}
    for place, words in enumerate(texts.words):
        for shingle in _shingles(words) & often.keys():
            holders[shingle].append(place)
    groups: list[tuple[int, list[int]]] = []
    taken: set[int] = set()
    covered: set[Shingle] = set()
    passes = 0
    for shingle, _ in sorted(often.items(), key=lambda c: (-c[1], c[0])):
        if shingle in covered:
            continue
        passes += 1
        if passes > _PASSES:
            break
        group = _alike(texts, holders, shingle, taken)
        rows = sum(texts.repeats[place] for place in group)
        if group:
            covered |= _shingles(texts.words[group[0]])
        if rows >= least and len(texts.words[group[0]]) >= _LEAST:
            taken.update(group)
            groups.append((rows, group))
    return sorted(groups, key=lambda g: (-g[0], g[1]))


def _counted(texts: Texts) -> Counter[Shingle]:
    counted: Counter[Shingle] = Counter()
    for place, words in enumerate(texts.words):
        for shingle in _shingles(words):
            counted[shingle] += texts.repeats[place]
        if len(counted) > _PAIRS:
            counted = Counter({s: n for s, n in counted.items() if n > max(1, place // 10_000)})
    return counted


def _shingles(words: array[int]) -> set[Shingle]:
    held = words.tolist()
    return {tuple(held[n : n + 4]) for n in range(len(held) - 3)}


def _alike(
    texts: Texts, holders: dict[Shingle, list[int]], shingle: Shingle, taken: set[int]
) -> list[int]:
    """The text repeated most of those with the shingle, and all that share most words with it."""
    places = [place for place in holders[shingle] if place not in taken]
    if not places:
        return []
    middle = max(places, key=lambda p: (texts.repeats[p], -p))
    model = set(texts.words[middle])
    often = _shingles(texts.words[middle]) & holders.keys()
    near = {place for each in often for place in holders[each]} - taken - {middle}
    alike = [middle]
    for place in sorted(near):
        held = texts.words[place]
        if len(held) < 2 * len(texts.words[middle]):
            words = set(held)
            if len(words & model) >= 0.6 * len(words | model):
                alike.append(place)
    return alike
