"""A repository of the model hub, read where it lies: the listing, the metadata, needed ranges.

Facts: the hub's API (`/api/models/{id}/revision/{revision}?blobs=true` lists every file with its
size and, for large files, the SHA-256 of its Git LFS record; `/{id}/resolve/{commit}/{path}`
answers range requests). All requests go through huggingface_hub, which brings the
endpoint, the token and the proxies of the user's own configuration.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from whence.readers.contract import Unreadable
from whence.trust.ranges import Allowance, Answer, Ask, RemoteContent

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

PREFIX = "hf:"
FILES = 5_000
REPOSITORY_LIMIT = 512 * 1024 * 1024
CONNECT_SECONDS = 20.0
_ADDRESS = re.compile(
    r"hf:(?://)?(?P<name>[A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?)"
    r"(?:@(?P<revision>[\w./-]{1,200}))?"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class HubFailed(Exception):
    """The repository cannot be looked at: what is wrong, and how to mend it."""


class HubAddress(msgspec.Struct, frozen=True):
    """`hf:owner/name@revision`, taken apart. `revision` is empty where none was named."""

    name: str
    revision: str

    @property
    def pinned(self) -> bool:
        """Whether the address names a commit, which its owner cannot repoint."""
        return _COMMIT.fullmatch(self.revision) is not None


class HubFile(msgspec.Struct, frozen=True):
    """A file of the listing. `sha256` is what the hub states for it, empty for small files."""

    path: str
    sha256: str
    content: RemoteContent


class Repository(msgspec.Struct, frozen=True):
    """A repository at one commit, with its files by path; `left_out` counts those beyond bounds."""

    name: str
    commit: str
    files: tuple[HubFile, ...]
    left_out: int = 0


def parse_address(text: str) -> HubAddress:
    """Raises HubFailed for anything but `hf:owner/name` or `hf:owner/name@revision`."""
    found = _ADDRESS.fullmatch(text)
    if found is None or "--" in found["name"] or ".." in text:
        raise HubFailed(
            f"{text} is no address of the hub: write hf:owner/name or hf:owner/name@revision"
        )
    return HubAddress(found["name"], found["revision"] or "")


def repository(address: HubAddress) -> Repository:
    """The listing at the commit that the address means today. Raises HubFailed."""
    _import_client()
    from huggingface_hub import HfApi

    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    info = _asked(address, lambda: HfApi(endpoint=endpoint).model_info(
        address.name, revision=address.revision or None, files_metadata=True,
        timeout=CONNECT_SECONDS,
    ))  # fmt: skip
    commit = info.sha or ""
    if _COMMIT.fullmatch(commit) is None:
        raise HubFailed(f"{endpoint} does not say which commit of {address.name} it lists")
    return _listed(address.name, commit, info, endpoint)


def _import_client() -> None:
    try:
        import huggingface_hub
    except ImportError:
        raise HubFailed(
            "reading from the hub needs huggingface_hub: pip install 'whence[hub]'"
        ) from None
    if huggingface_hub.__version__.startswith("0."):
        raise HubFailed("huggingface_hub is older than 1.0: pip install -U 'whence[hub]'")


def _asked(address: HubAddress, ask: Callable[[], ModelInfo]) -> ModelInfo:
    from huggingface_hub import errors

    named = address.name + (f"@{address.revision}" if address.revision else "")
    failures: tuple[type[Exception], ...] = (
        *_transport_errors(), ValueError, TypeError, KeyError,
    )  # fmt: skip
    try:
        return ask()
    except errors.GatedRepoError:
        raise HubFailed(
            f"{named} is gated: accept its terms on the hub, then `hf auth login`"
        ) from None
    except errors.RevisionNotFoundError:
        raise HubFailed(f"{address.name} has no revision {address.revision}") from None
    except errors.RepositoryNotFoundError:
        raise HubFailed(
            f"{named} is not on the hub, or is private: check the name, or `hf auth login`"
        ) from None
    except errors.OfflineModeIsEnabled:
        raise HubFailed("HF_HUB_OFFLINE is set: unset it to let whence ask the hub") from None
    except errors.HFValidationError as error:
        raise HubFailed(f"{named} is no repository's name: {error}") from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        raise HubFailed(f"the hub answers {status} for {named}{_hint(status)}") from None
    except failures as error:
        reason = str(error)[:200] or type(error).__name__
        raise HubFailed(
            f"the hub cannot be asked about {named}: {reason}; check the network, the proxy and"
            " HF_ENDPOINT, or download it elsewhere and ask about the folder"
        ) from None


def _hint(status: int) -> str:
    if status in (401, 403):
        return ": log in with an account that may read it (`hf auth login`)"
    if status == 429:
        return ": too many requests from here; log in with `hf auth login`, or ask later"
    if status == 404:
        return ": check the name and the revision"
    return ": ask again later" if status >= 500 else ""


def _listed(name: str, commit: str, info: ModelInfo, endpoint: str) -> Repository:
    allowance = Allowance(REPOSITORY_LIMIT)
    siblings = sorted(info.siblings or [], key=lambda each: each.rfilename)
    files = []
    for each in siblings[:FILES]:
        stated = each.lfs.sha256 if each.lfs is not None else ""
        sha256 = stated if _SHA256.fullmatch(stated or "") else ""
        size = each.size if isinstance(each.size, int) and each.size >= 0 else 0
        ask = _requests(name, commit, each.rfilename, endpoint)
        files.append(HubFile(each.rfilename, sha256, RemoteContent(size, ask, allowance)))
    return Repository(name, commit, tuple(files), max(len(siblings) - FILES, 0))


def _requests(name: str, commit: str, path: str, endpoint: str) -> Ask:
    """How to ask for a range of one file. Where a redirect led once, it is asked directly."""
    from huggingface_hub import get_session, hf_hub_url

    home = hf_hub_url(name, path, revision=commit, endpoint=endpoint)
    place = home
    failures = _transport_errors()

    @contextmanager
    def ask(first: int, last: int) -> Iterator[Answer]:
        nonlocal place
        headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
        if place == home:
            headers |= _identity()
        try:
            with get_session().stream(
                "GET", place, headers=headers, timeout=CONNECT_SECONDS, follow_redirects=True
            ) as answer:
                arrived = str(answer.url)
                if urlsplit(arrived).scheme != urlsplit(endpoint).scheme:
                    raise Unreadable("the hub redirects to an address that is not encrypted")
                moved = urlsplit(arrived).netloc != urlsplit(endpoint).netloc
                place = arrived if moved and answer.status_code == 206 else home
                yield answer
        except failures as error:
            reason = str(error)[:200] or type(error).__name__
            raise Unreadable(f"the hub broke off: {reason}") from None

    return ask


def _identity() -> dict[str, str]:
    """The token of the user's own log-in, where there is one and its use is not switched off."""
    from huggingface_hub import constants, get_token

    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _transport_errors() -> tuple[type[Exception], ...]:
    """What the client's HTTP library raises: its name changes with the client's version."""
    from huggingface_hub.errors import HfHubHTTPError

    return tuple(each for each in HfHubHTTPError.__bases__ if issubclass(each, Exception))
