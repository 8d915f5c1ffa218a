"""The dated table of known cases: take-overs, lures, retired packages, mistaken registry entries.

Kept by hand in `known_cases.toml`, each case with its source, so that the audit can name them
without a network.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources

import msgspec
from packaging.utils import canonicalize_name

from whence.lookups.name_tables import same_release


class MaliciousCase(msgspec.Struct, frozen=True):
    """Releases that someone else published, or that were published to harm.

    `kind` is `takeover` or `impersonation`. No `releases` means all of the name. `source` is an
    address or an advisory's id.
    """

    name: str
    kind: str
    releases: tuple[str, ...]
    date: date
    how: str
    advisory: str = ""
    source: str = ""
    successor: str = ""

    def covers(self, version: str) -> bool:
        """Whether a version is one of the case's releases."""
        return not self.releases or same_release(version, self.releases)


class Retired(msgspec.Struct, frozen=True):
    """A package that its makers no longer answer for under this name.

    `kind` is `renamed`, `deprecated`, `placeholder` or `archived`. `since` is a year, a month or
    a day. `successor` is empty where there is none.
    """

    name: str
    kind: str
    since: str
    source: str
    successor: str = ""


class _Acquitted(msgspec.Struct, frozen=True):
    name: str
    releases: tuple[str, ...]
    reason: str


class _Malware(msgspec.Struct, frozen=True):
    advisories: frozenset[str]


class _File(msgspec.Struct, frozen=True):
    as_of: date
    malicious: tuple[MaliciousCase, ...]
    acquitted: tuple[_Acquitted, ...]
    retired: tuple[Retired, ...]
    malware: _Malware


class KnownCases:
    """The table, by name."""

    def __init__(self, table: _File) -> None:
        self.as_of = table.as_of
        self.malware_advisories = table.malware.advisories
        self._malicious: dict[str, list[MaliciousCase]] = {}
        for case in table.malicious:
            self._malicious.setdefault(case.name, []).append(case)
        self._retired: Mapping[str, Retired] = {case.name: case for case in table.retired}
        self._acquitted = {entry.name: entry for entry in table.acquitted}

    def malicious(self, name: str) -> tuple[MaliciousCase, ...]:
        """Cases of a name, for the rule on malware and, where `takeover`, the one on maintainers."""
        return tuple(self._malicious.get(canonicalize_name(name), ()))

    def retired(self, name: str) -> Retired | None:
        """What is known of a package's end."""
        return self._retired.get(canonicalize_name(name))

    def is_acquitted(self, name: str, version: str) -> bool:
        """Whether the registry's entry for a release is known to be wrong."""
        entry = self._acquitted.get(canonicalize_name(name))
        return entry is not None and same_release(version, entry.releases)


@cache
def known_cases() -> KnownCases:
    """The table that is part of this release."""
    text = (resources.files(__package__) / "known_cases.toml").read_text("utf-8")
    return KnownCases(msgspec.convert(tomllib.loads(text), _File))
