"""Where a user's downloaded data and caches live, by each platform's convention."""

import sys
from collections.abc import Mapping
from pathlib import Path

_NAME = "whence"


def data_folder(environment: Mapping[str, str], home: Path) -> Path:
    """The folder for data that is kept until it is replaced."""
    return _folder(environment, home, "XDG_DATA_HOME", (".local", "share"), "Application Support")


def cache_folder(environment: Mapping[str, str], home: Path) -> Path:
    """The folder for data that can be fetched again."""
    return _folder(environment, home, "XDG_CACHE_HOME", (".cache",), "Caches")


def _folder(
    environment: Mapping[str, str],
    home: Path,
    variable: str,
    plain: tuple[str, ...],
    library: str,
) -> Path:
    if (stated := environment.get(variable, "")) and Path(stated).is_absolute():
        return Path(stated) / _NAME
    if sys.platform == "darwin":
        return home / "Library" / library / _NAME
    if sys.platform == "win32" and (local := environment.get("LOCALAPPDATA")):
        return Path(local) / _NAME
    return home.joinpath(*plain) / _NAME
