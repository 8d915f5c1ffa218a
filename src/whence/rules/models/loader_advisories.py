"""Advisories on loaders: settings that were meant to be safe, and versions in which they are not.

Facts: the advisories of PyTorch, Keras and skops that are named here, as of 2026.
"""

from __future__ import annotations

import posixpath

import msgspec
from packaging.version import InvalidVersion, Version

from whence.vocabulary.fact.code import Use

_H5 = (".h5", ".hdf5")
_ARCHIVE = (".keras",)


class LoaderAdvisory(msgspec.Struct, frozen=True):
    """The library's restriction does not hold from `since` on until `fixed`, the first that does.

    `suffixes` are the kinds of file that it is about, none for all.
    """

    library: str
    since: str
    fixed: str
    id: str
    what: str
    suffixes: tuple[str, ...] = ()


_ADVISORIES = (
    LoaderAdvisory(
        "torch", "0", "2.6.0", "CVE-2025-32434", "`weights_only=True` can be walked around"
    ),
    LoaderAdvisory("keras", "0", "2.13.0", "CVE-2024-3660", "there is no `safe_mode` yet"),
    LoaderAdvisory(
        "keras", "3.0.0", "3.9.0", "CVE-2025-1550",
        "`safe_mode` does not look at module names", _ARCHIVE,
    ),
    LoaderAdvisory(
        "keras", "3.0.0", "3.11.0", "CVE-2025-8747",
        "`safe_mode` lets functions of Keras itself fetch and unpack files", _ARCHIVE,
    ),
    LoaderAdvisory(
        "keras", "3.0.0", "3.11.3", "CVE-2025-9905", "`safe_mode` is not asked for H5 files", _H5
    ),
    LoaderAdvisory(
        "keras", "3.11.0", "3.11.3", "CVE-2025-49655",
        "`safe_mode` lets a wrapper of torch modules unpickle", _ARCHIVE,
    ),
    LoaderAdvisory(
        "keras", "3.0.0", "3.12.0", "CVE-2025-12058",
        "`safe_mode` lets vocabularies be read from any file or address", _ARCHIVE,
    ),
    LoaderAdvisory(
        "keras", "3.0.0", "3.13.2", "CVE-2026-1462",
        "`safe_mode` lets a layer load any SavedModel", _ARCHIVE,
    ),
    LoaderAdvisory(
        "skops", "0", "0.12.0", "CVE-2025-54412", "another function runs than the one asked about"
    ),
)  # fmt: skip
_WEAKNESSES = (
    LoaderAdvisory(
        "torch", "2.6.0", "2.10.0", "CVE-2026-24747", "a crafted file can corrupt its memory"
    ),
)
_CALLEES = {
    "torch": ("torch.load",),
    "keras": ("load_model",),
    "skops": ("skops.io.load", "skops.io.loads"),
}


def bypass_of(use: Use, path: str = "") -> LoaderAdvisory | None:
    """The advisory that makes a restricted load unrestricted in a version that the project names.

    `path` is the file that is loaded, where it is known.
    """
    return _first(_ADVISORIES, use, path) if _is_restricted(use) else None


def weakness_of(use: Use, path: str = "") -> LoaderAdvisory | None:
    """An advisory on the restricted loader that stops short of running what the file says."""
    return _first(_WEAKNESSES, use, path)


def _is_restricted(use: Use) -> bool:
    """Whether the caller asked for the restriction, or has it by default."""
    if _library(use) == "torch":
        return use.arguments.get("weights_only") == "True"
    return use.arguments.get("safe_mode", "True") == "True"


def _library(use: Use) -> str:
    for library, callees in _CALLEES.items():
        named = any(use.callee == callee or use.callee.endswith("." + callee) for callee in callees)
        if named and library in use.callee:
            return library
    return ""


def _first(advisories: tuple[LoaderAdvisory, ...], use: Use, path: str) -> LoaderAdvisory | None:
    library = _library(use)
    suffix = posixpath.splitext((path or use.artefact).lower())[1]
    # TensorFlow's Keras is numbered by TensorFlow.
    of_tensorflow = library == "keras" and use.library.startswith("tensorflow")
    versions = use.versions if use.pinned and not of_tensorflow else ()
    for advisory in advisories:
        about = advisory.library == library
        if about and (not advisory.suffixes or not suffix or suffix in advisory.suffixes):
            if any(_between(version, advisory) for version in versions):
                return advisory
    return None


def _between(version: str, advisory: LoaderAdvisory) -> bool:
    try:
        return Version(advisory.since) <= Version(version) < Version(advisory.fixed)
    except InvalidVersion:
        return False
