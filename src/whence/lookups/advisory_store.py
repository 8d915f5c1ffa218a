"""The user's own copy of the advisory data, and the age at which it should not be trusted."""

from datetime import date
from pathlib import Path

import msgspec

from whence.lookups.advisories import Advisories
from whence.lookups.advisory_table import UnusableTable
from whence.lookups.ecosystems import PYPI, Ecosystem

WARNING_AGE = 30
FILE = "advisories.xz"


class Age(msgspec.Struct, frozen=True):
    """How old the data in use is. `stale` is past the age at which a report should warn."""

    as_of: date
    days: int
    stale: bool


def data_age(as_of: date, today: date, warning_age: int = WARNING_AGE) -> Age:
    """The age of data; data from the future counts as of today."""
    days = max((today - as_of).days, 0)
    return Age(as_of, days, days > warning_age)


def too_old(as_of: date, today: date, max_age: int | None) -> str:
    """Why data is too old to be used, or nothing. A date in the future proves no age: too old."""
    if max_age is None:
        return ""
    if as_of > today:
        return f"the advisory data is dated {as_of}, after today; its age cannot be told"
    days = (today - as_of).days
    return "" if days <= max_age else f"the advisory data is {days} days old, more than {max_age}"


class AdvisoryStore:
    """The advisory data in a folder of the user's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, ecosystem: Ecosystem = PYPI) -> Path:
        """The file of an ecosystem's advisories."""
        return self._folder / (FILE if ecosystem is PYPI else f"advisories-{ecosystem.type}.xz")

    def open(self) -> Advisories:
        """The newest usable data: the stored copy, unless this release carries newer.

        Raises UnusableTable where there is a stored copy and it is damaged: data that someone
        fetched on purpose is not silently replaced by older.
        """
        embedded = Advisories.embedded()
        stored = self.stored(PYPI)
        if stored is None or stored.origin.as_of < embedded.origin.as_of:
            return embedded
        return stored

    def stored(self, ecosystem: Ecosystem) -> Advisories | None:
        """The copy of an ecosystem's advisories that someone fetched, None where nobody did.

        Raises UnusableTable where it is damaged or of another ecosystem.
        """
        path = self.path(ecosystem)
        if not path.exists():
            return None
        found = Advisories.stored(path)
        if found.ecosystem is not ecosystem:
            raise UnusableTable(f"the advisory data is of {found.ecosystem.name} packages")
        return found
