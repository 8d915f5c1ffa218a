"""Finds places in prose: `train.py:12-18`, `src/train.py` line 12, `deploy/x.yaml#L3`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

_PATH = re.compile(r"(?<![\w/.-])(?:\./|/)?([\w.-]+(?:/[\w.-]+)*)")
_LINES = re.compile(
    r"\s*+[`'\")\]*]*+\s*+(?::|#L|[,(]?\s*(?:lines?|l\.?|zeilen?)\s*:?\s*|\(L?)"
    r"(\d{1,6})(?:\s*(?:-|–|to|bis|:)\s*L?(\d{1,6}))?",
    re.IGNORECASE,
)
_MORE = re.compile(r"\s*(?:,|and|&)\s*(\d{1,6})(?![\d.\w])")
_NEAR = 60


class Places:
    """Recognises the project's files, by their path or by a name that only one of them has."""

    def __init__(self, files: Iterable[str]) -> None:
        by_ending: dict[str, set[str]] = defaultdict(set)
        for path in files:
            parts = path.split("/")
            for start in range(len(parts)):
                by_ending["/".join(parts[start:])].add(path)
        self._paths = {
            ending: next(iter(paths)) for ending, paths in by_ending.items() if len(paths) == 1
        }
        self._paths.update({path: path for paths in by_ending.values() for path in paths})

    def find(self, text: str) -> tuple[tuple[str, int, int], ...]:
        """All places that the text names, in its order, each once."""
        found: dict[tuple[str, int, int], None] = {}
        for match in _PATH.finditer(text):
            path = self._paths.get(match[1].rstrip("."))
            if path is not None:
                for lines in self._lines(text[match.end() : match.end() + _NEAR]):
                    found[(path, *lines)] = None
        return tuple(found)

    def _lines(self, rest: str) -> Iterable[tuple[int, int]]:
        match = _LINES.match(rest)
        if not match:
            yield 0, 0
            return
        first = int(match[1])
        yield first, max(first, int(match[2] or first))
        position = match.end()
        while more := _MORE.match(rest, position):
            yield int(more[1]), int(more[1])
            position = more.end()
