"""Notebooks kept as text: Markdown of jupytext and MyST, R Markdown, Quarto.

The blocks of Python are one module, on the lines where they stand. Sources: the documentation of
jupytext, MyST-NB and Quarto.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.code.magics import constants, without_magics
from whence.readers.code.python import read_code
from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact

VERSION = 2
SIZE_LIMIT = 8 * 1024 * 1024
_NAMES = (".md", ".Rmd", ".rmd", ".qmd", ".myst")
_TOLD = re.compile(rb"(?m)^(?:jupytext|jupyter|kernelspec):")
_OPENS = re.compile(
    r"(`{3,}|~{3,})[ \t]*(?:\{(?:code-cell|python)\b[^}\n]*\}|python3?\b|ipython3?\b)"
)


def claims(path: str, head: bytes) -> bool:
    """Markdown whose front matter names a kernel, and Quarto's files."""
    if not path.endswith(_NAMES):
        return False
    return path.endswith(".qmd") or (head.startswith(b"---") and _TOLD.search(head) is not None)


def read(source: Source) -> Iterator[Fact | Unread]:
    """The module of all blocks, and the commands of their shell lines."""
    if source.size > SIZE_LIMIT:
        raise Unreadable(f"larger than {SIZE_LIMIT // 1024 // 1024} MiB of text")
    text = source.text.replace("\r\n", "\n").split("\n")
    blocks = list(_blocks(text))
    known = constants(["\n".join(text[first:last]) for first, last in blocks])
    code = [""] * len(text)
    for first, last in blocks:
        cell = [*code[:first], *(_plain(line) for line in text[first:last])]
        yield from without_magics(source.path, cell, [*range(1, last + 1)], first, known)
        code[:last] = cell
    yield from read_code("\n".join(code), source.path)


def _blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """First line and the line behind the last of each block of Python, counted from 0."""
    at = 0
    while at < len(lines):
        opened = _OPENS.match(lines[at])
        at += 1
        if opened:
            first = at
            while at < len(lines) and not lines[at].startswith(opened[1]):
                at += 1
            yield first, at
            at += 1


def _plain(line: str) -> str:
    """A line of code; options of the cell are none."""
    return "" if line.startswith((":", "#|")) else line
