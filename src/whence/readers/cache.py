"""What readers said of a file before, kept in the user's cache folder as MessagePack.

A result is valid for the same content, path, reader and version of the reader. There is one store
for each audited root; it holds the files of the last run only. Nothing in it is executable.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Union

import msgspec

from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact, every_kind

_FORMAT = 2


class Result(msgspec.Struct, frozen=True):
    """What one reader said of one file. `facts` is an encoded list, decoded on demand."""

    reader: str
    version: int
    facts: msgspec.Raw
    unread: tuple[Unread, ...]


class Entry(msgspec.Struct, frozen=True):
    """All results for one content. `readers` is the digest of the readers that were asked."""

    digest: str
    readers: str
    results: tuple[Result, ...]


class Store(msgspec.Struct, frozen=True):
    """What one root's last run left: results by path.

    `stamp` is that of the readers' own files, `readers` the digest of their names and versions: an
    unchanged stamp tells the digest without importing a single reader.
    """

    format: int = _FORMAT
    stamp: str = ""
    readers: str = ""
    entries: dict[str, Entry] = {}


@cache
def _facts_decoder() -> msgspec.msgpack.Decoder[list[Fact]]:
    return msgspec.msgpack.Decoder(list[Union[every_kind()]])  # type: ignore[misc]


def encode_facts(facts: list[Fact]) -> msgspec.Raw:
    """Facts as MessagePack."""
    return msgspec.Raw(msgspec.msgpack.encode(facts))


def decode_facts(facts: msgspec.Raw) -> list[Fact]:
    """The facts that `encode_facts` wrote."""
    return _facts_decoder().decode(facts)


def cache_folder() -> Path:
    """The user's cache folder for whence, by the platform's convention; `WHENCE_CACHE` overrides."""
    if chosen := os.environ.get("WHENCE_CACHE"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "whence"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "whence" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whence"


def load(root: str) -> Store:
    """What the last run on this root left; an empty store where there is no valid one."""
    try:
        content = _location(root).read_bytes()
        store = msgspec.msgpack.decode(content, type=Store)
    except (OSError, msgspec.DecodeError):
        return Store()
    return store if store.format == _FORMAT else Store()


def save(root: str, store: Store) -> None:
    """Replaces the store of this root, atomically. A cache that cannot be written is done without."""
    location = _location(root)
    try:
        location.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=location.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(msgspec.msgpack.encode(store))
        os.replace(temporary, location)
    except OSError:
        return


def _location(root: str) -> Path:
    name = hashlib.sha256(root.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return cache_folder() / "facts" / f"{name}.msgpack"
