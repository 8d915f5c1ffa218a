"""Where pip on this machine looks for packages, read from its configuration without running it.

Source: pip's documentation on configuration files, their places and their precedence.
"""

import configparser
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

_SECTIONS = ("global", "install")
_NO_FILE = ("/dev/null", "nul")
_SIZE_LIMIT = 1024 * 1024
_UNSET = "no index is configured for pip, and no pip is installed that names a default"


class PipSettings(msgspec.Struct, frozen=True):
    """What pip would ask, and how.

    `indexes` are addresses with their credentials, the primary one first; where there are none,
    `reason` says why. `certificates` is a file of certificates to trust, `client_certificate` one
    to show, `proxy` an address; each is empty where pip has none of its own.
    """

    indexes: tuple[str, ...]
    reason: str = ""
    certificates: str = ""
    client_certificate: str = ""
    proxy: str = ""


def pip_settings(environment: Mapping[str, str], home: Path, prefix: Path) -> PipSettings:
    """The settings that `pip install` would use.

    The environment stands before the files, the section `install` before `global`, the last file
    before the earlier ones. Where no index is configured it is the default that an installed pip
    carries. `prefix` is the environment's folder, `sys.prefix` for this one.
    """
    options = _options(environment, home, prefix)
    primary = options.get("index-url") or options.get("pypi-url") or _default()
    further = options.get("extra-index-url", "").split()
    reason = "" if primary else _UNSET
    if options.get("no-index", "").lower() in ("1", "true", "yes", "on", "t", "y"):
        primary, further, reason = "", [], "pip is configured to ask no index"
    return PipSettings(
        tuple(dict.fromkeys(url for url in (primary, *further) if url)),
        reason,
        options.get("cert", ""),
        options.get("client-cert", ""),
        options.get("proxy", ""),
    )


def configuration_files(environment: Mapping[str, str], home: Path, prefix: Path) -> Iterator[Path]:
    """Files that pip reads, in order; a later one overrides.

    A file that `PIP_CONFIG_FILE` names stands in for the user's own.
    """
    named = environment.get("PIP_CONFIG_FILE", "")
    if named.lower() in _NO_FILE:
        return
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    yield from (folder / name for folder in _shared_folders(environment))
    if not (named and Path(named).exists()):
        yield from (folder / name for folder in _own_folders(environment, home))
    yield Path(environment.get("VIRTUAL_ENV") or prefix) / name
    if named:
        yield Path(named)


def _shared_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    if sys.platform == "win32":
        if shared := environment.get("ProgramData"):
            yield Path(shared) / "pip"
    elif sys.platform == "darwin":
        yield Path("/Library/Application Support/pip")
    else:
        for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":"):
            if folder:
                yield Path(folder) / "pip"
        yield Path("/etc")


def _own_folders(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    if sys.platform == "win32":
        yield home / "pip"
        if roaming := environment.get("APPDATA"):
            yield Path(roaming) / "pip"
        return
    yield home / ".pip"
    support = home / "Library" / "Application Support" / "pip"
    if sys.platform == "darwin" and support.is_dir():
        yield support
    else:
        yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "pip"


def _options(environment: Mapping[str, str], home: Path, prefix: Path) -> dict[str, str]:
    sections: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for path in configuration_files(environment, home, prefix):
        for section, options in _stated_in(path).items():
            sections[section] |= options
    options = {
        name: value for section in _SECTIONS for name, value in sections[section].items() if value
    }
    for variable, value in environment.items():
        if variable.startswith("PIP_") and value.strip():
            options[_option_name(variable.removeprefix("PIP_"))] = value.strip()
    return options


def _option_name(text: str) -> str:
    return text.lower().replace("_", "-").removeprefix("--")


def _stated_in(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        with path.open("rb") as stream:
            parser.read_string(stream.read(_SIZE_LIMIT).decode("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    return {
        section: {
            _option_name(name): (value or "").strip() for name, value in parser.items(section)
        }
        for section in _SECTIONS
        if parser.has_section(section)
    }


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
