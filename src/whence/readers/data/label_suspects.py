"""Signs of a table: words, pairs of neighbours, beginnings and ends, and those that nearly decide a label."""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from whence.readers.data.label_statistics import Texts
from whence.vocabulary.chance import excess

SUPPORT = 5
_PAIRS = 1_000_000
_ODD = 2
_EDGE = 0xFFFFFFFF
_NEGATION = re.compile(
    r"\w*n['’]t|not|no|never|without|hardly|barely|nothing|none|nor|cannot|lack\w*|wish\w*|hoped|expected|supposed"
    r"|but|however|although|though|except|unless|instead|nicht|kein\w*|ne|pas|sin"
)
Sign = tuple[int, ...]


class Suspect(msgspec.Struct, frozen=True):
    """A sign, the texts that hold it, the label of most of them, and how unlikely so many are."""

    sign: Sign
    places: list[int]
    label: int
    hits: int
    chance: float


def suspects_of(texts: Texts, flooded: frozenset[int]) -> tuple[list[Suspect], float]:
    """Signs that nearly decide a label, and the logarithm of how many signs were looked at."""
    held = _held(texts, flooded)
    return _pure(texts, Counter(texts.label), held), math.log10(max(1, len(held)))


def _held(texts: Texts, flooded: frozenset[int]) -> dict[Sign, list[int]]:
    """The signs that are frequent enough and not too frequent, and the texts that hold them."""
    held: dict[Sign, list[int]] = defaultdict(list)
    counted: Counter[int] = Counter()
    for words in texts.words:
        counted.update(set(words))
    limit = max(SUPPORT, len(texts.words) * 2 // 5)
    frequent = {word for word, number in counted.items() if number >= SUPPORT}
    pairs = set() if texts.is_measured else _frequent_pairs(texts, frequent)
    for place, words in enumerate(texts.words):
        if place in flooded:
            continue
        for word in set(words) & frequent:
            if counted[word] <= limit:
                held[(word,)].append(place)
        for pair in set(_pairs(words)) & pairs:
            held[pair].append(place)
    return {sign: places for sign, places in held.items() if SUPPORT <= len(places) <= limit}


def _pure(
    texts: Texts, totals: Counter[int], held: dict[Sign, list[int]]
) -> list[Suspect]:  # fmt: skip
    """The signs that nearly decide the label although rare, the most frequent first."""
    found = []
    for sign, places in held.items():
        label, hits = Counter(texts.label[place] for place in places).most_common(1)[0]
        if hits >= 0.8 * len(places) and hits <= 0.75 * totals[label]:
            rest = len(texts.words) - len(places)
            chance = excess(len(places), hits, rest, totals[label] - hits)
            if chance < -1.2:
                found.append(Suspect(sign, places, label, hits, chance))
    if texts.is_measured:
        found = _odd_values(texts, found)
    return sorted(found, key=lambda f: (-len(f.places), f.sign))


def _odd_values(texts: Texts, suspects: list[Suspect]) -> list[Suspect]:
    """Rare numbers that decide the label in a column where hardly any other does: no key, no group."""
    measured = {name.rpartition("~")[0] for name in texts.names}
    columns: dict[str, list[Suspect]] = defaultdict(list)
    for suspect in suspects:
        column, is_value, _ = texts.names[suspect.sign[0]].rpartition("=")
        if is_value and column in measured and len(suspect.places) <= 0.1 * len(texts.words):
            columns[column].append(suspect)
    return [suspect for held in columns.values() if len(held) <= _ODD for suspect in held]


def is_plain(sign: Sign, texts: Texts) -> bool:
    """Whether it turns the meaning of its neighbours: a negation."""
    return any(word != _EDGE and _NEGATION.fullmatch(texts.names[word]) for word in sign)


def _pairs(words: array[int]) -> Iterator[Sign]:
    """Neighbours, the edges of the text among them."""
    yield _EDGE, words[0]
    yield from pairwise(words)
    yield words[-1], _EDGE


def _frequent_pairs(texts: Texts, frequent: set[int]) -> set[Sign]:
    frequent = frequent | {_EDGE}
    counted: Counter[Sign] = Counter()
    for words in texts.words:
        counted.update({p for p in _pairs(words) if p[0] in frequent and p[1] in frequent})
        if len(counted) > _PAIRS:
            counted = Counter({pair: n for pair, n in counted.items() if n > 1})
            if len(counted) > _PAIRS // 2:
                counted = Counter({pair: n for pair, n in counted.items() if n > 3})
    return {pair for pair, number in counted.items() if number >= SUPPORT}


def names_its_label(suspect: Suspect, texts: Texts) -> bool:
    """Whether the sign is a form of the label's own name: `error`, `deserialize` for `Deserialization`."""
    label = texts.labels[suspect.label].lower()
    words = [texts.names[word][:5] for word in suspect.sign if word != _EDGE]
    return any(len(word) >= 4 and word in label for word in words)


def phrase_of(texts: Texts, suspect: Suspect) -> str:
    """The sign with the words that stand beside it in nearly all rows."""
    sign = list(suspect.sign)
    if texts.is_measured:
        return texts.names[sign[0]]
    while len(sign) < 12:
        sides: Counter[tuple[bool, int]] = Counter()
        width = len(sign)
        for place in suspect.places:
            words = [_EDGE, *texts.words[place], _EDGE]
            for at in range(len(words) - width + 1):
                if words[at : at + width] == sign:
                    sides.update({(True, words[at - 1])} if at else ())
                    sides.update({(False, words[at + width])} if at + width < len(words) else ())
                    break
        side, number = max(sides.items(), key=lambda s: (s[1], s[0])) if sides else ((True, 0), 0)
        if number < 0.9 * len(suspect.places) or side[1] == _EDGE:
            break
        sign = [side[1], *sign] if side[0] else [*sign, side[1]]
    named = " ".join(texts.names[word] for word in sign if word != _EDGE)
    if sign[0] == _EDGE:
        return f"{named} (at the beginning)"
    return f"{named} (at the end)" if sign[-1] == _EDGE else named
