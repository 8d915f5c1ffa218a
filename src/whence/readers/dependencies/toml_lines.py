"""TOML with the lines of its keys and array elements, which the standard parser does not keep."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Span, Unread

Path = tuple[str | int, ...]

_SIZE_LIMIT = 4 * 1024 * 1024
_SMALL = 128 * 1024
_BAD_LINES = 50
_DEPTH = 64
_AT = re.compile(r"^(.*?) \(at line (\d+), column \d+\)$", re.DOTALL)
_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LITERAL = re.compile(r"'([^'\n]*)'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL)


class Document:
    """A parsed file: `data` is its content, `bad_lines` what had to be left out of it."""

    def __init__(self, source: Source) -> None:
        """Raises Unreadable where the rest makes no sense without the bad lines either."""
        if source.size > _SIZE_LIMIT:
            raise Unreadable(f"a TOML manifest larger than {_SIZE_LIMIT // 1024 // 1024} MiB")
        self._source = source
        self.bad_lines: list[Unread] = []
        text = source.text.replace("\r\n", "\n")
        self.data, text = self._parsed(text)
        self._lines = _lines(text)

    def _parsed(self, text: str) -> tuple[dict[str, Any], str]:
        for _ in range(_BAD_LINES if len(text) < _SMALL else 2):
            try:
                return tomllib.loads(text), text
            except tomllib.TOMLDecodeError as error:
                text = self._without_bad_line(text, str(error))
            except RecursionError:
                raise Unreadable("nested too deeply") from None
        raise Unreadable("not TOML: too many bad lines")

    def _without_bad_line(self, text: str, message: str) -> str:
        """The text without the line at fault, or with the comma that is missing before it."""
        found = _AT.match(message)
        lines = text.split("\n")
        number = int(found.group(2)) if found else 0
        if not found or number > len(lines) or not lines[number - 1].strip():
            raise Unreadable(f"not TOML: {message}", number)
        before = number - 2
        while before > 0 and not lines[before].strip():
            before -= 1
        quoted = lines[number - 1].lstrip()[:1] in ("'", '"')
        if message.startswith("Unclosed array") and quoted and before >= 0:
            lines[before] += ","
            self.bad_lines.append(
                Unread(self._source.span(before + 1), "toml", "no comma at its end")
            )
            return "\n".join(lines)
        lines[number - 1] = ""
        reason = f"not TOML: {found.group(1)}"
        self.bad_lines.append(Unread(self._source.span(number), "toml", reason))
        return "\n".join(lines)

    def span(self, *path: str | int) -> Span:
        """The lines of a key or element, or of the nearest thing around it that has some."""
        for size in range(len(path), 0, -1):
            found = self._lines.get(path[:size])
            if found:
                return self._source.span(*found)
        return self._source.span()

    def table(self, *path: str) -> dict[str, Any]:
        """The table at a path; empty where there is none."""
        found: Any = self.data
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def tables(self, *path: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The tables of an array with their paths."""
        found = self.table(*path[:-1]).get(path[-1])
        for index, entry in enumerate(found if isinstance(found, list) else ()):
            if isinstance(entry, dict):
                yield (*path, index), entry

    def texts(self, *path: str) -> Iterator[tuple[str, Span]]:
        """The strings of an array with their lines."""
        found = self.table(*path[:-1]).get(path[-1])
        for index, entry in enumerate(found if isinstance(found, list) else ()):
            if isinstance(entry, str):
                yield entry, self.span(*path, index)

    def other_entries(self, *path: str) -> Iterator[Unread]:
        """The entries of an array of strings that are none, and anything in its place."""
        table = self.table(*path[:-1])
        if path[-1] not in table:
            return
        found = table[path[-1]]
        if not isinstance(found, list):
            yield Unread(self.span(*path), "toml", f"{path[-1]} is no array")
            return
        for index, entry in enumerate(found):
            if not isinstance(entry, str):
                yield Unread(
                    self.span(*path, index), "toml", f"an entry of {path[-1]} is no string"
                )


def text_of(table: dict[str, Any], key: str) -> str:
    """The string under a key, or nothing."""
    found = table.get(key)
    return found if isinstance(found, str) else ""


def _lines(text: str) -> dict[Path, tuple[int, int]]:
    return _Scan(text).lines


class _Scan:
    """Walks over text that the standard parser has accepted."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[Path, tuple[int, int]] = {}
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._counts: dict[Path, int] = {}
        table: Path = ()
        while self._skip(_BLANK) < len(text):
            if text[self.position] == "[":
                table = self._header()
            else:
                self._pair(table, 0)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return self.position

    def _line(self, position: int) -> int:
        return bisect_right(self._starts, position)

    def _header(self) -> Path:
        start = self.position
        array = self.text.startswith("[[", start)
        self.position += 2 if array else 1
        path: Path = ()
        keys = self._key()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if array and number == len(keys):
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        self.position += 2 if array else 1
        self.lines[path] = (self._line(start),) * 2
        return path

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            for pattern in (_BARE, _BASIC, _LITERAL):
                found = pattern.match(self.text, self.position)
                if found:
                    parts.append(found.group(found.lastindex or 0))
                    self.position = found.end()
                    break
            else:
                raise Unreadable("a key of no known form", self._line(self.position))
            self._skip(_SPACE)
            if self.text[self.position : self.position + 1] != ".":
                return tuple(parts)
            self.position += 1

    def _pair(self, table: Path, depth: int) -> None:
        start = self.position
        path = (*table, *self._key())
        self.position += 1
        self._value(path, start, depth)

    def _value(self, path: Path, start: int, depth: int) -> None:
        if depth > _DEPTH:
            raise Unreadable("nested too deeply", self._line(start))
        self._skip(_SPACE)
        opening = self.text[self.position : self.position + 1]
        if opening == "[":
            self._array(path, depth)
        elif opening == "{":
            self._inline_table(path, depth)
        else:
            self._plain()
        self.lines[path] = self._line(start), self._line(max(start, self.position - 1))

    def _array(self, path: Path, depth: int) -> None:
        self.position += 1
        index = 0
        while self._skip(_BLANK) < len(self.text) and self.text[self.position] != "]":
            self._value((*path, index), self.position, depth + 1)
            index += 1
            self._skip(_BLANK)
            if self.text[self.position : self.position + 1] == ",":
                self.position += 1
        self.position += 1

    def _inline_table(self, path: Path, depth: int) -> None:
        self.position += 1
        while self._skip(_BLANK) < len(self.text) and self.text[self.position] != "}":
            self._pair(path, depth + 1)
            self._skip(_BLANK)
            if self.text[self.position : self.position + 1] == ",":
                self.position += 1
        self.position += 1

    def _plain(self) -> None:
        for pattern in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL, _SCALAR):
            found = pattern.match(self.text, self.position)
            if found:
                self.position = found.end()
                return
