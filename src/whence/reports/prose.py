"""The little Markdown that rules write (paragraphs, lists, code), taken apart to be shown safely.

Messages, attack scenarios and fixes mix words of a rule with names of the audited tree, so none
of it is trusted: only fenced code, inline code and bold words keep their meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.reports.escape import visible, visible_lines

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)([^`]+)(?<!`)\1(?!`)")
_LANGUAGE = re.compile(r"[^A-Za-z0-9+_-]")


class Code(msgspec.Struct, frozen=True):
    """A block of code and the language that its fence names."""

    language: str
    lines: tuple[str, ...]


class Line(msgspec.Struct, frozen=True):
    """A line of text; an empty one parts paragraphs."""

    text: str


class Piece(msgspec.Struct, frozen=True):
    """A run of text inside a line: plain words, or inline code without its backticks."""

    text: str
    code: bool


def blocks(markdown: str) -> Iterator[Code | Line]:
    """The lines and the code of a text, in order. A fence that is never closed ends with it."""
    fence, language = "", ""
    inside: list[str] = []
    for raw in visible_lines(markdown.strip()):
        if fence:
            bare = raw.strip()
            if bare.startswith(fence) and not bare.strip(fence[0]):
                yield Code(language, tuple(inside))
                fence, inside = "", []
            else:
                inside.append(raw)
        elif opened := _FENCE.match(raw):
            fence, language = opened[1], _LANGUAGE.sub("", opened[2])
        else:
            yield Line(raw.rstrip())
    if fence:
        yield Code(language, tuple(inside))


def pieces(line: str) -> Iterator[Piece]:
    """The plain and the code parts of one line, in order."""
    at = 0
    for found in _SPAN.finditer(line):
        if found.start() > at:
            yield Piece(line[at : found.start()], code=False)
        yield Piece(_unpadded(found[2]), code=True)
        at = found.end()
    if at < len(line):
        yield Piece(line[at:], code=False)


def first_paragraph(markdown: str) -> str:
    """The first paragraph on one line, as text."""
    words: list[str] = []
    for block in blocks(markdown):
        if isinstance(block, Code) or (words and not block.text.strip()):
            break
        if block.text.strip():
            words.append(block.text.strip())
    return visible(" ".join(words))


def _unpadded(code: str) -> str:
    if len(code) > 2 and code[0] == code[-1] == " ":
        return code[1:-1]
    return code
