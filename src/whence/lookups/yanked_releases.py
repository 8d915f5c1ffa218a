"""The dated table of withdrawn releases, kept by hand in `yanked_releases.toml`."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib import resources

import msgspec
from packaging.utils import canonicalize_name

from whence.lookups.name_tables import same_release


class Withdrawn(msgspec.Struct, frozen=True):
    """Releases of a package that its publisher withdrew, why, and where that can be read."""

    name: str
    releases: tuple[str, ...]
    reason: str
    source: str


class _File(msgspec.Struct, frozen=True):
    as_of: date
    yanked: tuple[Withdrawn, ...]


@cache
def _file() -> _File:
    text = (resources.files(__package__) / "yanked_releases.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _File)


@cache
def _table() -> dict[str, Withdrawn]:
    return {entry.name: entry for entry in _file().yanked}


def as_of() -> date:
    """The day of the table."""
    return _file().as_of


def withdrawn(name: str, version: str) -> str:
    """The publisher's reason for withdrawing a release, or nothing where none is known to be."""
    entry = _table().get(canonicalize_name(name))
    if entry is None or not same_release(version, entry.releases):
        return ""
    return f"{entry.reason} ({entry.source})"
