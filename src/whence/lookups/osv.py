"""Advisory documents in the OSV schema, read down to the facts that decide whether a version is affected.

Source of the form: the OSV schema, version 1.x. Prose, credits and references are not read at all.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

import msgspec
from packaging.version import InvalidVersion, Version

from whence.lookups.version_order import Ordered, Reading


class Event(msgspec.Struct, frozen=True):
    """One turn in a range, as the document states it; the empty string where it says nothing."""

    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""
    limit: str = ""

    def turns(self) -> Iterator[tuple[str, str]]:
        """Kind and version text of what this event states, in the schema's order."""
        for kind in ("introduced", "fixed", "last_affected", "limit"):
            text = getattr(self, kind)
            if text:
                yield kind, text


class Range(msgspec.Struct, frozen=True):
    """Events along one kind of order: `ECOSYSTEM` and `SEMVER` order versions, `GIT` commits."""

    type: str
    events: tuple[Event, ...] = ()


class Package(msgspec.Struct, frozen=True):
    """The package that an advisory names, by its ecosystem's own spelling."""

    name: str
    ecosystem: str


class Affected(msgspec.Struct, frozen=True):
    """One package of an advisory: its ranges and its listed versions, which need not agree."""

    package: Package | None = None
    ranges: tuple[Range, ...] | None = None
    versions: tuple[str, ...] | None = None

    @property
    def ecosystem(self) -> str:
        """The package's ecosystem without its release (`Debian:12`), empty for no package."""
        return self.package.ecosystem.partition(":")[0] if self.package else ""

    @property
    def version_ranges(self) -> tuple[Range, ...]:
        """The ranges that speak of versions rather than commits."""
        return tuple(r for r in self.ranges or () if r.type in {"ECOSYSTEM", "SEMVER"})


class Severity(msgspec.Struct, frozen=True):
    """A CVSS vector with the schema's name of its generation (`CVSS_V3`, `CVSS_V4`)."""

    type: str
    score: str


class Document(msgspec.Struct, frozen=True):
    """One advisory. `withdrawn` is empty for a live one."""

    id: str
    modified: str
    published: str = ""
    withdrawn: str = ""
    aliases: tuple[str, ...] | None = None
    affected: tuple[Affected, ...] | None = None
    severity: tuple[Severity, ...] | None = None

    @property
    def published_day(self) -> date:
        """The day of publication; the day of the last change where none is given."""
        return date.fromisoformat((self.published or self.modified)[:10])

    @property
    def modified_day(self) -> date:
        """The day of the last change."""
        return date.fromisoformat(self.modified[:10])

    @property
    def vectors(self) -> tuple[str, ...]:
        """The CVSS vectors, sorted; none means that the severity is unknown, not low."""
        return tuple(sorted({s.score for s in self.severity or () if s.score.startswith("CVSS:")}))


_DECODER = msgspec.json.Decoder(Document)


def document(data: bytes) -> Document:
    """Read one document.

    Raises ValueError for what is not one: not JSON, a wrong type, too deep, an impossible date.
    """
    try:
        found = _DECODER.decode(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    for day in (found.published, found.modified, found.withdrawn):
        if day:
            date.fromisoformat(day[:10])
    if not found.id or any(text.split() != [text] for text in (found.id, *(found.aliases or ()))):
        raise ValueError("an identifier is empty or holds white space")
    return found


class Bound(msgspec.Struct, frozen=True):
    """A version as a range bound. `exact` is false where only its readable start was taken."""

    version: Ordered
    text: str
    exact: bool


def bound(text: str, read: Reading) -> Bound | None:
    """Read a range bound, taking the longest start that is a version where the whole is not.

    Bounds copied from other naming schemes (`2.6.0-NA`, `7.2.0-12.1`) are common. Dropping the
    bound would leave the range open and call every later release affected. Nothing at all is
    returned where not even the start is a version.
    """
    for end in range(len(text), 0, -1):
        if (version := read(text[:end])) is not None:
            return Bound(version, text[:end], end == len(text))
    return None


@lru_cache(maxsize=65536)
def parsed(text: str) -> Version | None:
    """The version, or nothing where the text is not one by PEP 440."""
    if len(text) > 128:
        return None
    try:
        return Version(text)
    except InvalidVersion:
        return None


def related(documents: Iterable[Document]) -> dict[str, int]:
    """Number the groups of documents that speak of one vulnerability, by shared id or alias.

    Returns the group's number of every id and alias; numbers follow the order of the documents.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one in documents:
        for alias in one.aliases or ():
            parent[root(alias)] = root(one.id)
        root(one.id)
    numbers: dict[str, int] = {}
    return {name: numbers.setdefault(root(name), len(numbers)) for name in parent}
