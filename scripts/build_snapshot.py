"""Write the embedded tables of facts from files of the public data sources.

    python scripts/build_snapshot.py --osv osv-pypi.zip \\
        --popular popular-packages.csv --popular-date 2026-04-01 \\
        --malicious malicious-packages.csv --malicious-date 2026-06-14 \\
        --today 2026-07-23

`--osv` is an OSV export (a zip of JSON documents). The CSV files have a heading line and the
columns `name,downloads` (most downloaded first) and `name,version`. The same input gives the same
bytes. Nothing of the sources' prose is read into the tables.
"""

import argparse
import csv
import datetime
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

from whence.lookups import advisory_table, name_tables
from whence.lookups.advisories import EMBEDDED
from whence.lookups.advisory_table import FORMAT, Origin
from whence.lookups.name_tables import MALICIOUS, POPULAR, NameTable
from whence.lookups.osv_archive import export

ADVISORY_LIMIT = 300 * 1024
SNAPSHOT = Path(__file__).resolve().parent.parent / "src/whence/lookups/snapshot"


def advisories(path: Path, today: datetime.date) -> bytes:
    """The table of advisories."""
    with path.open("rb") as stream:
        found = export(stream)
    table = advisory_table.tabulated(
        found.documents,
        source="PyPA advisory database, in OSV form",
        licence="CC BY 4.0",
        today=today,
        unreadable=found.unreadable,
    )
    return advisory_table.encoded(table)


def popular(path: Path, day: datetime.date) -> bytes:
    """The list of popular names, most downloaded first."""
    names = list(dict.fromkeys(canonicalize_name(name) for name, _ in rows(path)))
    origin = Origin(FORMAT, day, "top-pypi-packages", "plain facts", {"names": len(names)})
    return name_tables.encoded(NameTable(origin, "\n".join(names)))


def malicious(path: Path, day: datetime.date) -> bytes:
    """The registry of malicious releases, by name."""
    releases: dict[str, set[str]] = {}
    for name, version in rows(path):
        if version.split() == [version]:
            releases.setdefault(canonicalize_name(name), set()).add(version)
    counts = {"names": len(releases), "releases": sum(map(len, releases.values()))}
    origin = Origin(FORMAT, day, "pypi_malregistry", "plain facts", counts)
    names = sorted(releases)
    versions = "\n".join(" ".join(sorted(releases[name])) for name in names)
    return name_tables.encoded(NameTable(origin, "\n".join(names), versions))


def rows(path: Path) -> list[tuple[str, str]]:
    """The first two columns below the heading."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row[0], row[1]) for row in list(csv.reader(stream))[1:] if len(row) >= 2]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--osv", type=Path, required=True)
    parser.add_argument("--popular", type=Path, required=True)
    parser.add_argument("--malicious", type=Path, required=True)
    for name in ("--today", "--popular-date", "--malicious-date"):
        parser.add_argument(name, type=datetime.date.fromisoformat, required=True)
    parser.add_argument("--into", type=Path, default=SNAPSHOT)
    given = parser.parse_args()
    written = {
        EMBEDDED: advisories(given.osv, given.today),
        POPULAR: popular(given.popular, given.popular_date),
        MALICIOUS: malicious(given.malicious, given.malicious_date),
    }
    if len(written[EMBEDDED]) > ADVISORY_LIMIT:
        print(f"the advisories take {len(written[EMBEDDED]):,} bytes, more than {ADVISORY_LIMIT:,}")
        return 1
    given.into.mkdir(parents=True, exist_ok=True)
    for name in (EMBEDDED, POPULAR, MALICIOUS):
        (given.into / name).write_bytes(written[name])
        print(f"{name}: {len(written[name]):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
