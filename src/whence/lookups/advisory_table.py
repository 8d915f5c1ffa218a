"""The compact form in which advisories are embedded and stored: facts in columns, compressed.

Written as MessagePack under LZMA. Opening it takes milliseconds because nothing is turned into
objects until a package is asked for.
"""

import lzma
from collections.abc import Iterable
from datetime import date
from itertools import accumulate

import msgspec

from whence.lookups.ecosystems import ECOSYSTEMS, PYPI, Ecosystem
from whence.lookups.osv import Affected, Document, related
from whence.lookups.version_ladder import laddered

FORMAT = 1
SIZE_LIMIT = 256 * 1024 * 1024
_EPOCH = date(1970, 1, 1).toordinal()
_BATCH = 10
_BATCH_YEARS = 4
_LATE_YEARS = 2


class Origin(msgspec.Struct, frozen=True):
    """Where a table's facts come from.

    `as_of` is the day of the newest change in the source, not the day on which it was fetched.
    `counts` says what was taken and what was left out, and why. `ecosystem` is the OSV schema's.
    """

    format: int
    as_of: date
    source: str
    licence: str
    counts: dict[str, int]
    ecosystem: str = PYPI.name


class AdvisoryTable(msgspec.Struct, frozen=True, array_like=True):
    """Columns; one row per advisory and package, grouped by package in the order of names.

    `rungs` joins each package's ladder with spaces. `clusters` points into `cluster_names`, where
    each row joins every id and alias of one vulnerability, the best known first. `severities` points into `vectors`.
    `stretches` is flat: `stretch_counts` says how many pairs belong to a row. Days count from
    1970. `literals` and `unreadable` are sparse, by row.
    """

    origin: Origin
    packages: tuple[str, ...]
    rungs: tuple[str, ...]
    row_counts: tuple[int, ...]
    ids: tuple[str, ...]
    clusters: tuple[int, ...]
    cluster_names: tuple[str, ...]
    severities: tuple[int, ...]
    vectors: tuple[str, ...]
    published: tuple[int, ...]
    imported: tuple[int, ...]
    modified: tuple[int, ...]
    stretch_counts: tuple[int, ...]
    stretches: tuple[int, ...]
    literals: dict[int, tuple[str, ...]]
    unreadable: dict[int, tuple[str, ...]]
    withdrawn: dict[str, int]


class UnusableTable(Exception):
    """Stored advisory data cannot be used. The message says why."""


def day_of(number: int) -> date:
    """The date that a column's number stands for."""
    return date.fromordinal(number + _EPOCH)


def day_number(day: date) -> int:
    """The number by which a column holds a date."""
    return day.toordinal() - _EPOCH


def encoded(table: AdvisoryTable) -> bytes:
    """Deterministic bytes of a table."""
    return lzma.compress(
        msgspec.msgpack.encode(table),
        check=lzma.CHECK_CRC64,
        preset=9 | lzma.PRESET_EXTREME,
    )


def decoded(data: bytes) -> AdvisoryTable:
    """Read a table back. Raises UnusableTable if it is damaged, too large or of another format."""
    try:
        reader = lzma.LZMADecompressor(memlimit=SIZE_LIMIT)
        plain = reader.decompress(data, SIZE_LIMIT)
        if not reader.eof:
            raise UnusableTable("the advisory data is cut short or too large")
        table = msgspec.msgpack.decode(plain, type=AdvisoryTable)
    except (lzma.LZMAError, msgspec.DecodeError, RecursionError) as error:
        raise UnusableTable(f"the advisory data is damaged: {error}") from error
    if table.origin.format != FORMAT:
        raise UnusableTable(f"the advisory data has format {table.origin.format}, not {FORMAT}")
    if table.origin.ecosystem not in ECOSYSTEMS:
        raise UnusableTable("the advisory data is of packages of another ecosystem")
    rows = len(table.ids)
    columns = (table.clusters, table.severities, table.published, table.imported, table.modified)
    if (
        sum(table.row_counts) != rows
        or any(len(column) != rows for column in (*columns, table.stretch_counts))
        or len(table.packages) != len(table.rungs)
        or len(table.packages) != len(table.row_counts)
        or 2 * sum(table.stretch_counts) != len(table.stretches)
    ):
        raise UnusableTable("the advisory data's columns do not fit together")
    return table


class _Row(msgspec.Struct, frozen=True):
    package: str
    document: Document
    affected: Affected


def tabulated(
    documents: Iterable[Document],
    *,
    source: str,
    licence: str,
    today: date,
    unreadable: int = 0,
    ecosystem: Ecosystem = PYPI,
) -> AdvisoryTable:
    """Turn documents into a table: withdrawn ones aside, vulnerabilities grouped by shared ids.

    `today` caps dates that lie in the future. `unreadable` is how many documents could not be
    read and is only carried into the counts.
    """
    every = sorted(documents, key=lambda one: one.id)
    live = [one for one in every if not one.withdrawn]
    rows = sorted(
        (
            _Row(name, one, entry)
            for one in live
            for name, entry in _by_package(one, ecosystem).items()
        ),
        key=lambda row: (row.package, row.document.id),
    )
    columns = _Columns(live, today, ecosystem)
    for start, end in _groups([row.package for row in rows]):
        columns.add_package(rows[start:end])
    counts = {
        "documents": len(every) + unreadable,
        "unreadable": unreadable,
        "withdrawn": len(every) - len(live),
        "live": len(live),
        "rows": len(rows),
        "without_cvss": sum(not one.vectors for one in live),
        "without_versions": sum(not n for n in columns.stretch_counts),
        "odd_bounds": sum(len(texts) for texts in columns.unreadable.values()),
        "odd_versions": sum(len(texts) for texts in columns.literals.values()),
    }
    newest = max((one.modified_day for one in live if one.modified_day <= today), default=today)
    withdrawn = {
        one.id: day_number(date.fromisoformat(one.withdrawn[:10])) for one in every if one.withdrawn
    }
    origin = Origin(FORMAT, newest, source, licence, counts, ecosystem.name)
    return columns.table(origin, withdrawn)


