"""Names of the package index, embedded: which are popular, and which were published as malware."""

import lzma
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources

import msgspec
from packaging.utils import canonicalize_name

from whence.lookups.advisory_table import Origin, UnusableTable
from whence.lookups.osv import parsed

POPULAR = "popular.xz"
MALICIOUS = "malicious.xz"
_SIZE_LIMIT = 64 * 1024 * 1024


class NameTable(msgspec.Struct, frozen=True, array_like=True):
    """Names, one a line, and what is said of each: nothing, or versions joined with spaces."""

    origin: Origin
    names: str
    versions: str = ""


def encoded(table: NameTable) -> bytes:
    """Deterministic bytes of a table."""
    plain = msgspec.msgpack.encode(table)
    return lzma.compress(plain, check=lzma.CHECK_CRC64, preset=9 | lzma.PRESET_EXTREME)


def decoded(data: bytes) -> NameTable:
    """Read a table back. Raises UnusableTable if it is damaged or too large."""
    try:
        reader = lzma.LZMADecompressor()
        plain = reader.decompress(data, _SIZE_LIMIT)
        if not reader.eof:
            raise UnusableTable("the table of names is cut short or too large")
        return msgspec.msgpack.decode(plain, type=NameTable)
    except (lzma.LZMAError, msgspec.DecodeError) as error:
        raise UnusableTable(f"the table of names is damaged: {error}") from error


def embedded(file: str) -> NameTable:
    """One of the tables that are part of this release."""
    return decoded((resources.files(__package__) / "snapshot" / file).read_bytes())


class PopularNames:
    """The most downloaded packages. Being among them is what makes a name established here."""

    def __init__(self, table: NameTable) -> None:
        self.origin = table.origin
        self._table = table

    @classmethod
    def embedded(cls) -> "PopularNames":
        """The list that is part of this release."""
        return cls(embedded(POPULAR))

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """Each normalised name's place, from 0 for the most downloaded."""
        return {name: rank for rank, name in enumerate(self._table.names.split("\n"))}


class MalwareRegistry:
    """Releases that were published as malware and removed."""

    def __init__(self, table: NameTable) -> None:
        self.origin = table.origin
        self._table = table

    @classmethod
    def embedded(cls) -> "MalwareRegistry":
        """The registry that is part of this release."""
        return cls(embedded(MALICIOUS))

    @cached_property
    def _releases(self) -> Mapping[str, str]:
        names, versions = self._table.names.split("\n"), self._table.versions.split("\n")
        return dict(zip(names, versions, strict=True))

    def releases(self, name: str) -> tuple[str, ...]:
        """The versions of a name that were malware; nothing if the name is not listed."""
        return tuple(self._releases.get(canonicalize_name(name), "").split())


def same_release(version: str, listed: Sequence[str]) -> bool:
    """Whether a version is among those listed, by PEP 440 where it can be read, else by letter."""
    if version in listed:
        return True
    wanted = parsed(version)
    return wanted is not None and any(parsed(text) == wanted for text in listed)
