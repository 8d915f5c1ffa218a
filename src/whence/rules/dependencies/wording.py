"""Names of packages as a sentence has room for."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from whence.vocabulary.fact.dependencies import PackageRequirement

_SHOWN = 6
_DEVELOPMENT = frozenset(
    (
        "dev", "develop", "development", "test", "tests", "testing", "doc", "docs", "lint",
        "linter", "linters", "ci", "qa", "typing", "mypy", "types", "bench", "benchmark",
        "benchmarks", "style", "format", "pre-commit", "release", "examples", "notebook",
        "notebooks", "coverage", "tox", "nox", "testdata", "fixtures", "readthedocs", "rtd",
        "sphinx", "mkdocs",
    )
)  # fmt: skip


def listed(names: Iterable[str]) -> str:
    """Names in order of first mention, the rest as a number: `a, b and 3 more`."""
    known = list(dict.fromkeys(names))
    shown = [f"`{name}`" for name in known[:_SHOWN]]
    if len(known) > _SHOWN:
        return f"{', '.join(shown)} and {len(known) - _SHOWN} more"
    if len(shown) > 1:
        return f"{', '.join(shown[:-1])} and {shown[-1]}"
    return "".join(shown)


def is_development(group: str) -> bool:
    """Whether a group serves development only, by its name."""
    return group in _DEVELOPMENT or group.startswith(("dev-", "test-", "hatch-", "docs-"))


def decision_on(required: PackageRequirement) -> str:
    """The decision that a requirement is part of: this package, in this folder."""
    folder = posixpath.dirname(required.span.path)
    return f"{required.name} in {folder}" if folder else required.name
