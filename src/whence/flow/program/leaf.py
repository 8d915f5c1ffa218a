"""Where a traced value begins."""

from __future__ import annotations

import msgspec

from whence.flow.program.project import Scope
from whence.vocabulary.fact.code import OriginKind

TRAIL = 24
LEAVES = 16
ANY = "*"
EACH = "[]"
KEY = "{}"

Keys = tuple[str, ...]
Site = tuple[Scope, int]
Uses = tuple[tuple[Scope, int, int], ...]

_SEARCHED = frozenset(
    {
        "PATH",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "XDG_DATA_DIRS",
        "XDG_CONFIG_DIRS",
    }
)
_NAMING = (None, OriginKind.NETWORK, OriginKind.REQUEST, OriginKind.MESSAGE)


class Leaf(msgspec.Struct, frozen=True):
    """Where a value was found to begin.

    `kind` is None for a parameter of `scope`, named by `detail`. `keys` are the attributes and
    items that were taken of it: names, or `ANY` item, `EACH` in turn, or what is a `KEY`. `trail` lists the values on the way, from the sink on, and `uses`
    the points in the functions on the way: (scope, context, number of values before). `washed` are
    the kinds of danger that calls on the way took from it. `file` says that what is meant is the
    content of a file, `named` that the value only went into the path of one.
    """

    kind: OriginKind | None
    detail: str
    scope: Scope
    index: int
    keys: Keys = ()
    trail: tuple[Site, ...] = ()
    uses: Uses = ()
    file: bool = False
    washed: tuple[str, ...] = ()
    named: bool = False


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


def is_private(keys: Keys) -> bool:
    """Whether one of the keys is a private attribute, which no option and no setting is."""
    return any(key.startswith("_") and not key.endswith("_") for key in keys)


def is_search_list(leaf: Leaf) -> bool:
    """Whether a variable says where programs and libraries are looked for, not what they are."""
    return leaf.kind is OriginKind.ENVIRONMENT and leaf.detail in _SEARCHED


def joined_keys(keys: Keys) -> str:
    """Keys as a dotted name; `*` where any item is meant."""
    return ".".join(ANY if key == EACH else key for key in keys)


def stepped(leaf: Leaf, scope: Scope, index: int) -> Leaf:
    if len(leaf.trail) >= TRAIL:
        return leaf
    return Leaf(
        leaf.kind,
        leaf.detail,
        leaf.scope,
        leaf.index,
        leaf.keys,
        ((scope, index), *leaf.trail),
        leaf.uses,
        leaf.file,
        leaf.washed,
        leaf.named,
    )


def continued(leaf: Leaf, above: Leaf, between: tuple[Site, ...] = (), uses: Uses = ()) -> Leaf:
    """A leaf whose value another one gives; `between` and `uses` are the call that gives it."""
    return Leaf(
        above.kind,
        above.detail,
        above.scope,
        above.index,
        above.keys,
        (*leaf.trail, *between, *above.trail)[:TRAIL],
        (*leaf.uses, *uses, *above.uses)[:TRAIL],
        leaf.file or above.file,
        leaf.washed + above.washed,
        leaf.named or above.named,
    )


def as_file(leaf: Leaf, named: bool = False) -> Leaf:
    """A constant path means the file behind it."""
    kind = OriginKind.FILE if leaf.kind is OriginKind.CONSTANT else leaf.kind
    return msgspec.structs.replace(leaf, kind=kind, file=True, named=named or leaf.named)


def as_part_of_path(leaf: Leaf) -> Leaf:
    """What was fetched, sent, or what a caller gives, where it became a part of a path."""
    if leaf.named or leaf.kind not in _NAMING:
        return leaf
    return msgspec.structs.replace(leaf, named=True)
