"""Which published advisories a version, or a range of versions, falls under.

Matching follows the OSV schema: a version is affected if a range or the list of versions says so.
A pin's local part (`2.1.0+cu118`) is a build of its public version and shares its verdict.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from importlib import resources
from pathlib import Path

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from whence.lookups.advisory_table import (
    AdvisoryTable,
    Origin,
    UnusableTable,
    day_of,
    decoded,
    row_starts,
)
from whence.lookups.ecosystems import ECOSYSTEMS, PYPI, Ecosystem
from whence.lookups.osv import parsed
from whence.lookups.reach import Reach, Verdict, reach_of_range, reach_of_releases
from whence.lookups.version_intervals import admitted
from whence.lookups.version_ladder import Ladder, Stretch

EMBEDDED = "advisories.xz"


class Known(StrEnum):
    """Whether an advisory was public on a day."""

    YES = "known"
    NO = "not yet known"
    UNKNOWN = "may have been known"


class Advisory(msgspec.Struct, frozen=True, gc=False):
    """One vulnerability, under all of its names.

    `key` is the same for every package that shares the vulnerability. `ids` are the records of
    this package; `aliases` every other name of it. `siblings` are other packages it stands
    under. `vectors` are CVSS vectors; none means that its severity is unknown.
    `published_is_import` warns that a database took the record in on that day, long after the
    vulnerability was public. `unreadable_bounds` are range bounds that are not versions; of
    those only the readable start was used.
    """

    key: str
    ids: tuple[str, ...]
    aliases: tuple[str, ...]
    siblings: tuple[str, ...]
    vectors: tuple[str, ...]
    published: date
    published_is_import: bool
    modified: date
    unreadable_bounds: tuple[str, ...] = ()

    @property
    def is_malware(self) -> bool:
        """Whether the record is of a malicious release rather than of a flaw."""
        return any(name.startswith("MAL-") for name in (*self.ids, *self.aliases))

    def known_on(self, day: date) -> Known:
        """Whether it was public on that day, as far as dates and CVE numbers tell."""
        if day >= self.published:
            return Known.YES
        if not self.published_is_import:
            return Known.NO
        years = [int(a[4:8]) for a in (*self.ids, *self.aliases) if a.startswith("CVE-")]
        return Known.NO if years and day.year < min(years) else Known.UNKNOWN


class Match(msgspec.Struct, frozen=True, gc=False):
    """An advisory that a pin or a range falls under.

    `verdict` is never `NOT_AFFECTED`: such advisories are not returned. `newest_affected` says
    whether a fresh install, which takes the newest release that the range admits, gets an
    affected one; None where the facts at hand do not tell. For a pin it is true. `fixed` is the
    smallest release that ends it, empty if none is known.
    """

    package: str
    advisory: Advisory
    verdict: Verdict
    newest_affected: bool | None
    fixed: str


class Undecided(msgspec.Struct, frozen=True):
    """Something that could not be judged, for the report's "not audited"."""

    package: str
    reason: str
    ids: tuple[str, ...] = ()


class Matches(msgspec.Struct, frozen=True, gc=False):
    """The answer for one requirement: what it falls under, and what could not be judged."""

    matches: tuple[Match, ...] = ()
    undecided: tuple[Undecided, ...] = ()


