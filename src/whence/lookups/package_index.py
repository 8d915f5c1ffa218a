"""Facts from the package indexes that pip is configured for, with what they could not tell."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from whence.lookups.download import Bounds, Unavailable, is_confidential, shown
from whence.lookups.index_answers import Answer, Missing, ProjectFacts, Unanswered
from whence.lookups.index_cache import IndexCache
from whence.lookups.pip_configuration import PipSettings

if TYPE_CHECKING:
    from pypi_simple import PyPISimple

Progress = Callable[[int], None]

_BOUNDS = Bounds(size=32 * 1024 * 1024, silence=10.0, total=60.0)
_AT_ONCE = 6
_IN_ALL = 300.0
_FAILURES = 8


class PackageIndexes:
    """All indexes of pip's configuration, asked as pip asks them: a name is known if one knows it.

    Credentials in the addresses are sent to their own host only and shown nowhere. `now` decides
    which cached answers are still fresh. No more than a few questions are asked at once; after
    some failures in a row, or five minutes, no further ones.
    """

    def __init__(
        self, settings: PipSettings, cache: Path, now: datetime, bounds: Bounds = _BOUNDS
    ) -> None:
        self._reason = settings.reason
        self._indexes = [_Index(url, settings, cache, now, bounds) for url in settings.indexes]
        self._patience = _Patience(_IN_ALL)

    @property
    def shown(self) -> tuple[str, ...]:
        """The addresses without credentials, for the report."""
        return tuple(index.shown for index in self._indexes)

    def projects(
        self, names: Iterable[str], progress: Progress | None = None
    ) -> Mapping[str, Answer]:
        """Answers for several projects, by normalised name, in the order of names.

        `progress` is told how many are answered so far.
        """
        wanted = sorted({str(canonicalize_name(name)) for name in names})
        answers: dict[str, Answer] = {}
        # A newer minor version of the API is no reason to speak up; the filter holds for all threads.
        with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            warnings.simplefilter("ignore", UserWarning)
            for name, answer in zip(wanted, pool.map(self.project, wanted), strict=True):
                answers[name] = answer
                if progress is not None:
                    progress(len(answers))
        return answers

    def project(self, name: str) -> Answer:
        """What the indexes say of a project, or why they say nothing.

        The first index that knows the name answers. None knows it only where all have said so.
        """
        name = canonicalize_name(name)
        if not self._indexes:
            return Unanswered(name, self._reason)
        if not name.isascii() or not name.replace("-", "").isalnum():
            return Unanswered(name, "not a name that an index can hold")
        silent = None
        for index in self._indexes:
            answer = index.project(name, self._patience)
            if isinstance(answer, ProjectFacts):
                return answer
            if isinstance(answer, Unanswered):
                silent = silent or answer
        return silent or Missing(name)


class _Patience:
    """Decides when to stop asking: after failures in a row, or when the time is up."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()

    def exhausted_by(self, index: str) -> str:
        """Why an index is not asked any more; empty while it is."""
        if self._failures.get(index, 0) >= _FAILURES:
            return f"{index} is not asked any more: {_FAILURES} questions in a row had no answer"
        if time.monotonic() > self._deadline:
            return f"not asked: the indexes had no more than {_IN_ALL:g} s in all"
        return ""

    def learn(self, index: str, answered: bool) -> None:
        with self._lock:
            self._failures[index] = 0 if answered else self._failures.get(index, 0) + 1


class _Index:
    def __init__(
        self, url: str, settings: PipSettings, cache: Path, now: datetime, bounds: Bounds
    ) -> None:
        self._url = url.rstrip("/")
        self._settings = settings
        self._bounds = bounds
        self._opening = threading.Lock()
        self.shown = shown(self._url)
        self._cache = IndexCache(cache, self.shown, now)

    def project(self, name: str, patience: _Patience) -> Answer:
        folder = urlsplit(self._url)
        if folder.scheme == "file":
            return self._in_folder(Path(unquote(folder.path)), name)
        kept = self._cache.read(name)
        if kept is not None:
            return kept
        if not is_confidential(self._url):
            return Unanswered(name, f"{self.shown} is not https")
        if reason := patience.exhausted_by(self.shown):
            return Unanswered(name, reason)
        answer = self._asked(name)
        patience.learn(self.shown, not isinstance(answer, Unanswered))
        if not isinstance(answer, Unanswered):
            self._cache.write(name, answer)
        return answer

    def _in_folder(self, folder: Path, name: str) -> Answer:
        if (folder / name).is_dir():
            return Unanswered(name, f"{self.shown} is a folder of files and tells nothing of them")
        return Missing(name)

    def _asked(self, name: str) -> Answer:
        try:
            import pypi_simple
            from bs4.exceptions import ParserRejectedMarkup
            from requests import RequestException

            from whence.lookups.index_page import project_facts
            from whence.lookups.index_session import reason_of
        except ModuleNotFoundError as error:
            return Unanswered(name, f"asking an index needs the library `{error.name}`")
        try:
            with self._opening:
                client = self._client
            return project_facts(name, client.get_project_page(name, timeout=self._bounds.silence))
        except pypi_simple.NoSuchProjectError:
            return Missing(name)
        except Unavailable as error:
            return Unanswered(name, error.reason)
        except RequestException as error:
            return Unanswered(name, reason_of(error, self._url, self._bounds))
        except (pypi_simple.UnsupportedContentTypeError, pypi_simple.UnsupportedRepoVersionError):
            return Unanswered(name, f"{self.shown} answers in a form that is no index's")
        except (ValueError, RecursionError, AssertionError, ParserRejectedMarkup) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            return Unanswered(name, f"{self.shown} answers unreadably: {reason}")

    @cached_property
    def _client(self) -> PyPISimple:
        """The client; imported here, for only a question that the cache cannot answer needs it."""
        from pypi_simple import PyPISimple

        from whence.lookups.index_session import session, without_login

        address, login = without_login(self._url)
        return PyPISimple(address, auth=login, session=session(self._settings, self._bounds))
