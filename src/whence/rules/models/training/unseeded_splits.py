"""Splits and shuffles of rows that fall out differently on every run.

Sources: the reference pages of scikit-learn's model selection and of pandas' `sample`.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span

_ALWAYS = frozenset(
    {"train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"}
)
_ON_DEMAND = frozenset({"KFold", "StratifiedKFold", "StratifiedGroupKFold"})


def unseeded_splits(code: Code, programs: Programs) -> Iterator[tuple[Span, str]]:
    """Splits without `random_state`, where nothing seeds numpy for all; spreads may hold one."""
    words = Words(programs)
    for site in programs.calls_of(code, *_ALWAYS, *_ON_DEMAND, "sample"):
        given = set(site.call.keywords)
        if given & {"random_state", "**"} or site.spreads:
            continue
        if _draws(site, words, given):
            yield site.span, f"`{site.tail}` has no `random_state`, and nothing seeds numpy"


def _draws(site: Site, words: Words, given: set[str]) -> bool:
    if site.tail == "sample":
        return "frac" in given
    if not site.name.startswith("sklearn.model_selection."):
        return False
    shuffled = words.of(site, "shuffle")
    if site.tail in _ON_DEMAND:
        return "True" in shuffled
    return "False" not in shuffled