def _by_package(one: Document, ecosystem: Ecosystem) -> dict[str, Affected]:
    """Entries per normalised name; several entries of one document about one package are joined."""
    joined: dict[str, Affected] = {}
    for entry in one.affected or ():
        if entry.package is None or entry.ecosystem != ecosystem.name:
            continue
        name = ecosystem.normal(entry.package.name)
        earlier = joined.get(name)
        joined[name] = Affected(
            entry.package,
            (earlier.ranges or () if earlier else ()) + (entry.ranges or ()),
            (earlier.versions or () if earlier else ()) + (entry.versions or ()),
        )
    return joined


def _groups(names: list[str]) -> Iterable[tuple[int, int]]:
    start = 0
    for end in range(1, len(names) + 1):
        if end == len(names) or names[end] != names[start]:
            yield start, end
            start = end


def _imported(live: list[Document]) -> frozenset[str]:
    """Documents whose publication day says when a database took them in, not when they were known.

    Betrayed by a batch of one day that spans many years of CVE numbers, or by a number that is
    years older than the day.
    """
    batches: dict[date, list[tuple[str, int]]] = {}
    for one in live:
        years = [int(a[4:8]) for a in (one.id, *(one.aliases or ())) if _numbered(a)]
        batches.setdefault(one.published_day, []).append((one.id, min(years, default=0)))
    found = set()
    for day, batch in batches.items():
        many = len(batch) >= _BATCH and len({y for _, y in batch if y}) >= _BATCH_YEARS
        found |= {one for one, year in batch if many or (year and day.year - year >= _LATE_YEARS)}
    return frozenset(found)


def _numbered(alias: str) -> bool:
    return alias.startswith("CVE-") and alias[4:8].isdecimal() and alias.isascii()


def _familiarity(name: str) -> tuple[int, str]:
    """Orders the names of a vulnerability: CVE before GHSA before any other."""
    known = {"CVE": 0, "GHSA": 1}
    return known.get(name.partition("-")[0], 2), name


class _Columns:
    """Columns while they grow."""

    def __init__(self, live: list[Document], today: date, ecosystem: Ecosystem) -> None:
        self.ecosystem = ecosystem
        self.cluster_of = related(live)
        self.imported_ids = _imported(live)
        self.today = today
        names: dict[int, list[str]] = {}
        for name, number in self.cluster_of.items():
            names.setdefault(number, []).append(name)
        self.cluster_names = [
            " ".join(sorted(group, key=_familiarity)) for _, group in sorted(names.items())
        ]
        self.vectors: dict[str, int] = {}
        self.packages: list[str] = []
        self.rungs: list[str] = []
        self.row_counts: list[int] = []
        self.rows: list[tuple[str, int, int, int, int, int]] = []
        self.stretch_counts: list[int] = []
        self.stretches: list[int] = []
        self.literals: dict[int, tuple[str, ...]] = {}
        self.unreadable: dict[int, tuple[str, ...]] = {}

    def add_package(self, rows: list[_Row]) -> None:
        rungs, extents = laddered([row.affected for row in rows], self.ecosystem.version)
        self.packages.append(rows[0].package)
        self.rungs.append(" ".join(rungs))
        self.row_counts.append(len(rows))
        for row, extent in zip(rows, extents, strict=True):
            if extent.literals:
                self.literals[len(self.rows)] = extent.literals
            if extent.unreadable:
                self.unreadable[len(self.rows)] = extent.unreadable
            self.stretch_counts.append(len(extent.stretches))
            for low, high in extent.stretches:
                self.stretches += (low, high)
            self._add_row(row.document)

    def _add_row(self, one: Document) -> None:
        vectors = " ".join(one.vectors)
        self.rows.append(
            (
                one.id,
                self.cluster_of[one.id],
                self.vectors.setdefault(vectors, len(self.vectors)),
                day_number(min(one.published_day, self.today)),
                int(one.id in self.imported_ids),
                day_number(min(one.modified_day, self.today)),
            )
        )

    def table(self, origin: Origin, withdrawn: dict[str, int]) -> AdvisoryTable:
        ids, clusters, severities, published, imported, modified = (
            zip(*self.rows, strict=True) if self.rows else ((),) * 6
        )
        return AdvisoryTable(
            origin,
            tuple(self.packages),
            tuple(self.rungs),
            tuple(self.row_counts),
            ids,
            clusters,
            tuple(self.cluster_names),
            severities,
            tuple(self.vectors),
            published,
            imported,
            modified,
            tuple(self.stretch_counts),
            tuple(self.stretches),
            self.literals,
            self.unreadable,
            withdrawn,
        )


def row_starts(table: AdvisoryTable) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """For each package its first row, and for each row its first stretch; both with the end."""
    return (
        tuple(accumulate(table.row_counts, initial=0)),
        tuple(accumulate(table.stretch_counts, initial=0)),
    )
