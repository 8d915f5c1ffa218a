"""Lineage as the code draws it: what is fetched and read, trains, is exported and served.

Assets are named as the code names them: `source:` for hubs, URLs and stores, `dataset:` and
`model:` by path or name, `code:` by file. Where only a part of a name is known there is no asset.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TypeVar

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import (
    DataRead,
    DatasetLoad,
    DataWrite,
    Deserialization,
    Download,
    Evaluation,
    ModelExport,
    ModelLoad,
    Origin,
    OriginKind,
    RouteHandler,
    ServerStart,
    TrainingRun,
    Use,
)
from whence.vocabulary.graph import (
    Asset,
    AssetKind,
    Certainty,
    Flow,
    FlowKind,
    Gate,
    Pin,
    SupplyGraph,
    Writers,
)

U = TypeVar("U", bound=Use)

_COMMIT = re.compile(r"[0-9a-f]{40}")
_REMOTE = {
    OriginKind.NETWORK: "provider",
    OriginKind.STORE: "provider",
    OriginKind.HUB: "publisher",
    OriginKind.SHARED_PATH: "contributor",
}
_NO_MODEL = frozenset({"yaml", "yaml-safe", "yaml-full", "yaml-unsafe", "ruamel", "jsonpickle"})
_TESTS = ("test",)


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Code with the data and models that it reads, trains on, measures, exports and serves."""
    for use in _uses(graph, DataRead, DatasetLoad):
        yield from _reads(
            use, f"dataset:{_path(use, use.artefact, graph)}", AssetKind.DATASET, graph
        )
    for model in _uses(graph, ModelLoad):
        yield from _hub_model(model, graph)
    for load in _uses(graph, Deserialization):
        if load.format not in _NO_MODEL:
            yield from _reads(
                load, f"model:{_path(load, load.artefact, graph)}", AssetKind.MODEL, graph
            )
    for write in _uses(graph, DataWrite):
        target = f"dataset:{_path(write, write.artefact, graph)}"
        yield from _makes(write, target, AssetKind.DATASET, FlowKind.WRITES)
    for export in _uses(graph, ModelExport):
        target = f"model:{_path(export, export.artefact, graph)}"
        yield from _makes(export, target, AssetKind.MODEL, FlowKind.EXPORTS)
    for fetch in _uses(graph, Download):
        yield from _fetches(fetch)
    yield from _trains(graph)
    yield from _serves(graph)


def _uses(graph: SupplyGraph, *kinds: type[U]) -> list[U]:
    """The facts of the kinds that are no tests'."""
    return [use for kind in kinds for use in graph.facts_of(kind) if use.reached_from != _TESTS]


def _code(use: Use) -> Asset:
    path = use.span.path
    return Asset(f"code:{path}", AssetKind.CODE, path, "", Writers(("contributor",)))


def _path(use: Use, artefact: str, graph: SupplyGraph) -> str:
    """A file of the tree by its path from the root; anything else as it is written.

    Code names files from where it is started, which is the root or the folder of the code; what is
    in the tree decides, and a path that leaves the root can only mean the latter.
    """
    if "://" in artefact or artefact.startswith("/") or not artefact:
        return artefact
    plain = posixpath.normpath(artefact.replace("\\", "/"))
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(use.span.path), plain))
    if plain in graph.files or _outside(beside):
        return _inside(plain)
    return beside if beside in graph.files or _outside(plain) else plain


def _outside(path: str) -> bool:
    return path == ".." or path.startswith("../")


def _inside(path: str) -> str:
    """A path that would leave the tree, without the steps that do."""
    while path.startswith("../"):
        path = path[3:]
    return path


def _known(name: str) -> bool:
    bare = name.partition(":")[2]
    return bool(bare.strip("?/. ")) and "?" not in bare and "\n" not in bare


def _gates(origin: Origin) -> tuple[Gate, ...]:
    return tuple(
        Gate(guard.kind, guard.holds, (Evidence(guard.span, guard.why),)) for guard in origin.guards
    )


def _pin(origin: Origin) -> Pin:
    return Pin.DIGEST if origin.guarded_by("digest", "signature") else Pin.NAME


