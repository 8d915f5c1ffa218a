"""What calls and commands copy, pack out, upload and fetch: files, and folders with what is in them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.graph.artefacts import Artefacts, artefacts_of, asset_of, certainty_of
from whence.graph.place_names import is_pattern, is_whole, plain
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import DataWrite, FileTransfer, ModelExport
from whence.vocabulary.graph import Asset, Flow, FlowKind, Pin, SupplyGraph

HOPS = 6


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
    told = [each for each in transfers if _is_told(each.source) and is_whole(each.target)]
    ways = [
        (each, _is_fetch(each), way)
        for each in told
        for way in _ends(each, _is_fetch(each), own, known)
    ]
    matter = _that_matter([way[:2] for _, _, way in ways], known)
    for carried, outside, (source, target, certain) in ways:
        if outside or {source, target} & matter:
            evidence = (Evidence(carried.span, f"{carried.by} brings it there"),)
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


def _is_fetch(carried: FileTransfer) -> bool:
    """Whether something from outside is brought to a file."""
    return "://" in carried.source and "://" not in carried.target


def _is_used(name: str, known: Artefacts) -> bool:
    """Whether code reads or writes something, what is in it, or a folder over it."""
    while name.strip("./") and not name.endswith(":/"):
        if name in known.used:
            return True
        name = name.rpartition("/")[0]
    return False


def _that_matter(ways: list[tuple[str, str]], known: Artefacts) -> set[str]:
    """The assets on ways that begin or end with a model, or with what code reads or writes."""
    found = {end for way in ways for end in way
             if end.startswith("model:") or _is_used(end.partition(":")[2], known)}  # fmt: skip
    for _ in range(HOPS):
        before = len(found)
        for source, target in ways:
            if source in found or target in found:
                found |= {source, target}
        if len(found) == before:
            break
    return found
