"""INI files with the lines of their values, as configparser divides them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.readers.contract import Source
from whence.vocabulary.evidence import Span, Unread

_SECTION = re.compile(r"\[([^\]]+)\]\s*(?:[#;].*)?\Z")
_PAIR = re.compile(r"([^:=\s][^:=]*?)\s*[:=]\s*(.*)\Z")
_COMMENT = re.compile(r"^\s*[#;].*$")


class Entry(msgspec.Struct, frozen=True):
    """A key with the lines of its value, each with its number."""

    section: str
    key: str
    lines: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str:
        """The value on one line."""
        return " ".join(text for _, text in self.lines).strip()

    def words(self, source: Source) -> Iterator[tuple[Span, str]]:
        """Each word of the value with its place."""
        for number, text in self.lines:
            for word in text.split():
                yield source.span(number), word

    def items(self, source: Source) -> Iterator[tuple[Span, str]]:
        """Each line of the value that says something, with its place."""
        for number, text in self.lines:
            if text:
                yield source.span(number), text


def numbered(source: Source) -> Iterator[tuple[int, str]]:
    """The lines of a text file, ended as editors end them, with their numbers."""
    text = source.text.replace("\r\n", "\n").replace("\r", "\n")
    yield from enumerate(text.split("\n"), 1)


def entries(source: Source) -> Iterator[Entry | Unread]:
    """The keys of the file in order; a line of no known form costs that line."""
    section, key = "", ""
    lines: list[tuple[int, str]] = []
    for number, raw in numbered(source):
        text = _COMMENT.sub("", raw).strip()
        if not text:
            continue
        if key and raw[0].isspace():
            lines.append((number, text))
            continue
        if key:
            yield Entry(section, key, tuple(lines))
        key, lines = "", []
        header = _SECTION.match(text)
        pair = _PAIR.match(text)
        if header:
            section = header.group(1).strip()
        elif pair:
            key, lines = pair.group(1), [(number, pair.group(2))]
        else:
            yield Unread(source.span(number), "ini", "neither a section nor a key with a value")
    if key:
        yield Entry(section, key, tuple(lines))
