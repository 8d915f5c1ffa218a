"""Addresses of downloads that something outside the code decides: an option, a variable, a key."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.leaf import Leaf, argument_of
from whence.flow.tables.sources import source_of
from whence.flow.values.places import Places
from whence.vocabulary.fact.code import OriginKind, Place
from whence.vocabulary.fact.program import Call

_FETCHED = (OriginKind.NETWORK, OriginKind.STORE)


def decided_addresses(callees: Callees, places: Places, leaf: Leaf) -> Iterator[Place]:
    """What a download fetches whose address the code leaves open, with where it is decided."""
    if leaf.kind not in _FETCHED or "{" not in leaf.detail:
        return
    if not isinstance(leaf.scope.values[leaf.index], Call):
        return
    for dotted in callees.dotted(leaf.scope, leaf.index):
        source = source_of(dotted)
        if source is None or source.kind is not leaf.kind or not source.detail:
            continue
        argument = argument_of(leaf.scope, leaf.index, source.detail)
        if argument is not None:
            whole = places.of(leaf.scope, argument)
            yield from (place for place in whole if "://" in place.name)
            return
