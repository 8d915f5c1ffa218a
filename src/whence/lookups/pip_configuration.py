"""The package index that pip on this machine asks, read from its configuration without running it.

Source: pip's documentation on configuration files, their places and their precedence.
"""

import configparser
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_SECTIONS = ("global", "install", "download")
_SIZE_LIMIT = 1024 * 1024


def index_url(environment: Mapping[str, str], home: Path, prefix: Path) -> str:
    """The address of the index, with its credentials; empty where none can be told.

    The environment stands before the files, the last file before the earlier ones. Where nothing
    is configured it is the default that an installed pip carries. `prefix` is the environment's
    folder, `sys.prefix` for this one.
    """
    if stated := environment.get("PIP_INDEX_URL", "").strip():
        return stated
    found = ""
    for path in configuration_files(environment, home, prefix):
        found = _stated_in(path) or found
    return found or _default()


def configuration_files(environment: Mapping[str, str], home: Path, prefix: Path) -> Iterator[Path]:
    """Files that pip reads, in order; a later one overrides."""
    named = environment.get("PIP_CONFIG_FILE", "")
    if named == "/dev/null" or named.lower() == "nul":
        return
    if named:
        yield Path(named)
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    if sys.platform == "win32":
        if shared := environment.get("ProgramData"):
            yield Path(shared) / "pip" / name
        yield home / "pip" / name
        if roaming := environment.get("APPDATA"):
            yield Path(roaming) / "pip" / name
    elif sys.platform == "darwin":
        yield Path("/Library/Application Support/pip") / name
        yield home / ".pip" / name
        support = home / "Library" / "Application Support" / "pip"
        yield (support if support.is_dir() else home / ".config" / "pip") / name
    else:
        for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":"):
            if folder:
                yield Path(folder) / "pip" / name
        yield Path("/etc") / name
        yield home / ".pip" / name
        yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / name
    yield Path(environment.get("VIRTUAL_ENV") or prefix) / name


def _stated_in(path: Path) -> str:
    parser = configparser.RawConfigParser(strict=False)
    try:
        with path.open("rb") as stream:
            parser.read_string(stream.read(_SIZE_LIMIT).decode("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return ""
    stated = ""
    for section in _SECTIONS:
        for option in ("index-url", "index_url"):
            stated = parser.get(section, option, fallback="").strip() or stated
    return stated


def _default() -> str:
    """The default of the pip beside us: its address is pip's to know, not ours."""
    if importlib.util.find_spec("pip") is None:
        return ""
    try:
        module = importlib.import_module("pip._internal.models.index")
    except ImportError:
        return ""
    index = getattr(module, "PyPI", None)
    return str(getattr(index, "simple_url", ""))
