"""The lines that pieces of evidence point at."""

from __future__ import annotations

import os
from collections.abc import Iterable

from whence.vocabulary.evidence import Span
from whence.vocabulary.tree import Tree

LINES_SHOWN = 8
LINE_WIDTH = 240
_SIZE_LIMIT = 8 * 1024 * 1024


def excerpts(tree: Tree, spans: Iterable[Span]) -> dict[Span, str]:
    """The text at each span, at most eight lines of 240 characters.

    Spans without lines, in files that are not text or larger than 8 MiB, are left out.
    """
    known = {file.path: file.size for file in tree.files}
    wanted: dict[str, set[Span]] = {}
    for span in spans:
        if span.first and known.get(span.path, _SIZE_LIMIT + 1) <= _SIZE_LIMIT:
            wanted.setdefault(span.path, set()).add(span)
    found: dict[Span, str] = {}
    for path in sorted(wanted):
        lines = _lines(os.path.join(tree.root, path))
        for span in wanted[path]:
            chosen = lines[span.first - 1 : min(span.last, span.first + LINES_SHOWN - 1)]
            if chosen:
                found[span] = "\n".join(line[:LINE_WIDTH] for line in chosen)
    return found


def _lines(location: str) -> list[str]:
    try:
        with open(location, "rb") as stream:
            content = stream.read(_SIZE_LIMIT)
    except OSError:
        return []
    if b"\0" in content[:4096]:
        return []
    return content.decode("utf-8-sig", "replace").split("\n")
