"""pdm.lock: the resolved set of a PDM project."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.dependencies.poetry_lock import locked
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact

VERSION = 1


def claims(path: str, head: bytes) -> bool:
    """Files named pdm.lock."""
    return posixpath.basename(path) == "pdm.lock"


def read(source: Source) -> Iterator[Fact | Unread]:
    """Every locked package, with its group and marker."""
    yield from locked(source, "pdm.lock", "pdm")
