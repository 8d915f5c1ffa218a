"""Where a traced value begins."""

from __future__ import annotations

import msgspec

from whence.flow.project import Scope
from whence.vocabulary.fact.code import OriginKind

TRAIL = 24
ANY = "*"
EACH = "[]"
KEY = "{}"

Keys = tuple[str, ...]
Site = tuple[Scope, int]


class Leaf(msgspec.Struct, frozen=True):
    """Where a value was found to begin.

    `kind` is None for a parameter of `scope`, named by `detail`. `keys` are the attributes and
    items that were taken of it: names, or `ANY` item, `EACH` in turn, or what is a `KEY`. `trail` lists the values on the way, from the sink on, and `uses`
    the points in the functions on the way: (scope, context, number of values before). `washed` are
    the kinds of danger that calls on the way took from it.
    """

    kind: OriginKind | None
    detail: str
    scope: Scope
    index: int
    keys: Keys = ()
    trail: tuple[Site, ...] = ()
    uses: tuple[tuple[Scope, int, int], ...] = ()
    file: bool = False
    washed: tuple[str, ...] = ()


def argument_of(scope: Scope, index: int, wanted: tuple[int | str, ...]) -> int | None:
    """The value of the first of these arguments that a call has."""
    call = scope.call(index)
    plain = len(call.args) - len(call.keywords)
    for name in wanted:
        if isinstance(name, int):
            if name < plain:
                return call.args[name]
        elif name in call.keywords:
            return call.args[plain + call.keywords.index(name)]
    return None


def joined_keys(keys: Keys) -> str:
    """Keys as a dotted name; `*` where any item is meant."""
    return ".".join(ANY if key == EACH else key for key in keys)


def stepped(leaf: Leaf, scope: Scope, index: int) -> Leaf:
    if len(leaf.trail) >= TRAIL:
        return leaf
    return msgspec.structs.replace(leaf, trail=((scope, index), *leaf.trail))


def as_file(leaf: Leaf) -> Leaf:
    """A constant path means the file behind it."""
    if leaf.kind is OriginKind.CONSTANT:
        return msgspec.structs.replace(leaf, kind=OriginKind.FILE, file=True)
    return msgspec.structs.replace(leaf, file=True)
