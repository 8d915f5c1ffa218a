"""Shell scripts, by name or by their first line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.shell import commands
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact

VERSION = 3

_FIRST_LINE = re.compile(rb"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*(?:\S*/)?)?(?:ba|da|a|k|z)?sh\b")
_NAMES = (".sh", ".bash", ".ksh", ".bats")


def claims(path: str, head: bytes) -> bool:
    """`*.sh` and its kin, and any file whose first line names a shell."""
    return path.endswith(_NAMES) or bool(_FIRST_LINE.match(head))


def read(source: Source) -> Iterator[Fact | Unread]:
    """The commands of the script."""
    text = source.text
    first = text.split("\n", 1)[0]
    options = first if first.startswith("#!") else ""
    yield from commands(
        text,
        1,
        source.path,
        "script",
        errexit=bool(re.search(r"\s-\w*e", options)),
        pipefail="pipefail" in options,
    )
