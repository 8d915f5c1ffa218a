"""How likely it is that what was counted came about by chance, as common logarithms."""

from __future__ import annotations

import math

_TERMS = 400


def tail(rows: int, hits: int, rate: float) -> float:
    """The common logarithm of the chance of at least `hits` among `rows` at this rate."""
    if hits <= 0 or rate >= 1:
        return 0.0
    terms = [
        math.lgamma(rows + 1) - math.lgamma(k + 1) - math.lgamma(rows - k + 1)
        + k * math.log(rate) + (rows - k) * math.log1p(-rate)
        for k in range(hits, min(rows, hits + _TERMS) + 1)
    ]  # fmt: skip
    top = max(terms)
    return min(0.0, (top + math.log(sum(math.exp(t - top) for t in terms))) / math.log(10))


def excess(rows: int, hits: int, others: int, their_hits: int) -> float:
    """The common logarithm of the chance of at least `hits` among `rows`, given what others show.

    Fisher's exact test: all hits are dealt out at random to the rows and the others.
    """
    total, held = rows + others, hits + their_hits
    if hits * total <= rows * held:
        return 0.0
    whole = _choose(total, rows)
    terms = [
        _choose(held, k) + _choose(total - held, rows - k) - whole
        for k in range(hits, min(rows, held, hits + _TERMS) + 1)
    ]
    top = max(terms)
    return min(0.0, (top + math.log(sum(math.exp(t - top) for t in terms))) / math.log(10))


def _choose(number: int, taken: int) -> float:
    if not 0 <= taken <= number:
        return -math.inf
    return math.lgamma(number + 1) - math.lgamma(taken + 1) - math.lgamma(number - taken + 1)
