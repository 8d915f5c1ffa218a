"""The lines of a requirements file as pip joins and splits them."""

from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Iterator

import msgspec

_COMMENT = re.compile(r"(?:^|\s)#.*$", re.DOTALL)
_WHOLE_COMMENT = re.compile(r"\s*#")
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODECS = frozenset(("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "latin-1"))
_ALIASES = {"-i": "--index-url", "--pypi-url": "--index-url", "-f": "--find-links"}
_ALIASES |= {"-e": "--editable", "-r": "--requirement", "-c": "--constraint"}
_FLAGS = frozenset(("--no-index", "--require-hashes", "--pre", "--prefer-binary"))
LINE_LIMIT = 1_000_000
_QUOTED_LIMIT = 16_384


class Line(msgspec.Struct, frozen=True):
    """A logical line: comments gone, continuations joined. `fault` says why it has no text."""

    text: str
    first: int
    last: int
    fault: str = ""


class Option(msgspec.Struct, frozen=True):
    """An option by its long name, with its value where it takes one."""

    name: str
    value: str


def logical_lines(content: bytes) -> Iterator[Line]:
    """The lines that say something, joined as pip joins them."""
    waiting: list[str] = []
    first = last = 0
    for number, text in _physical_lines(content):
        if text is None:
            yield Line("", number, number, "not text in the file's encoding")
            continue
        comment = _WHOLE_COMMENT.match(text) is not None
        if text.endswith("\\") and not comment:
            first = first or number
            last = number
            waiting.append(text.strip("\\"))
            continue
        waiting.append(" " + text if comment else text)
        yield from _said("".join(waiting), first or number, number)
        waiting, first = [], 0
    if waiting:
        yield from _said("".join(waiting), first, last)


def _said(text: str, first: int, last: int) -> Iterator[Line]:
    if len(text) > LINE_LIMIT:
        yield Line("", first, last, f"a line of {len(text)} characters")
        return
    bare = _COMMENT.sub("", text).strip()
    if bare:
        yield Line(bare, first, last)


def _physical_lines(content: bytes) -> Iterator[tuple[int, str | None]]:
    """Numbered lines as pip sees them; None for a line that is not text.

    pip also ends lines at characters that editors show within a line, such as U+2028: what follows
    one in a comment gets installed.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            content = content[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
            encoding = "utf-8"
            break
    else:
        encoding = _declared_encoding(content)
    normal = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for number, raw in enumerate(normal.split(b"\n"), 1):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            yield number, None
            continue
        if "\0" in text:
            yield number, None
            continue
        for part in text.splitlines() or [""]:
            yield number, part


def _declared_encoding(content: bytes) -> str:
    for line in content.split(b"\n", 2)[:2]:
        found = _CODING.match(line)
        if found:
            try:
                name = codecs.lookup(found.group(1).decode("ascii")).name
            except LookupError:
                return "utf-8"
            return name if name in _CODECS else "utf-8"
    return "utf-8"


def divided(text: str) -> tuple[str, tuple[Option, ...]]:
    """The requirement of a line and its options. Raises ValueError on an unclosed quote."""
    words = text.split(" ")
    for position, word in enumerate(words):
        if word.startswith("-") and len(word) > 1:
            requirement = " ".join(words[:position]).strip()
            return requirement, tuple(_options(_shell_words(" ".join(words[position:]))))
    return text, ()


def _shell_words(text: str) -> list[str]:
    """The words of a text; shlex goes letter by letter, so it gets only what needs it."""
    if not any(quote in text for quote in "'\"\\"):
        return text.split()
    if len(text) > _QUOTED_LIMIT:
        raise ValueError(f"quotes in {len(text)} characters of options")
    return shlex.split(text)


def _options(words: list[str]) -> Iterator[Option]:
    words = list(reversed(words))
    while words:
        word = words.pop()
        name, equals, value = word.partition("=")
        if not word.startswith("--") and len(word) > 2:
            name, equals, value = word[:2], "=", word[2:].lstrip("=")
        name = _ALIASES.get(name, name)
        if not equals and name not in _FLAGS and words and not words[-1].startswith("--"):
            value = words.pop()
        yield Option(name, value)
