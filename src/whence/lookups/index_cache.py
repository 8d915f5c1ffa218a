"""Answers of package indexes, kept for a day, so that the next audit asks nothing twice."""

import hashlib
import os
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from whence.lookups.index_answers import Missing, ProjectFacts

KEPT = timedelta(hours=24)
_VERSION = 2


class _Kept(msgspec.Struct, frozen=True):
    """A cached answer; no facts where the index has no such project."""

    version: int
    index: str
    name: str
    asked: datetime
    facts: ProjectFacts | None


_DECODER = msgspec.msgpack.Decoder(_Kept)


class IndexCache:
    """The answers of one index. `index` is its address without credentials.

    `now` decides which answers are still fresh. A damaged cache, or one that cannot be written,
    costs a question and no more.
    """

    def __init__(self, folder: Path, index: str, now: datetime) -> None:
        self._folder = folder / "index"
        self._index = index
        self._now = now

    def read(self, name: str) -> ProjectFacts | Missing | None:
        """What the index answered for a normalised name, or nothing where it must be asked."""
        try:
            kept = _DECODER.decode(self._path(name).read_bytes())
        except (OSError, msgspec.DecodeError, RecursionError):
            return None
        fresh = timedelta(0) <= self._now - kept.asked < KEPT
        if not fresh or (kept.version, kept.index, kept.name) != (_VERSION, self._index, name):
            return None
        return kept.facts if kept.facts is not None else Missing(name)

    def write(self, name: str, answer: ProjectFacts | Missing) -> None:
        """Keep an answer."""
        facts = answer if isinstance(answer, ProjectFacts) else None
        data = msgspec.msgpack.encode(_Kept(_VERSION, self._index, name, self._now, facts))
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, scratch = tempfile.mkstemp(dir=self._folder, prefix=".answer-")
            with os.fdopen(descriptor, "wb") as target:
                target.write(data)
            os.replace(scratch, self._path(name))

    def _path(self, name: str) -> Path:
        key = hashlib.sha256(f"{self._index}\n{name}".encode()).hexdigest()[:32]
        return self._folder / f"{key}.msgpack"
