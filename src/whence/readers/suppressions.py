"""Comments that dismiss findings: `# whence: ignore[rule-id] reason="…" until=2027-01-31`.

Read from any text file, after `#`, `//`, `--` or `<!--`. In Python only real comments count, and in
a Markdown file nothing inside a fenced block does.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.repository import Suppression

VERSION = 1

MAX_SIZE = 2 * 1024 * 1024
MAX_FOUND = 1000

_MARK = b"whence:"
_COMMENT = re.compile(
    r"(?P<before>.*?)(?P<opener>#|//|--|<!--)\s*whence:\s*ignore\[(?P<rules>[^\]\n]{0,500})\](?P<rest>.*)"
)
_REASON = re.compile(r"\breason\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_UNTIL = re.compile(r"\buntil\s*=\s*[\"']?(\d{4}-\d{2}-\d{2})[\"']?")
_RULE = re.compile(r"[a-z0-9][a-z0-9-]*|\*")
_BINARY = (
    ".safetensors",
    ".onnx",
    ".gguf",
    ".png",
    ".jpg",
    ".gif",
    ".pdf",
    ".zip",
    ".gz",
    ".parquet",
)


def claims(path: str, head: bytes) -> bool:
    """Every file that looks like text."""
    return b"\0" not in head and not path.endswith(_BINARY)


def read(source: Source) -> Iterator[Fact | Unread]:
    """One fact per comment; a comment alone on its line covers the next line of code."""
    if source.size > MAX_SIZE or _MARK not in source.data:
        return
    text = source.data.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = _python(text) if source.path.endswith((".py", ".pyi")) else _plain(source.path, lines)
    for count, (number, column) in enumerate(found):
        if count >= MAX_FOUND:
            yield Unread(source.span(number), "suppressions", "more comments than are read")
            return
        fact = _suppression(source, lines, number, column)
        if fact:
            yield fact


def _python(text: str) -> Iterator[tuple[int, int]]:
    """Line and column of the comments of a Python file, up to where it is no Python."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and "whence:" in token.string:
                yield token.start
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def _plain(path: str, lines: list[str]) -> Iterator[tuple[int, int]]:
    fenced = False
    for number, line in enumerate(lines, 1):
        if path.endswith((".md", ".markdown", ".rst")) and line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if not fenced and "whence:" in line:
            yield number, 0


def _suppression(source: Source, lines: list[str], number: int, column: int) -> Suppression | None:
    line = lines[number - 1] if number <= len(lines) else ""
    match = _COMMENT.match(line[column : column + 4000])
    if match is None:
        return None
    before = line[:column] + match["before"]
    if not column and _inside_text(before):
        return None
    rest = match["rest"].split("-->")[0]
    reason = _REASON.search(rest)
    until = _UNTIL.search(rest)
    return Suppression(
        source.span(number),
        tuple(name for name in re.split(r"[\s,]+", match["rules"]) if _RULE.fullmatch(name)),
        next((part.strip() for part in reason.groups() if part), "") if reason else "",
        until[1] if until else "",
        number if before.strip() else _next_line(lines, number),
    )


def _inside_text(before: str) -> bool:
    """Whether a quote that is still open makes the mark part of a string."""
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1 or before.count("`") % 2 == 1


def _next_line(lines: list[str], number: int) -> int:
    """The next line that is neither blank nor another suppression."""
    for following in range(number, min(len(lines), number + 20)):
        text = lines[following].strip()
        if text and not (
            _COMMENT.match(text[:4000]) and text.startswith(("#", "//", "--", "<!--"))
        ):
            return following + 1
    return number + 1
