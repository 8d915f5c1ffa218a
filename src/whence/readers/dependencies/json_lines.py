"""The lines of the keys of a JSON file, which the parser does not keep."""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:]|\n', re.DOTALL)
_SIZE_LIMIT = 16 * 1024 * 1024


def lines_of_keys(content: bytes, depth: int) -> dict[tuple[str, ...], int]:
    """The line of each key down to a depth, by the path of keys to it; arrays are not entered.

    Nothing for more than 16 MiB: then places have no lines.
    """
    if len(content) > _SIZE_LIMIT:
        return {}
    walk = _Walk(depth)
    for match in _TOKEN.finditer(content):
        walk.take(match.group())
    return walk.found


class _Walk:
    """Where the walk stands: the line, the keys of the objects around it, the open arrays."""

    def __init__(self, depth: int) -> None:
        self.found: dict[tuple[str, ...], int] = {}
        self._depth = depth
        self._line = self._text_line = 1
        self._text = ""
        self._path: list[str] = []
        self._arrays = 0

    def take(self, token: bytes) -> None:
        """One token of the file."""
        if token[:1] == b'"':
            self._string(token)
        elif token == b"\n":
            self._line += 1
        elif token == b":":
            if self._is_near:
                self.found.setdefault((*self._path[1:], self._text), self._text_line)
        elif token == b"{":
            self._path.append(self._text)
        elif token == b"}":
            self._path = self._path[:-1]
        else:
            self._arrays += 1 if token == b"[" else -1

    @property
    def _is_near(self) -> bool:
        return not self._arrays and len(self._path) <= self._depth

    def _string(self, token: bytes) -> None:
        if self._is_near:
            self._text = token[1:-1].decode("utf-8", "replace")
            self._text_line = self._line
        self._line += token.count(b"\n")