class Advisories:
    """A table of advisories, looked up by package."""

    def __init__(self, table: AdvisoryTable) -> None:
        self._table = table
        self._packages: dict[str, _PackageAdvisories | None] = {}

    @classmethod
    def embedded(cls) -> "Advisories":
        """The snapshot that is part of this release."""
        return cls(decoded((resources.files(__package__) / "snapshot" / EMBEDDED).read_bytes()))

    @classmethod
    def stored(cls, path: Path) -> "Advisories":
        """A table that an update wrote. Raises UnusableTable where it is missing or damaged."""
        try:
            return cls(decoded(path.read_bytes()))
        except OSError as error:
            raise UnusableTable(f"the advisory data cannot be read: {error.strerror}") from error

    @property
    def origin(self) -> Origin:
        """Date, source and counts, for the report."""
        return self._table.origin

    @cached_property
    def ecosystem(self) -> Ecosystem:
        """Whose packages the advisories are about."""
        return ECOSYSTEMS[self._table.origin.ecosystem]

    def withdrawn_on(self, identifier: str) -> date | None:
        """The day on which a record was withdrawn, for explaining another scanner's report."""
        number = self._table.withdrawn.get(identifier)
        return None if number is None else day_of(number)

    def match(self, name: str, version: str) -> Matches:
        """Advisories that an exact version is affected by."""
        package = self._package(name)
        return package.of_version(version) if package else Matches()

    def match_range(
        self, name: str, specifiers: SpecifierSet, releases: Sequence[str] | None = None
    ) -> Matches:
        """Advisories that a requirement's range may lead into.

        `releases` are the versions that the index offers (without yanked ones), where it was
        asked; otherwise the range is compared with what the advisories themselves say.
        """
        package = self._package(name)
        return package.of_range(specifiers, releases) if package else Matches()

    def clean_version(self, name: str, version: str) -> str:
        """The smallest known release above a version that no advisory of the package covers."""
        package = self._package(name)
        return package.clean_above(version) if package else ""

    def knows(self, name: str) -> bool:
        """Whether any advisory names the package."""
        return self._package(name) is not None

    def _package(self, name: str) -> "_PackageAdvisories | None":
        name = self.ecosystem.normal(name)
        if name not in self._packages:
            index = self._index.get(name)
            self._packages[name] = None if index is None else self._opened(index)
        return self._packages[name]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self._table.packages)}

    @cached_property
    def _starts(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return row_starts(self._table)

    @cached_property
    def _cluster_rows(self) -> dict[int, list[tuple[int, str]]]:
        """Rows of every cluster, with their packages."""
        found: dict[int, list[tuple[int, str]]] = {}
        rows = iter(enumerate(self._table.clusters))
        for package, count in zip(self._table.packages, self._table.row_counts, strict=True):
            for _ in range(count):
                row, cluster = next(rows)
                found.setdefault(cluster, []).append((row, package))
        return found

    def _opened(self, index: int) -> "_PackageAdvisories":
        table, (row_start, stretch_start) = self._table, self._starts
        rungs = table.rungs[index].split(" ") if table.rungs[index] else []
        rows = []
        for row in range(row_start[index], row_start[index + 1]):
            flat = table.stretches[2 * stretch_start[row] : 2 * stretch_start[row + 1]]
            if flat and (max(flat) > 2 * len(rungs) or min(flat) < 0):
                raise UnusableTable("the advisory data names versions that it does not hold")
            pairs = tuple(zip(flat[::2], flat[1::2], strict=True))
            rows.append(_Row(row, table.clusters[row], pairs, table.literals.get(row, ())))
        return _PackageAdvisories(
            table.packages[index], Ladder(rungs, self.ecosystem.version), rows, self
        )

    def advisory(self, package: str, rows: Sequence["_Row"]) -> Advisory:
        """The advisory that rows of one cluster and package make together."""
        table, numbers, cluster = self._table, [row.number for row in rows], rows[0].cluster
        names = table.cluster_names[cluster].split(" ")
        ids = tuple(table.ids[n] for n in numbers)
        related = self._cluster_rows[cluster]
        published = min(numbers, key=table.published.__getitem__)
        return Advisory(
            key=names[0],
            ids=ids,
            aliases=tuple([name for name in names if name not in ids]),
            siblings=tuple(sorted({other for _, other in related} - {package})),
            vectors=self._vectors(numbers) or self._vectors([n for n, _ in related]),
            published=day_of(table.published[published]),
            published_is_import=bool(table.imported[published]),
            modified=day_of(max(table.modified[n] for n in numbers)),
            unreadable_bounds=tuple([t for n in numbers for t in table.unreadable.get(n, ())]),
        )

    def identifier(self, row: "_Row") -> str:
        """The record's own id."""
        return self._table.ids[row.number]

    def _vectors(self, rows: Sequence[int]) -> tuple[str, ...]:
        sets = {self._table.severities[n] for n in rows}
        if len(sets) == 1:
            return self._vector_sets[sets.pop()]
        return tuple(sorted({vector for number in sets for vector in self._vector_sets[number]}))

    @cached_property
    def _vector_sets(self) -> list[tuple[str, ...]]:
        return [tuple(joined.split()) for joined in self._table.vectors]


class _Row(msgspec.Struct, frozen=True, gc=False):
    number: int
    cluster: int
    stretches: tuple[Stretch, ...]
    literals: tuple[str, ...]

    def covers(self, *places: int) -> bool:
        for low, high in self.stretches:
            for place in places:
                if low <= place <= high:
                    return True
        return False


class _PackageAdvisories:
    """The ladder of one package with every advisory's stretches on it."""

    def __init__(self, name: str, ladder: Ladder, rows: Sequence[_Row], owner: Advisories) -> None:
        self.name = name
        self.ladder = ladder
        self.rows = rows
        self.owner = owner

    def of_version(self, text: str) -> Matches:
        version = self.owner.ecosystem.version(text)
        if version is None:
            hit = [row for row in self.rows if text in row.literals]
            kind = "PEP 440" if self.owner.ecosystem is PYPI else "semantic"
            reason = f"`{text}` is not a {kind} version; compared only with listed spellings"
            undecided = (Undecided(self.name, reason),)
            return Matches(self._matches(hit, None), undecided + self._unspecified)
        places = self.ladder.places(version)
        hit = [row for row in self.rows if row.covers(*places) or text in row.literals]
        return Matches(self._matches(hit, max(places)), self._unspecified)

    def of_range(self, specifiers: SpecifierSet, releases: Sequence[str] | None) -> Matches:
        reaches: dict[int, Reach] = {}
        offered = None if releases is None else _admitted(specifiers, releases)
        places = [self.ladder.places(version) for version in offered or ()]
        allowed, pre_releases = admitted(specifiers), bool(specifiers.prereleases)
        for row in self.rows:
            if offered is None:
                reach = reach_of_range(self.ladder, row.stretches, allowed, pre_releases)
            else:
                reach = reach_of_releases(row.stretches, places)
            if reach.verdict is not Verdict.NOT_AFFECTED:
                reaches[row.number] = reach
        hit = [row for row in self.rows if row.number in reaches]
        undecided = self._unspecified
        if offered == []:
            undecided += (Undecided(self.name, f"no release of the index fits `{specifiers}`"),)
        return Matches(self._matches(hit, None, reaches), undecided)

    def _matches(
        self, rows: Sequence[_Row], place: int | None, reaches: dict[int, Reach] | None = None
    ) -> tuple[Match, ...]:
        clusters: dict[int, list[_Row]] = {}
        for row in rows:
            clusters.setdefault(row.cluster, []).append(row)
        found = []
        for group in clusters.values():
            reach = Reach(Verdict.AFFECTED, True, place)
            if reaches is not None:
                reach = max((reaches[row.number] for row in group), key=Reach.strength)
            fixed = "" if reach.top is None else self._fix(group, reach.top)
            advisory = self.owner.advisory(self.name, group)
            found.append(Match(self.name, advisory, reach.verdict, reach.newest_affected, fixed))
        return tuple(sorted(found, key=lambda match: match.advisory.key))

    def _fix(self, rows: Sequence[_Row], place: int) -> str:
        """The smallest rung above a place that stands free of all the rows."""
        ends = {high + 1 for row in rows for _, high in row.stretches}
        for end in sorted(end for end in ends if end > place and end % 2):
            if end < self.ladder.top and not any(row.covers(end) for row in rows):
                return self.ladder.rungs[end // 2]
        return ""

    def clean_above(self, text: str) -> str:
        version = self.owner.ecosystem.version(text)
        if version is None:
            return ""
        free = [
            rung
            for rung in range(max(self.ladder.places(version)) // 2, len(self.ladder.rungs))
            if not any(row.covers(2 * rung + 1) for row in self.rows)
        ]
        free = [rung for rung in free if version < self.ladder.at(rung)]
        final = [rung for rung in free if not self.ladder.at(rung).is_prerelease]
        return self.ladder.rungs[(final or free)[0]] if free else ""

    @cached_property
    def _unspecified(self) -> tuple[Undecided, ...]:
        ids = tuple(
            self.owner.identifier(row)
            for row in self.rows
            if not row.stretches and not row.literals
        )
        reason = "the advisory names the package but no version"
        return (Undecided(self.name, reason, ids),) if ids else ()


def _admitted(specifiers: SpecifierSet, releases: Iterable[str]) -> list[Version]:
    """The releases that a range admits, ascending; pre-releases only if there is nothing else."""
    readable = [version for text in releases if (version := parsed(text)) is not None]
    return sorted(specifiers.filter(readable))
