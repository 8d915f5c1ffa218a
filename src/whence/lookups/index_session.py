"""The connection to package indexes: what the client library sends and takes, kept within bounds.

The library reads a page whole, whatever its size and however slowly it comes. Answers come from
machines that may be hostile, slow or broken; so its session is given an adapter that counts.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from whence.lookups.download import AGENT, Bounds, Unavailable, is_confidential, shown
from whence.lookups.pip_configuration import PipSettings

_CHUNK = 64 * 1024
_REDIRECTS = 5


def session(settings: PipSettings, bounds: Bounds) -> requests.Session:
    """A session that goes where pip goes: its proxy, its certificates, and what `.netrc` opens.

    Whatever it fetches raises Unavailable, with a message fit to be printed, where an address is
    neither https nor on this machine, and where an answer is too long, too slow or encoded.
    """
    made = requests.Session()
    made.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
    made.max_redirects = _REDIRECTS
    adapter = _BoundedAdapter(bounds)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    if settings.certificates:
        made.verify = settings.certificates
    if settings.client_certificate:
        made.cert = settings.client_certificate
    if settings.proxy:
        made.proxies = {"http": settings.proxy, "https": settings.proxy}
    return made


def without_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """An address without user and password, and these apart. Raises ValueError for no address."""
    parts = urlsplit(url)
    host, _ = parts.netloc.rpartition("@")[2], parts.port
    bare = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    if parts.username is None:
        return bare, None
    return bare, (unquote(parts.username), unquote(parts.password or ""))


def reason_of(error: requests.RequestException, url: str, bounds: Bounds) -> str:
    """Why nothing came, in words that hold no credentials, whatever the library's own say."""
    response = error.response
    if response is not None and response.status_code >= 400:
        return f"{shown(url)} answers {response.status_code}"
    if isinstance(error, requests.Timeout):
        return f"{shown(url)} timed out after {bounds.silence:g} s"
    for kind, text in _FAILURES:
        if isinstance(error, kind):
            return f"{shown(url)} {text}"
    if isinstance(error, requests.ConnectionError):
        cause = _innermost(error)
        said = getattr(cause, "strerror", None) or type(cause).__name__
        return f"{shown(url)} cannot be reached, or broke off: {said}"
    return f"{shown(url)} cannot be asked: {type(error).__name__}"


_FAILURES: tuple[tuple[type[requests.RequestException], str], ...] = (
    (requests.exceptions.SSLError, "has a certificate that is not trusted"),
    (requests.exceptions.ProxyError, "cannot be reached through the proxy"),
    (requests.exceptions.ChunkedEncodingError, "broke off"),
    (requests.TooManyRedirects, f"redirects more than {_REDIRECTS} times"),
    (requests.exceptions.JSONDecodeError, "answers unreadably: no JSON"),
)


def _innermost(error: BaseException) -> BaseException:
    """What went wrong first, which says more than what was made of it."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


class _BoundedAdapter(HTTPAdapter):
    """Sends to https and this machine only, and hands out bodies that end."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._context = ssl.create_default_context()
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: object, **options: object) -> None:
        # The system's certificates, which the library would not look at, beside its own.
        super().init_poolmanager(*arguments, ssl_context=self._context, **options)  # type: ignore[arg-type]

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        url = str(request.url)
        if not is_confidential(url):
            raise Unavailable(f"{shown(url)} is not https")
        asked = partial(
            super().send,
            request,
            stream=True,
            timeout=self._bounds.silence,
            verify=verify,
            cert=cert,  # type: ignore[arg-type]
            proxies=proxies,  # type: ignore[arg-type]
        )
        try:
            response = asked()
        except requests.ConnectionError as error:
            # A server may close a connection just when the next question goes out on it.
            if not isinstance(_innermost(error), ConnectionResetError):
                raise
            response = asked()
        headers = response.headers
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Unavailable(f"{shown(url)} answers in an encoding that was not asked for")
        response.raw = _BoundedBody(response.raw, shown(url), self._bounds)
        return response


class _BoundedBody:
    """The body of an answer, in pieces as they come, until it ends or one of the bounds is met."""

    def __init__(self, body: urllib3.HTTPResponse, url: str, bounds: Bounds) -> None:
        self._body = body
        self._url = url
        self._bounds = bounds
        self._deadline = time.monotonic() + bounds.total

    def stream(self, amount: int | None = None, decode_content: bool = False) -> Iterator[bytes]:
        taken = 0
        while piece := self._body.read1(_CHUNK, decode_content=False):
            taken += len(piece)
            if taken > self._bounds.size:
                raise Unavailable(
                    f"{self._url} sends more than the {self._bounds.size:,} bytes allowed"
                )
            if time.monotonic() > self._deadline:
                raise Unavailable(f"{self._url} has not finished after {self._bounds.total:g} s")
            yield piece

    def close(self) -> None:
        self._body.close()

    def release_conn(self) -> None:
        self._body.release_conn()
