"""What is kept of a table of labelled texts, so that other tables can be compared with it."""

from __future__ import annotations

from collections import Counter

from whence.readers.data.label_statistics import Texts
from whence.readers.data.label_suspects import Suspect, phrase_of
from whence.vocabulary.fact.datasets import LabelledRow, SuspectSign

WORDS = 4000
SMALL = 600
SAMPLE = 240
SUSPECTS = 12
_PURE = 0.9
_ROW = 120


def counts_of(texts: Texts) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """How many texts of each label hold a word, for the most frequent words, and the sums over all."""
    held: list[Counter[int]] = [Counter() for _ in texts.labels]
    for place, words in enumerate(texts.words):
        held[texts.label[place]].update(set(words))
    together: Counter[int] = Counter()
    for counter in held:
        together.update(counter)
    often = sorted(
        ((number, word) for word, number in together.items() if number > 1),
        key=lambda n: (-n[0], n[1]),
    )
    counts = {
        texts.names[word]: tuple(counter[word] for counter in held) for _, word in often[:WORDS]
    }
    return counts, tuple(counter.total() for counter in held)


def kept_of(texts: Texts) -> tuple[list[int], tuple[LabelledRow, ...]]:
    """The rows of a small table, a sample of a large one: their places, and what they hold."""
    places = list(range(len(texts.words)))
    if len(places) > SMALL:
        places = places[:: -(-len(places) // SAMPLE)]
    return places, tuple(
        LabelledRow(
            texts.line[place],
            texts.label[place],
            tuple(texts.names[word] for word in dict.fromkeys(texts.words[place]))[:_ROW],
        )
        for place in places
    )


def suspects_kept(
    texts: Texts, suspects: list[Suspect], tried: float, places: list[int]
) -> tuple[SuspectSign, ...]:
    """The least likely signs of a small table, each with rows of its own."""
    if len(places) < len(texts.words):
        return ()
    taken: set[int] = set()
    found = []
    for suspect in sorted(suspects, key=lambda s: (s.chance, s.sign)):
        mine = set(suspect.places)
        if suspect.hits < _PURE * len(suspect.places) or len(mine & taken) * 2 > len(mine):
            continue
        taken |= mine
        words = tuple(texts.names[word] for word in suspect.sign if word < len(texts.names))
        found.append(
            SuspectSign(
                phrase_of(texts, suspect), words, suspect.label, len(suspect.places), suspect.hits,
                round(suspect.chance + tried, 1), tuple(suspect.places),
            )
        )  # fmt: skip
        if len(found) == SUSPECTS:
            break
    return tuple(found)
