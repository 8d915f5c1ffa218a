"""Names with `*` in them: which of the project's files a pattern means, and which pattern a file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

SHOWN = 8


class NamePatterns:
    """Answers for the names of a project. `*` stays inside a folder, `**` goes through folders."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(names)
        self._open = [name for name in self._names if "*" in name]

    def of(self, pattern: str) -> list[str]:
        """The names that a pattern means; none where they are too many to tell one by one."""
        start = _known(pattern)
        found: list[str] = []
        for name in self._names[bisect_left(self._names, start) :]:
            if not name.startswith(start):
                break
            if name != pattern and means(pattern, name):
                found.append(name)
                if len(found) > SHOWN:
                    return []
        return found

    def meaning(self, name: str) -> list[str]:
        """The patterns that mean a name."""
        return [each for each in self._open if name.startswith(_known(each)) and means(each, name)]


def folder_of(pattern: str) -> str:
    """The folder that all names of a pattern lie in; empty where none is known."""
    return _known(pattern).rpartition("/")[0]


def _known(pattern: str) -> str:
    return pattern.partition("*")[0]


def means(pattern: str, name: str) -> bool:
    """Whether a pattern means a name: `**` any number of folders, `*` any text inside one."""
    return _fits(pattern.split("/"), name.split("/"), "**", _is_like)


def _is_like(pattern: str, text: str) -> bool:
    return pattern == text or _fits(pattern, text, "*", str.__eq__)


def _fits(
    pattern: Sequence[str], text: Sequence[str], star: str, same: Callable[[str, str], bool]
) -> bool:
    """Matches with a wildcard for any number of items; steps back to the last wildcard only."""
    at = here = 0
    last, resumed = -1, 0
    while here < len(text):
        if at < len(pattern) and pattern[at] == star:
            last, resumed = at, here
            at += 1
        elif at < len(pattern) and same(pattern[at], text[here]):
            at, here = at + 1, here + 1
        elif last >= 0:
            resumed += 1
            at, here = last + 1, resumed
        else:
            return False
    return all(each == star for each in pattern[at:])
