"""What calls and commands copy, pack out, upload and fetch: files, and folders with what is in them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.graph.artefacts import (
    Artefacts,
    artefacts_of,
    asset_of,
    certainty_of,
    is_pattern,
    is_whole,
    plain,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import DataWrite, FileTransfer, ModelExport
from whence.vocabulary.graph import Asset, Flow, FlowKind, Pin, SupplyGraph


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """place → place, for what is data or a model."""
    transfers = graph.facts_of(FileTransfer)
    known = artefacts_of(graph) if transfers else None
    if known is None:
        return
    own = {
        plain(place.name)
        for kind in (DataWrite, ModelExport)
        for use in graph.facts_of(kind)
        for place in use.places
    }
    for carried in transfers:
        if not _is_told(carried.source) or not is_whole(carried.target):
            continue
        evidence = (Evidence(carried.span, f"{carried.by} brings it there"),)
        outside = "://" in carried.source and "://" not in carried.target
        for source, target, certain in _ends(carried, outside, own, known):
            if not outside and not _matters(source, target, known):
                continue
            yield asset_of(source, graph, evidence)
            yield asset_of(target, graph, evidence)
            kind = FlowKind.FETCHES if outside else FlowKind.WRITES
            yield Flow(
                source, target, kind, Pin.NAME, certainty=certainty_of(certain), evidence=evidence
            )


def _is_told(name: str) -> bool:
    return is_whole(name) or is_pattern(name)


def _ends(
    carried: FileTransfer, outside: bool, own: set[str], known: Artefacts
) -> Iterator[tuple[str, str, bool]]:
    """What is carried from where to where. Of a folder, each file that the project names in it."""
    bare_source, sure = known.meant(carried.source, carried.span)
    bare_target, certain = known.meant(carried.target, carried.span)
    into = [
        name
        for name in known.inside(bare_target)
        if name not in own and name not in known.graph.files
    ]
    out_of = known.inside(bare_source) if not outside else []
    if outside and into and not posixpath.splitext(carried.source.rstrip("/"))[1]:
        yield from ((known.remote(carried.source), known.named(name), False) for name in into)
    elif out_of and not posixpath.splitext(bare_source + bare_target)[1]:
        for name in out_of:
            there = posixpath.join(bare_target, name[len(bare_source) :].lstrip("/"))
            yield known.named(name), known.named(there), False
    else:
        target = bare_target
        if carried.target.endswith("/"):
            target = posixpath.join(target, posixpath.basename(carried.source))
        for source in known.sources(carried.source, carried.span):
            yield source, known.named(target), carried.certain and certain and sure


def _matters(source: str, target: str, known: Artefacts) -> bool:
    """Whether what is copied is data or a model that something reads or writes."""
    names = {source.partition(":")[2], target.partition(":")[2]}
    return bool(names & known.made) or source.startswith("model:") or target.startswith("model:")
