"""Step 7, report: one `Audit` in, one text out; one module per output."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from whence.vocabulary.audit import Audit

# Names only: a module and what it needs (rich, for one) is imported when its report is asked for.
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "json": "json_report",
        "markdown": "markdown",
        "sarif": "sarif",
        "terminal": "terminal",
    }
)


def render(
    name: str,
    audit: Audit,
    *,
    color: bool = False,
    width: int | None = None,
    verbose: bool = False,
) -> str:
    """The report of that name, as text that ends with a line break.

    `color`, `width` (in columns) and `verbose` change the terminal's report only. Raises KeyError
    for a name that is not in `FORMATS`.
    """
    module = importlib.import_module(f"whence.reports.{FORMATS[name]}")
    if name == "terminal":
        return str(module.render(audit, color=color, width=width, verbose=verbose))
    return str(module.render(audit))
