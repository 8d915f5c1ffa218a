"""Requirements that a Python script states in a comment at its head (PEP 723)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.dependencies import uv_tables
from whence.readers.dependencies.pyproject import declared
from whence.readers.dependencies.toml_lines import Document, text_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import PackageManifest, PackageRequirement

VERSION = 1

_START = re.compile(rb"(?m)^# /// script[ \t]*\r?$")
_COMMENT = re.compile(r"#(?: (.*)|)\Z")


def claims(path: str, head: bytes) -> bool:
    """Python scripts with such a comment."""
    return path.endswith(".py") and _START.search(head) is not None


def read(source: Source) -> Iterator[Fact | Unread]:
    """The requirements, the versions of Python and the indexes of the comment."""
    first, last, text = _block(source.text)
    span = source.span(first, last)
    if not last:
        yield Unread(source.span(first), "inline script", "the comment has no end")
        return
    document = Document(Source.of_bytes(source.path, text.encode()))
    yield from document.bad_lines
    python = text_of(document.data, "requires-python")
    yield PackageManifest(span, "inline-script", "uv", requires_python=python)
    sources = uv_tables.Sources(document)
    for requirement, place in document.texts("dependencies"):
        yield from _applied(requirement, place, sources)
    yield from document.other_entries("dependencies")
    yield from uv_tables.facts(document)


def _applied(
    text: str, place: Span, sources: uv_tables.Sources
) -> Iterator[PackageRequirement | Unread]:
    for found in declared(text, place):
        if isinstance(found, PackageRequirement):
            yield from sources.applied(found)
        else:
            yield found


def _block(text: str) -> tuple[int, int, str]:
    """The first and last line of the comment, and its TOML on the lines where it stands."""
    lines = text.replace("\r\n", "\n").split("\n")
    first = next(n for n, line in enumerate(lines, 1) if line.rstrip() == "# /// script")
    inside: list[str] = []
    for number, line in enumerate(lines[first:], first + 1):
        if line.rstrip() == "# ///":
            return first, number, "\n" * first + "\n".join(inside)
        found = _COMMENT.match(line.rstrip())
        if not found:
            break
        inside.append(found.group(1) or "")
    return first, 0, ""
