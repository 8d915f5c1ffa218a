"""A Jinja template cut into text, expressions, statements and comments.

Facts: Jinja's documentation of its syntax. Strings inside a block may hold its closing mark. The
cutting is one pass over the text, whatever the text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

_OPEN = re.compile(r"\{\{|\{%|\{#")
_CLOSE = {"{{": "}}", "{%": "%}"}
# A string that never ends is taken to the end, so that no character is looked at twice.
_STRING = r"""'(?:\\.|[^'\\])*(?:'|\\?\Z)|"(?:\\.|[^"\\])*(?:"|\\?\Z)"""
_IN_BLOCK = re.compile(_STRING + r"|\}\}|%\}|[^'\"}%]+|.", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})"
    r"""|(?P<number>\d[\d_]*(?:\.\d+)?)|(?P<name>[^\W\d]\w*)"""
    r"""|(?P<operator>\*\*|//|==|!=|<=|>=|[-+*/%~|.,:()\[\]{}<>=])""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{1,3}|.)", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


class Piece(msgspec.Struct, frozen=True):
    """A run of a template. `kind` is `text`, `{{`, `{%` or `{#`; `at` its offset."""

    kind: str
    body: str
    at: int


class Token(msgspec.Struct, frozen=True):
    """A token of an expression; the value of a string has its escapes resolved."""

    kind: str
    value: str


def pieces(template: str) -> Iterator[Piece]:
    """The template from its first character to its last. An open block runs to the end."""
    at = 0
    while opened := _OPEN.search(template, at):
        if opened.start() > at:
            yield Piece("text", template[at : opened.start()], at)
        kind = opened[0]
        if kind == "{#":
            end = template.find("#}", opened.end())
            end = len(template) if end < 0 else end
        else:
            end = _block_end(template, opened.end(), _CLOSE[kind])
        yield Piece(kind, template[opened.end() : end], opened.start())
        at = end + 2
    if at < len(template):
        yield Piece("text", template[at:], at)


def _block_end(template: str, at: int, mark: str) -> int:
    while found := _IN_BLOCK.match(template, at):
        if found[0] == mark:
            return at
        at = found.end()
    return len(template)


def tokens(expression: str) -> list[Token]:
    """The tokens of an expression; what is no token is passed over."""
    return [
        Token(str(found.lastgroup), _plain(found[0]) if found.lastgroup == "string" else found[0])
        for found in _TOKEN.finditer(expression)
    ]


def _plain(literal: str) -> str:
    return _ESCAPE.sub(_unescaped, literal[1:-1]) if "\\" in literal else literal[1:-1]


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "xuU":
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else "?"
    if code[0].isdigit():
        return chr(int(code, 8))
    return _SHORT.get(code, code)