def _reads(use: Use, target: str, kind: AssetKind, graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """source → what is read → the code that reads it."""
    code = _code(use)
    yield code
    evidence = (Evidence(use.span, f"{use.callee} reads it"),)
    for origin in use.origins:
        writer = _REMOTE.get(origin.kind)
        if writer and origin.detail and "?" not in origin.detail:
            source = f"source:{origin.detail}"
            entered = (Evidence(origin.span, "enters the project here"),)
            yield Asset(source, AssetKind.SOURCE, origin.detail, "", Writers((writer,)), entered)
            aim = (
                target if _known(target) and target.partition(":")[2] != origin.detail else code.id
            )
            yield Flow(
                source, aim, FlowKind.FETCHES, _pin(origin), gates=_gates(origin),
                certainty=Certainty.DECLARED, evidence=entered,
            )  # fmt: skip
    if _known(target):
        name = target.partition(":")[2]
        digest = graph.files[name].digest if name in graph.files else ""
        yield Asset(target, kind, name, digest, evidence=evidence)
        held = [gate for origin in use.origins for gate in _gates(origin)]
        pin = Pin.DIGEST if any(gate.fails_closed for gate in held) else Pin.NAME
        yield Flow(
            target, code.id, FlowKind.READS, pin, gates=tuple(sorted(set(held))),
            certainty=Certainty.DECLARED, evidence=evidence,
        )  # fmt: skip


def _hub_model(load: ModelLoad, graph: SupplyGraph) -> Iterator[Asset | Flow]:
    name = load.artefact
    if not _known(f"model:{name}"):
        return
    code = _code(load)
    evidence = (Evidence(load.span, f"{load.callee} loads it"),)
    pin = Pin.DIGEST if _COMMIT.fullmatch(load.revision) else Pin.NAME
    yield code
    if load.local:
        target = f"model:{_path(load, name, graph)}"
        yield Asset(target, AssetKind.MODEL, name, evidence=evidence)
        yield Flow(
            target,
            code.id,
            FlowKind.READS,
            Pin.NAME,
            evidence=evidence,
        )
        return
    yield Asset(f"source:{name}", AssetKind.SOURCE, name, "", Writers(("publisher",)), evidence)
    yield Flow(f"source:{name}", code.id, FlowKind.FETCHES, pin, evidence=evidence)


def _makes(use: Use, target: str, kind: AssetKind, how: FlowKind) -> Iterator[Asset | Flow]:
    if not _known(target):
        return
    code = _code(use)
    evidence = (Evidence(use.span, f"{use.callee} writes it"),)
    yield code
    yield Asset(target, kind, target.partition(":")[2], evidence=evidence)
    yield Flow(code.id, target, how, Pin.NAME, evidence=evidence)


def _fetches(fetch: Download) -> Iterator[Asset | Flow]:
    if "?" in fetch.artefact or "://" not in fetch.artefact:
        return
    code = _code(fetch)
    evidence = (Evidence(fetch.span, f"{fetch.callee} fetches it"),)
    yield code
    yield Asset(
        f"source:{fetch.artefact}", AssetKind.SOURCE, fetch.artefact, "", Writers(("provider",)),
        evidence,
    )  # fmt: skip
    yield Flow(f"source:{fetch.artefact}", code.id, FlowKind.FETCHES, Pin.NAME, evidence=evidence)


def _trains(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """data → the code that trains and measures on them → the models that it exports."""
    read = _uses(graph, DataRead)
    for run in _uses(graph, TrainingRun):
        code = _code(run)
        yield code
        evidence = (Evidence(run.span, f"{run.callee} trains"),)
        for data in read:
            target = f"dataset:{_path(data, data.artefact, graph)}"
            if data.trains and _known(target) and _feeds(data, run):
                yield Flow(
                    target, code.id, FlowKind.TRAINS, Pin.NAME, certainty=Certainty.INFERRED,
                    evidence=evidence,
                )  # fmt: skip
        for export in _uses(graph, ModelExport):
            target = f"model:{_path(export, export.artefact, graph)}"
            if export.span.path == run.span.path and _known(target):
                yield Flow(
                    code.id, target, FlowKind.TRAINS, Pin.NAME, certainty=Certainty.INFERRED,
                    evidence=evidence,
                )  # fmt: skip
    for measure in _uses(graph, Evaluation):
        code = _code(measure)
        for export in _uses(graph, ModelExport):
            target = f"model:{_path(export, export.artefact, graph)}"
            if export.span.path == measure.span.path and _known(target):
                yield code
                yield Flow(
                    code.id, target, FlowKind.EVALUATES, Pin.NAME, certainty=Certainty.INFERRED,
                    evidence=(Evidence(measure.span, f"{measure.callee} measures"),),
                )  # fmt: skip


def _feeds(data: DataRead, run: TrainingRun) -> bool:
    """Whether a run's data begin where this read stands."""
    if data.span.path == run.span.path:
        return True
    return any(
        origin.span.path == data.span.path
        or any(step.span.path == data.span.path for step in origin.steps)
        for origin in run.origins
    )


def _serves(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """models → the code that answers requests with them."""
    servers = {use.span.path for use in _uses(graph, RouteHandler, ServerStart)}
    for load in _uses(graph, Deserialization, ModelLoad):
        target = f"model:{_path(load, load.artefact, graph)}"
        if not _known(target) or getattr(load, "format", "") in _NO_MODEL:
            continue
        if load.span.path in servers or "request" in load.reached_from:
            if isinstance(load, ModelLoad) and not load.local:
                continue
            yield Flow(
                target, _code(load).id, FlowKind.SERVES, Pin.NAME, certainty=Certainty.INFERRED,
                evidence=(Evidence(load.span, "a server loads it"),),
            )  # fmt: skip
