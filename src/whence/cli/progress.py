"""Progress on long work: one line on standard error, only where a person watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_QUIET_SECONDS = 0.5
_STEP_SECONDS = 0.1
_WORDS = {"walk": "listing files", "read": "reading files", "ask": "asking the package index"}


@contextmanager
def progress_line() -> Iterator[Callable[[str, int], None]]:
    """A function that shows a step and its count, and nothing at all in the first half second."""
    if not sys.stderr.isatty():
        yield lambda step, count: None
        return
    start = time.monotonic()
    shown = start

    def tell(step: str, count: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - start > _QUIET_SECONDS and now - shown > _STEP_SECONDS:
            shown = now
            sys.stderr.write(f"\r\x1b[K{_WORDS.get(step, step)}: {count:,}")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if shown != start:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
