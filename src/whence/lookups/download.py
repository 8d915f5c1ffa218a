"""Fetching over HTTP with bounds: on size, on time, on where a redirect may lead.

Answers come from machines that may be hostile, slow or broken. Nothing is trusted to end by itself,
and no address is shown with its credentials.
"""

import base64
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

_CHUNK = 64 * 1024
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
AGENT = "whence"


class Unavailable(Exception):
    """Nothing usable was fetched. The message says why; `status` is the HTTP status, if any."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Bounds(msgspec.Struct, frozen=True):
    """How much is fetched at most: bytes, seconds without an answer, seconds in all."""

    size: int
    silence: float
    total: float


def fetched(
    url: str,
    into: IO[bytes],
    bounds: Bounds,
    *,
    accept: str = "*/*",
    progress: Callable[[int, int], None] | None = None,
) -> Mapping[str, str]:
    """Write what stands at an address into a stream; return the headers, in lower case.

    Raises Unavailable for anything but a whole answer of status 200: a plain-http address that is
    not on this machine, a redirect to one, more bytes than allowed, fewer or more than announced,
    a connection reset, or no end in time. `progress` is told bytes so far and in all, 0 if unknown.
    """
    clean, headers = _request_parts(url)
    headers |= {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": AGENT}
    request = urllib.request.Request(clean, headers=headers)  # noqa: S310
    deadline = time.monotonic() + bounds.total
    opener = urllib.request.build_opener(_CarefulRedirects)
    try:
        with opener.open(request, timeout=bounds.silence) as response:
            _copied(response, into, bounds, deadline, progress)
            return {name.lower(): value for name, value in response.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            raise Unavailable(f"{shown(url)} answers {error.code}", error.code) from error
    except urllib.error.URLError as error:
        raise Unavailable(f"{shown(url)} cannot be reached: {error.reason}") from error
    except (OSError, HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise Unavailable(f"{shown(url)} broke off: {reason}") from error


def shown(url: str) -> str:
    """An address without its credentials, query and fragment, fit to be printed."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _request_parts(url: str) -> tuple[str, dict[str, str]]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Unavailable(f"not an address: {error}") from error
    if not _allowed(parts.scheme, host):
        raise Unavailable(f"{shown(url)} is not https")
    headers = {}
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
    bare = f"[{host}]" if ":" in host else host
    netloc = bare if port is None else f"{bare}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")), headers


def is_confidential(url: str) -> bool:
    """Whether nobody on the way can read or change what an address answers."""
    try:
        parts = urlsplit(url)
        return _allowed(parts.scheme, parts.hostname or "")
    except ValueError:
        return False


def _allowed(scheme: str, host: str) -> bool:
    return scheme == "https" or (scheme == "http" and host in _LOOPBACK)


class _CarefulRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, to https only, and leaves credentials behind at another host."""

    max_redirections = 5
    max_repeats = 2

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        target = urlsplit(newurl)
        if not _allowed(target.scheme, target.hostname or ""):
            fp.close()
            raise Unavailable(f"redirected to {shown(newurl)}, which is not https", code)
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None and target.netloc != urlsplit(req.full_url).netloc:
            request.remove_header("Authorization")
        return request


def _copied(
    response: HTTPResponse,
    into: IO[bytes],
    bounds: Bounds,
    deadline: float,
    progress: Callable[[int, int], None] | None,
) -> None:
    if response.status != 200:
        raise Unavailable(f"answered {response.status}", response.status)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unavailable("answered in an encoding that was not asked for")
    stated = response.headers.get("Content-Length", "")
    expected = int(stated) if stated.isdecimal() and stated.isascii() else 0
    if expected > bounds.size:
        raise Unavailable(f"announces {expected:,} bytes, more than the {bounds.size:,} allowed")
    done = 0
    while chunk := response.read1(_CHUNK):
        done += len(chunk)
        if done > bounds.size:
            raise Unavailable(f"sends more than the {bounds.size:,} bytes allowed")
        if time.monotonic() > deadline:
            raise Unavailable(f"not finished after {bounds.total:g} s")
        into.write(chunk)
        if progress is not None:
            progress(done, expected)
    if expected and done != expected:
        raise Unavailable(f"sent {done:,} bytes of {expected:,} announced")
