"""Facts from the package index that pip is configured for, cached, with what it could not tell."""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from whence.lookups.download import Bounds, Unavailable, fetched, shown
from whence.lookups.index_answers import Answer, Missing, ProjectFacts, Unanswered, project_facts

KEPT = timedelta(hours=24)
_JSON = "application/vnd.pypi.simple.v1+json"
_BOUNDS = Bounds(size=64 * 1024 * 1024, silence=10.0, total=60.0)
_AT_ONCE = 8
_VERSION = 1


class _Kept(msgspec.Struct, frozen=True):
    """A cached answer; no facts where the index has no such project."""

    version: int
    index: str
    name: str
    asked: datetime
    facts: ProjectFacts | None


_KEPT_DECODER = msgspec.msgpack.Decoder(_Kept)


class PackageIndex:
    """An index and the cache of its answers.

    `url` may carry credentials; they are sent to that host only and shown nowhere. `now` decides
    which cached answers are still fresh. With an empty `url` every answer is `Unanswered`.
    """

    def __init__(self, url: str, cache: Path, now: datetime, bounds: Bounds = _BOUNDS) -> None:
        self._url = url.rstrip("/")
        self._cache = cache / "index"
        self._now = now
        self._bounds = bounds

    @property
    def shown(self) -> str:
        """The index's address without credentials, for the report."""
        return shown(self._url)

    def projects(self, names: Iterable[str]) -> Mapping[str, Answer]:
        """Answers for several projects, by normalised name, in the order of names."""
        wanted = sorted({str(canonicalize_name(name)) for name in names})
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self.project, wanted), strict=True))

    def project(self, name: str) -> Answer:
        """What the index says of a project, or why it says nothing."""
        name = canonicalize_name(name)
        if not self._url:
            reason = "no index is configured for pip, and no pip is installed that names a default"
            return Unanswered(name, reason)
        if not name.isascii() or not name.replace("-", "").isalnum():
            return Unanswered(name, "not a name that an index can hold")
        kept = self._read(name)
        if kept is not None:
            return kept.facts if kept.facts is not None else Missing(name)
        return self._ask(name)

    def _ask(self, name: str) -> Answer:
        answer = io.BytesIO()
        try:
            headers = fetched(f"{self._url}/{name}/", answer, self._bounds, accept=_JSON)
        except Unavailable as error:
            if error.status != 404:
                return Unanswered(name, error.reason)
            self._write(name, None)
            return Missing(name)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {_JSON, "application/json"}:
            return Unanswered(name, f"{self.shown} answers without the JSON form of the simple API")
        try:
            facts = project_facts(name, answer.getvalue())
        except ValueError as error:
            return Unanswered(name, f"{self.shown} answers unreadably: {error}")
        self._write(name, facts)
        return facts

    def _path(self, name: str) -> Path:
        key = hashlib.sha256(f"{self.shown}\n{name}".encode()).hexdigest()[:32]
        return self._cache / f"{key}.msgpack"

    def _read(self, name: str) -> _Kept | None:
        try:
            kept = _KEPT_DECODER.decode(self._path(name).read_bytes())
        except (OSError, msgspec.DecodeError, RecursionError):
            return None
        fresh = timedelta(0) <= self._now - kept.asked < KEPT
        right = (kept.version, kept.index, kept.name) == (_VERSION, self.shown, name)
        return kept if fresh and right else None

    def _write(self, name: str, facts: ProjectFacts | None) -> None:
        """Keep an answer; a cache that cannot be written costs the next run a question, no more."""
        data = msgspec.msgpack.encode(_Kept(_VERSION, self.shown, name, self._now, facts))
        with suppress(OSError):
            self._cache.mkdir(parents=True, exist_ok=True)
            descriptor, scratch = tempfile.mkstemp(dir=self._cache, prefix=".answer-")
            with os.fdopen(descriptor, "wb") as target:
                target.write(data)
            os.replace(scratch, self._path(name))
