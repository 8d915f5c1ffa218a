"""Fetching newer advisory data: checked and swapped in as a whole, or not at all.

An update that fails anywhere leaves the data that was there.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO

from whence.lookups.advisories import Advisories
from whence.lookups.advisory_store import AdvisoryStore
from whence.lookups.advisory_table import (
    AdvisoryTable,
    Origin,
    UnusableTable,
    decoded,
    encoded,
    tabulated,
)
from whence.lookups.download import Bounds, Unavailable, fetched, shown
from whence.lookups.ecosystems import ECOSYSTEMS, NPM, PYPI, Ecosystem, ecosystem_of
from whence.lookups.osv_archive import UnusableArchive, export

SOURCES = {
    each.type: f"https://storage.googleapis.com/osv-vulnerabilities/{each.name}/all.zip"
    for each in (PYPI, NPM)
}
LICENCE = "CC BY 4.0 and the licences of the databases that OSV gathers"
_BOUNDS = Bounds(size=512 * 1024 * 1024, silence=30.0, total=1800.0)
_READABLE_SHARE = 0.95


class Phase(StrEnum):
    """What an update is busy with, for a progress bar."""

    DOWNLOAD = "downloading"
    READ = "reading"


Progress = Callable[[Phase, int, int], None]
"""Told the phase, how much of it is done and how much there is; 0 if unknown."""


class UpdateRefused(Exception):
    """The new data is not trusted or cannot be had; the old data stands. The message says why."""


def update(
    store: AdvisoryStore,
    source: str,
    today: date,
    progress: Progress | None = None,
    bounds: Bounds = _BOUNDS,
) -> AdvisoryTable:
    """Replace the stored data of an ecosystem by an OSV export from a file or an address.

    The export's own packages say which ecosystem that is. Raises UpdateRefused where it cannot be fetched or read, where many of its documents are
    unreadable, or where it holds less than half of what is in use or is older: an export that
    shrinks or steps back is a broken or a withheld one.
    """
    with tempfile.TemporaryFile() as archive:
        _obtain(source, archive, progress, bounds)
        archive.seek(0)
        table = _tabulate(archive, source, today, progress)
    ecosystem = ECOSYSTEMS[table.origin.ecosystem]
    _check(table.origin, _in_use(store, ecosystem))
    _swap(encoded(table), store.path(ecosystem))
    return table


def shown_source(source: str) -> str:
    """A file or an address as it may be printed: without credentials, query and fragment."""
    if "://" not in source:
        return source
    try:
        return shown(source)
    except ValueError:
        return "the address"


def _check(new: Origin, old: Origin | None) -> None:
    if new.counts["unreadable"] > (1 - _READABLE_SHARE) * new.counts["documents"]:
        raise UpdateRefused(
            f"{new.counts['unreadable']:,} of {new.counts['documents']:,} documents are unreadable"
        )
    if old is None:
        return
    if 2 * new.counts["live"] < old.counts["live"]:
        raise UpdateRefused(
            f"holds {new.counts['live']:,} advisories, less than half of the "
            f"{old.counts['live']:,} in use"
        )
    if new.as_of < old.as_of:
        raise UpdateRefused(f"is of {new.as_of}, older than the data in use ({old.as_of})")


def _in_use(store: AdvisoryStore, ecosystem: Ecosystem) -> Origin | None:
    """What an update must not fall behind; a damaged copy of ours does not bar its repair."""
    with suppress(UnusableTable):
        if ecosystem is PYPI:
            return store.open().origin
        stored = store.stored(ecosystem)
        return stored.origin if stored else None
    return Advisories.embedded().origin if ecosystem is PYPI else None


def _swap(data: bytes, path: Path) -> None:
    decoded(data)
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".advisories-")
    except OSError as error:
        raise UpdateRefused(f"{folder} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        os.replace(name, path)
    except OSError as error:
        raise UpdateRefused(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            os.unlink(name)


def _obtain(source: str, into: IO[bytes], progress: Progress | None, bounds: Bounds) -> None:
    """Copy the export into a scratch file, from an address if it looks like one, else a file."""
    if "://" in source:
        told = None if progress is None else (lambda d, n: progress(Phase.DOWNLOAD, d, n))
        try:
            fetched(source, into, bounds, progress=told)
        except Unavailable as error:
            raise UpdateRefused(error.reason) from error
        return
    try:
        with open(source, "rb") as stream:
            while chunk := stream.read(1024 * 1024):
                into.write(chunk)
                if into.tell() > bounds.size:
                    raise UpdateRefused(f"larger than the {bounds.size:,} bytes allowed")
    except OSError as error:
        raise UpdateRefused(f"cannot be read: {error.strerror}") from error


def _tabulate(
    archive: IO[bytes], source: str, today: date, progress: Progress | None
) -> AdvisoryTable:
    told = None if progress is None else (lambda d, n: progress(Phase.READ, d, n))
    try:
        found = export(archive, told)
    except UnusableArchive as error:
        raise UpdateRefused(str(error)) from error
    ecosystem = ecosystem_of(found.documents)
    if ecosystem is None:
        raise UpdateRefused("holds no advisories of Python or JavaScript packages")
    label = shown_source(source) if "://" in source else Path(source).name
    return tabulated(
        found.documents,
        source=label,
        licence=LICENCE,
        today=today,
        unreadable=found.unreadable,
        ecosystem=ecosystem,
    )
