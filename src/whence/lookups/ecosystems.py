"""The ecosystems whose advisories are matched: how each names packages and orders versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from packaging.utils import canonicalize_name

from whence.lookups.osv import Document, parsed
from whence.lookups.version_order import Reading, semantic


class Ecosystem(msgspec.Struct, frozen=True):
    """`name` is that of the OSV schema, `type` the package URL's."""

    name: str
    type: str
    normal: Callable[[str], str]
    version: Reading


PYPI = Ecosystem("PyPI", "pypi", canonicalize_name, parsed)
NPM = Ecosystem("npm", "npm", str.lower, semantic)
ECOSYSTEMS = {each.name: each for each in (PYPI, NPM)}


def update_command(ecosystem: Ecosystem) -> str:
    """What fetches an ecosystem's newest advisories."""
    option = "" if ecosystem is PYPI else f" --ecosystem {ecosystem.type}"
    return f"whence advisories update{option}"


def ecosystem_of(documents: Iterable[Document]) -> Ecosystem | None:
    """The ecosystem that most packages of an export belong to; None where it has none of ours."""
    counts = dict.fromkeys(ECOSYSTEMS, 0)
    for one in documents:
        for entry in one.affected or ():
            if entry.ecosystem in counts:
                counts[entry.ecosystem] += 1
    most = max(counts, key=counts.__getitem__)
    return ECOSYSTEMS[most] if counts[most] else None
