"""Asks every linker, and joins what they say about the same asset."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

import msgspec

from whence.graph import linkers
from whence.vocabulary.graph import Asset, Flow, SupplyGraph, Writers

Linker = Callable[[SupplyGraph], Iterator[Asset | Flow]]


@cache
def every_linker() -> tuple[Linker, ...]:
    """All linkers, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(linkers.__path__))
    return tuple(importlib.import_module(f"{linkers.__name__}.{name}").link for name in names)


def link(graph: SupplyGraph) -> SupplyGraph:
    """The graph with the assets and flows that its facts state.

    A flow whose end no linker described gets no asset of its own: it is left out.
    """
    assets: dict[str, Asset] = {}
    flows: dict[tuple[str, str, str], Flow] = {}
    for linker in every_linker():
        for made in linker(graph):
            if isinstance(made, Asset):
                known = assets.get(made.id)
                assets[made.id] = _joined(known, made) if known else made
            else:
                key = (made.source, made.target, made.kind.value)
                earlier = flows.get(key)
                flows[key] = _stronger_doubt(earlier, made) if earlier else made
    kept = [flow for flow in flows.values() if flow.source in assets and flow.target in assets]
    return SupplyGraph(graph.files.values(), graph.facts, assets.values(), kept)


def _joined(one: Asset, other: Asset) -> Asset:
    who = tuple(sorted({*one.writers.who, *other.writers.who}))
    return msgspec.structs.replace(
        one,
        digest=one.digest or other.digest,
        writers=Writers(who, one.writers.review or other.writers.review),
        evidence=tuple(sorted({*one.evidence, *other.evidence})),
    )


def _stronger_doubt(one: Flow, other: Flow) -> Flow:
    """Two places say how the same thing flows: the weaker pin and the common gates hold."""
    return msgspec.structs.replace(
        one,
        pin=min(one.pin, other.pin),
        signer=one.signer if one.signer == other.signer else "",
        gates=tuple(gate for gate in one.gates if gate in other.gates),
        evidence=tuple(sorted({*one.evidence, *other.evidence})),
    )
