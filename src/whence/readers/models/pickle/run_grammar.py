"""The regular expressions of runs: rows of plain values, and of objects of common classes.

A plain value is a scalar, a short text, a memo read, or a list, dict or tuple of them two levels deep,
with their memo writes. An object of a common class is made of its class in the memo, in the one way
that its objects were made so far, and filled in the one way that they were filled, with plain values.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST_TEXT: Final = 56
LONGEST_BYTES: Final = 16


class Common(NamedTuple):
    """A class by its memo number, and the uses that make an object: new or call, then a filling."""

    number: int
    uses: tuple[str, ...]

    @property
    def read(self) -> bytes:
        """The opcode that reads it from the memo."""
        number = self.number
        return b"h%c" % number if number < 256 else b"j" + number.to_bytes(4, "little")


Commons = tuple[Common, ...]


def _text(byte: bytes, *, framed: bool) -> bytes:
    zeros = b"" if framed else b"\\0\\0\\0"
    lengths = b"|".join(
        b"\\x%02x%s%s{%d}" % (length, zeros, byte, length) for length in range(LONGEST_TEXT)
    )
    return (rb"\x8c(?:" if framed else rb"X(?:") + lengths + rb")"


def _bytes(byte: bytes) -> bytes:
    lengths = (b"\\x%02x%s{%d}" % (length, byte, length) for length in range(LONGEST_BYTES + 1))
    return rb"C(?:" + b"|".join(lengths) + rb")"


def _memo_reads(commons: Commons, but: bytes) -> bytes:
    """Reads of other entries than the common classes, so that each read of those is an object."""
    near = b"".join(b"\\x%02x" % common.number for common in commons if common.number < 256)
    far = b"|".join(re.escape(common.read[1:]) for common in commons if common.number > 255)
    rest = b"[^" + but + b"]{4}" if but else b".{4}"
    reads = b"h[^" + near + but + b"]" if near or but else b"h."
    return reads + (b"|j(?!" + far + b")" + rest if far else b"|j" + rest)


def _scalars(commons: Commons, *, framed: bool, but: bytes = b"") -> list[bytes]:
    """One kind each; the first two may be put in the memo. No byte of an argument is `but`."""
    byte = b"[^" + but + b"]" if but else b"."
    texts = [_text(byte, framed=framed), *([_bytes(byte)] if framed else [])]
    reads = _memo_reads(commons, but)
    return [*texts, b"K" + byte, reads, b"M" + 2 * byte, b"J" + 4 * byte, b"G" + byte + b"{8}"]


def _one(scalar: bytes, container: bytes, memo: bytes) -> bytes:
    """Exactly one value."""
    tuples = scalar + rb"(?:\x85|" + scalar + rb"(?:\x86|" + scalar + rb"\x87))" + memo
    return b"(?:" + tuples + b"|" + scalar + (b"|" + container if container else b"") + b")"


def _row(scalar: bytes, container: bytes, memo: bytes) -> bytes:
    """One or more values; a tuple opcode takes the last of them."""
    several = (
        scalar + rb"(?:" + scalar + rb"(?:" + scalar + b"++" + rb"(?:[\x85-\x87]" + memo + b")?+"
        rb"|(?:[\x85\x86]" + memo + rb")?+)|(?:\x85" + memo + rb")?+)"
    )
    if not container:
        return several
    holding = container + rb"(?:\x85" + memo + b"|" + scalar + rb"\x86" + memo + b")?+"
    return b"(?:" + several + b"|" + holding + b")"


def _container(scalar: bytes, inner: bytes, memo: bytes) -> bytes:
    """A list, dict or marked tuple of scalars and `inner` containers."""
    row = _row(scalar, inner, memo)
    one = _one(scalar, inner, memo)
    parts = [
        rb"\]" + memo + rb"(?:\((?:" + row + rb")*+e|" + scalar + rb"a|(?=[eut\x85\x86\x87]))",
        rb"\}" + memo + rb"(?:\((?:" + scalar + one + rb")*+u|" + scalar + one + b"s"
        rb"|(?=[eut\]\}\x85\x86\x87]))",
        rb"\((?:" + row + rb")*+t" + memo,
    ]
    return b"(?:" + b"|".join(parts) + b")"


def _objects(commons: Commons, scalar: bytes, inner: bytes, memo: bytes) -> list[bytes]:
    """Objects of the common classes, by the way they are made and filled."""
    one = _one(scalar, inner, memo)
    row = _row(scalar, inner, memo)
    items = rb"(?:\((?:" + scalar + one + rb")*+u|" + scalar + one + b"s)"
    arguments = rb"(?:\)|" + scalar + rb"(?:\x85|" + scalar + rb"(?:\x86|" + scalar + rb"\x87))"
    arguments += memo + rb"|\((?:" + scalar + rb")*+t" + memo + b"|" + inner + rb"\x85" + memo
    makings = {"new": rb"\)\x81" + memo, "call": arguments + b")R" + memo}
    fillings = {
        "": b"",
        "state": rb"\}" + memo + items + b"b",
        "items": items,
        "append": rb"(?:\((?:" + row + rb")*+e|" + one + b"a)",
    }
    found = []
    for uses in sorted({common.uses for common in commons}):
        classes = b"|".join(re.escape(common.read) for common in commons if common.uses == uses)
        filling = fillings[uses[1] if len(uses) > 1 else ""]
        found.append(b"(?:" + classes + b")" + makings[uses[0]] + filling)
    return found


@lru_cache(maxsize=16)
def runs(commons: Commons, *, framed: bool, pairs: bool) -> re.Pattern[bytes]:
    """Rows of values, or keys and values in turn."""
    memo = rb"\x94?+" if framed else rb"(?:r.{4})?+"
    parts = _scalars(commons, framed=framed)
    texts = [text + memo for text in parts[: 1 + framed]]
    scalar = b"(?:" + b"|".join([rb"[N\x88\x89)]", *texts, *parts[1 + framed :]]) + b")"
    inner = _container(scalar, b"", memo)
    container = _container(scalar, inner, memo)
    value = scalar
    if commons:
        value = b"(?:" + b"|".join([scalar, *_objects(commons, scalar, inner, memo)]) + b")"
    pair = scalar + _one(value, container, memo)
    values = pair if pairs else _row(value, container, memo)
    return re.compile(b"(?:" + values + b")*+", re.DOTALL)


@lru_cache(maxsize=16)
def marks(commons: Commons, *, framed: bool) -> re.Pattern[bytes]:
    """Finds in a run each read of a common class, and what `memo_writes` needs.

    That is each memo write with its number; if framed, arguments that look as if they had one.
    """
    others = [rb"[N\x88\x89)(\]}eutas\x85\x86\x87Rb\x81]", *_scalars(commons, framed=framed)]
    reads = [re.escape(common.read) for common in commons]
    if not framed:
        between = b"(?:" + b"|".join(others) + b")"
        wanted = b"|".join([rb"r.{4}", *reads])
    else:
        clean = _scalars(commons, framed=True, but=rb"\x94")
        between = b"(?:" + b"|".join([rb"\x94", others[0], *clean]) + b")"
        wanted = b"|".join([*reads, *others[1:]])
    return re.compile(between + b"*+(" + wanted + b")|" + between + b"++", re.DOTALL)


def memo_writes(data: bytes, start: int, end: int, seen: list[bytes]) -> int:
    """How many memo entries a framed run writes, in which `marks` has `seen` these."""
    return data.count(b"\x94", start, end) - sum(mark.count(b"\x94") for mark in seen)
