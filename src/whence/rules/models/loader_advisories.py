"""Advisories on loaders: settings that were meant to be safe, and versions in which they are not."""

from __future__ import annotations

import msgspec
from packaging.version import InvalidVersion, Version

from whence.vocabulary.fact.code import Use


class LoaderAdvisory(msgspec.Struct, frozen=True):
    """`fixed` is the first version in which the library's restriction holds."""

    callee: str
    fixed: str
    id: str
    what: str


_ADVISORIES = (
    LoaderAdvisory(
        "torch.load", "2.6.0", "CVE-2025-32434", "`weights_only=True` can be walked around"
    ),
    LoaderAdvisory(
        "load_model", "3.9.0", "CVE-2025-1550", "`safe_mode` does not look at module names"
    ),
    LoaderAdvisory(
        "load_model", "3.11.3", "CVE-2025-9905", "`safe_mode` is not asked for H5 files"
    ),
)


def bypass_of(use: Use) -> LoaderAdvisory | None:
    """The advisory that makes a restricted load unrestricted in a version that the project names."""
    if not any(use.arguments.get(name) == "True" for name in ("weights_only", "safe_mode")):
        return None
    for advisory in _ADVISORIES:
        library = "torch" if advisory.callee == "torch.load" else "keras"
        named = use.callee == advisory.callee or (
            use.callee.endswith("." + advisory.callee) and library in use.callee
        )
        if named and any(_before(version, advisory.fixed) for version in use.versions):
            return advisory
    return None


def _before(version: str, fixed: str) -> bool:
    try:
        return Version(version) < Version(fixed)
    except InvalidVersion:
        return False
