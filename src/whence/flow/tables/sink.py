"""What a row of the tables of dangerous functions says, and ways to write many rows at once.

`position` and `names` say which argument is the value that matters; -1 is the receiver, and
`NAMED_ONLY` an argument that is always given by name.
`format` tells variants of one kind of sink apart.
"""

from __future__ import annotations

import msgspec

NAMED_ONLY = 99


class Sink(msgspec.Struct, frozen=True):
    """One dangerous function: the kind of fact it makes and the argument to look at."""

    fact: str
    position: int = 0
    names: tuple[str, ...] = ()
    format: str = ""
    is_file: bool = False


def each(
    fact: str,
    names: tuple[str, ...],
    format: str,  # noqa: A002
    *callees: str,
    position: int = 0,
    is_file: bool = False,
) -> dict[str, Sink]:
    return {callee: Sink(fact, position, names, format, is_file) for callee in callees}


def files(
    format: str,  # noqa: A002
    names: tuple[str, ...],
    *callees: str,
    position: int = 0,
) -> dict[str, Sink]:
    return each("Deserialization", names, format, *callees, position=position, is_file=True)
