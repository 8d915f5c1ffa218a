"""What a project or a command line asks for: `whence.toml`, or `[tool.whence]` in pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from whence.vocabulary.finding import Severity


class ConfigurationError(Exception):
    """Something that a person wrote for whence is wrong: what, where, and how to mend it."""


class ConfiguredSuppression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dismisses a rule in the files that a glob pattern matches, for files without comments."""

    rule: str
    path: str
    reason: str = ""
    until: str = ""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """All settings, with their defaults. Lists of rules hold ids, `exclude` glob patterns.

    `max_data_age` is in days; 0 means no limit. `as_of` is an ISO date or empty.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    suppress: tuple[ConfiguredSuppression, ...] = ()
    fail_on: Severity = Severity.LOW
    min_severity: Severity = Severity.INFO
    baseline: str = ""
    offline: bool = False
    strict: bool = False
    as_of: str = ""
    max_data_age: int = 0


def load_config(root: Path) -> Config:
    """The configuration that stands in a project's root, or the defaults.

    Raises ConfigurationError for a file that cannot be read, is no TOML, or holds unknown keys or
    values of the wrong kind. `whence.toml` goes before pyproject.toml; both at once is an error.
    """
    own = _table(root / "whence.toml")
    shared = (_table(root / "pyproject.toml", broken_is_absent=True) or {}).get("tool", {})
    table = shared.get("whence") if isinstance(shared, dict) else None
    if own is not None and table is not None:
        raise ConfigurationError(
            "both whence.toml and [tool.whence] in pyproject.toml exist: keep one"
        )
    name = "whence.toml" if own is not None else "[tool.whence] in pyproject.toml"
    try:
        return msgspec.convert(own if own is not None else table or {}, Config)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{name}: {error}") from None


def _table(location: Path, *, broken_is_absent: bool = False) -> dict[str, object] | None:
    # A broken pyproject.toml is the audited project's fault: its reader reports it.
    if not location.is_file():
        return None
    try:
        return tomllib.loads(location.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if broken_is_absent:
            return None
        raise ConfigurationError(f"{location.name} cannot be read: {error}") from None
