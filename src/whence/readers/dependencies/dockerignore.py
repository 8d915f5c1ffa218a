"""`.dockerignore`: what a build does not take in."""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.containers import IgnorePattern

VERSION = 1
MAX_PATTERNS = 10_000


def claims(path: str, head: bytes) -> bool:
    """`.dockerignore`, `.containerignore`, and the ones named after a Dockerfile."""
    return path.endswith((".dockerignore", ".containerignore"))


def read(source: Source) -> Iterator[Fact | Unread]:
    """One fact per pattern."""
    for number, line in enumerate(source.text.split("\n"), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if number > MAX_PATTERNS:
            yield Unread(source.span(number), "dockerignore", "more patterns than are read")
            return
        negated = text.startswith("!")
        pattern = text.lstrip("!").strip().strip("/")
        pattern = pattern.removeprefix("./")
        if pattern:
            yield IgnorePattern(source.span(number), pattern, negated)
