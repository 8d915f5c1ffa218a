"""Which part of a collection a loop takes: keys apart from values, each of what is zipped by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.flow.program.leaf import ANY, KEY, Keys, Leaf
from whence.flow.program.project import Scope
from whence.flow.tables import carriers

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

VIEWS = frozenset({"items", "values", "keys", "copy", "clone"})


def viewed(
    tracer: Tracer, scope: Scope, base: int, view: str, keys: Keys, depth: int
) -> list[Leaf]:
    """What `items()`, `keys()`, `values()` and `copy()` give of a mapping."""
    return [
        leaf
        for wanted in _wanted(view, keys)
        for leaf in tracer.leaves(scope, base, wanted, depth + 1)
    ]


def _wanted(view: str, keys: Keys) -> tuple[Keys, ...]:
    """What to ask the mapping for, where an element of its view is asked for."""
    if not keys or view in ("copy", "clone"):
        return (keys,)
    if view == "keys":
        return ((KEY,),)
    if view == "values":
        return ((ANY, *keys[1:]),)
    if keys[1:2] == ("0",):
        return ((KEY,),)
    if keys[1:2] == ("1",):
        return ((ANY, *keys[2:]),)
    return ((KEY,), (ANY,))


def iterated(
    tracer: Tracer, scope: Scope, index: int, dotted: str, keys: Keys, depth: int
) -> list[Leaf]:
    """What an element of `enumerate`, `zip`, `sorted`, `dict` and their kin is made of."""
    call = scope.call(index)
    plain = call.args[: len(call.args) - len(call.keywords)]
    if dotted in carriers.MAPPINGS:
        return tracer.held.of_dict_call(scope, index, keys, depth)
    if dotted in carriers.ITERATES or len(keys) < 2:
        held = plain[-1:] if dotted == "filter" else plain
        return [leaf for arg in held for leaf in tracer.leaves(scope, arg, keys, depth + 1)]
    inner = (keys[0], *keys[2:])
    if dotted == "enumerate":
        return [] if keys[1] == "0" else tracer.joined(scope, plain[:1], inner, depth)
    if keys[1].isdigit() and int(keys[1]) < len(plain):
        plain = (plain[int(keys[1])],)
    return tracer.joined(scope, plain, inner, depth)
