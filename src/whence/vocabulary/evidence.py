"""Where something stands, what it shows, and what could not be seen."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Span(msgspec.Struct, frozen=True, order=True):
    """A place in the audited tree.

    `path` is relative to the root, with forward slashes. `first` and `last` are line numbers
    that start at 1 and are both included; 0 means the whole file. `place` says where lines make
    no sense or need more: a notebook cell (`cell 3`), a byte offset (`byte 0x1f`), an archive
    member (`data.pkl`), a row of a data file.
    """

    path: str
    first: int = 0
    last: int = 0
    place: str = ""

    def __str__(self) -> str:
        line = f":{self.first}" if self.first else ""
        return f"{self.path}{line}" + (f" ({self.place})" if self.place else "")


class Evidence(msgspec.Struct, frozen=True, order=True):
    """One thing that an auditor can look at: where it is, and what it shows.

    `excerpt` holds the lines themselves. It is filled in by the walk for text files; a rule or
    reader sets it only where the file's own lines show nothing, such as a slice of opcodes.
    """

    span: Span
    note: str = ""
    excerpt: str = ""


class Treatment(StrEnum):
    """What was done with a file of the tree."""

    ANALYSED = "analysed"
    PARTIAL = "partial"
    SKIPPED = "skipped"


class Unread(msgspec.Struct, frozen=True, order=True):
    """Something that was not looked at, and why. Ends in the report's "not audited".

    `reader` names who gave up: a reader, `walk`, a rule, a look-up. `whole` is true when nothing
    of the file was looked at. `fault` is true when whence itself failed rather than the file;
    `trace` is then the traceback, shown at `--debug`.
    """

    span: Span
    reader: str
    reason: str
    whole: bool = False
    fault: bool = False
    trace: str = ""
