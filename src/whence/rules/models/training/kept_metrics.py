"""Metrics of every class that training computes, and of which it keeps the totals alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.fetches import callee_of
from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.program import Call, Const, Dict, Function, Item

_PER_CLASS = re.compile(
    r"(?i)(?:per|by|each)_?(?:class|label|category)|class_?wise|confusion|(?:class|label)_(?:recall|precision|f1|accuracy|metrics)"
)
_TOTAL = re.compile(r"(?i)acc|f1|precision|recall|auc|loss|error|score|macro|micro|weighted")


def thrown_away(programs: Programs, code: Code) -> Iterator[tuple[Span, str]]:
    """Where a file takes only totals from metrics that hold every class, and which it takes."""
    words = Words(programs)
    for function in code.module.functions:
        for site in programs.calls_in(function, code):
            if not _holds_classes(programs, site):
                continue
            taken = _taken(function, site.index)
            names = {text for key in taken for text in words.texts(code, function, key)}
            if not names or "?" in names or not all(_TOTAL.search(name) for name in names):
                continue
            if not any(_PER_CLASS.search(name) for name in names):
                lines = [function.lines[key] for key in taken]
                yield code.module.place(min(lines), max(lines)), ", ".join(sorted(names))


def _holds_classes(programs: Programs, site: Site) -> bool:
    """Whether a function of the project gives a table of metrics with one entry for the classes."""
    called = callee_of(programs, site)
    if called is None:
        return False
    function = called[1]
    for index, _ in function.returns:
        value = function.values[index] if index >= 0 else None
        if isinstance(value, Dict):
            keys = [function.values[key] for key in value.keys if key >= 0]
            texts = [str(key.value) for key in keys if isinstance(key, Const)]
            if any(_PER_CLASS.search(text) for text in texts) and len(texts) > 1:
                return True
    return False


def _taken(function: Function, index: int) -> list[int]:
    """The keys that a function takes from a table; none where it hands the table on as it is."""
    found: list[int] = []
    for at, value in enumerate(function.values):
        if isinstance(value, Item) and value.base == index:
            found.append(value.key)
        elif isinstance(value, Call):
            if index in value.args:
                return []
        elif at != index and index in _parts(value):
            return []
    whole = [store.value for store in function.stores] + [held for held, _ in function.returns]
    return [] if index in whole else found


def _parts(value: object) -> tuple[int, ...]:
    """What a value holds as it is: members of lists and tables, parts of texts, choices."""
    for field in ("values", "items", "parts", "options"):
        held = getattr(value, field, None)
        if isinstance(held, tuple):
            return held
    return ()
