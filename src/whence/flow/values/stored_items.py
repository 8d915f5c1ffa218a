"""Items of stores that the project writes classes for: what lies there, not what made the object.

`S3Store(bucket, token)["meta"]` is the content of the bucket. Neither the name of the bucket nor
the token decides what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from whence.flow.program.leaf import Keys, Leaf
from whence.flow.program.project import Scope
from whence.flow.program.special_methods import GETTER
from whence.vocabulary.fact.code import OriginKind

if TYPE_CHECKING:
    from whence.flow.values.trace import Tracer

FAMILY = 24
_REMOTE = (OriginKind.STORE, OriginKind.NETWORK, OriginKind.HUB)
_MAPPINGS = ("MutableMapping", "Mapping")


def items(tracer: Tracer, scope: Scope, index: int, keys: Keys, depth: int) -> list[Leaf]:
    """The leaves of an item: of a store, of what holds it, or what its class answers."""
    found = _of_store(tracer, scope, index, depth) or tracer.leaves(scope, index, keys, depth + 1)
    if not found and any(
        target.scope is not None and tracer.project.method(target.scope, GETTER)
        for target in tracer.callees.targets(scope, index)
        if target.kind == "instance"
    ):
        return list(tracer.leaves(scope, index, (GETTER, *keys[1:]), depth + 1))
    return list(found)


def _of_store(tracer: Tracer, scope: Scope, index: int, depth: int) -> list[Leaf]:
    """What the items of a value are that is a store of the project; none where it is no store.

    Several classes that can stand for it are one store to the code that asks.
    """
    for target in tracer.callees.targets(scope, index):
        if target.kind != "instance" or target.scope is None:
            continue
        known = tracer.instances.stores
        if target.scope.id not in known:
            known[target.scope.id] = []
            known[target.scope.id] = _of_class(tracer, target.scope, depth)
        if known[target.scope.id]:
            return known[target.scope.id]
    return []


def _of_class(tracer: Tracer, klass: Scope, depth: int) -> list[Leaf]:
    family = list(_family(tracer, klass))
    remote = list(_fetched(tracer, family, depth))
    name = family[0].code.name if len(remote) > 1 else ""
    return [
        msgspec.structs.replace(leaf, detail=f"{name}[?]" if name else leaf.detail)
        for leaf in remote[:1]
    ]


def _fetched(tracer: Tracer, family: list[Scope], depth: int) -> Iterator[Leaf]:
    """What the classes fetch themselves for `__getitem__`."""
    own = {klass.id for klass in family}
    for klass in family:
        getter = klass.children.get(GETTER)
        for value, _ in getter.code.returns if getter is not None else ():
            assert getter is not None
            for leaf in tracer.leaves(getter, value, (), depth + 1):
                holder = leaf.scope.klass
                if leaf.kind in _REMOTE and holder is not None and holder.id in own:
                    yield leaf


def _family(tracer: Tracer, klass: Scope) -> Iterator[Scope]:
    """The classes that may stand for a store: all that share its first mapping of the project."""
    project = tracer.project
    line = [item for item in project.ancestry(klass) if isinstance(item, Scope)]
    roots = [
        item
        for item in line
        if any(isinstance(base, str) and base.endswith(_MAPPINGS) for base in project.bases(item))
    ]
    waiting, seen = [*(roots[-1:] or [klass])], set[int]()
    while waiting and len(seen) < FAMILY:
        item = waiting.pop(0)
        if item.id not in seen:
            seen.add(item.id)
            yield item
            waiting.extend(project.subclasses.get(item.id, ()))
