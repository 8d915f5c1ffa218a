"""Lineage as the code draws it: what is fetched and read, trains, is exported and served.

Assets are named as the code names them: `source:` for hubs, URLs and stores, `dataset:` and
`model:` by path or name, `code:` by file. Where only a part of a name is known there is no asset.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

from whence.graph.artefacts import (
    BUILDERS,
    NO_MODEL,
    Artefacts,
    artefacts_of,
    asset_of,
    certainty_of,
)
from whence.graph.place_names import is_whole
from whence.graph.runners import runner_of
from whence.graph.uses import code_of, uses_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import (
    ArchiveExtraction,
    DataRead,
    DatasetLoad,
    DataWrite,
    Deserialization,
    Download,
    ModelExport,
    ModelLoad,
    Origin,
    OriginKind,
    Place,
    RouteHandler,
    ServerStart,
    TrainingRun,
    Use,
)
from whence.vocabulary.fact.lineage import ArtefactUse
from whence.vocabulary.fact.program import Name, PythonModule
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

_Entered = dict[Span, list[Origin]]
_FILE = re.compile(
    r"\.(?:csv|tsv|jsonl?|parquet|arrow|npz|npy|zip|tar|tgz|gz|bz2|xz|zst|7z|pt|pth|ckpt|bin|safetensors|onnx|h5|keras|pkl"
    r"|joblib|gguf|tflite|txt|wav|flac)(?:[?#]|$)",
    re.IGNORECASE,
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REMOTE = {
    OriginKind.NETWORK: "provider",
    OriginKind.STORE: "provider",
    OriginKind.HUB: "publisher",
    OriginKind.SHARED_PATH: "contributor",
}
_SERVING = re.compile(
    r"bentoml\.(?:service|api|Service)$|ts\.torch_handler|kserve\.Model|triton_python_backend_utils|ray\.serve|litserve\b"
    r"|cog\.BasePredictor|mlserver\b|mlflow\.pyfunc\.PythonModel|streamlit\b|gradio\b|chainlit\b"
)
_ANSWERS = frozenset({"request", "server"})


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Code with the data and models that it reads, trains on, measures, exports and serves."""
    known = artefacts_of(graph)
    for read in uses_of(graph, DataRead, Deserialization):
        if getattr(read, "format", "") not in NO_MODEL - {"numpy", "pandas-pickle"}:
            yield from _reads(read, known, graph)
    for load in uses_of(graph, ModelLoad):
        yield from _named(load, known)
    for data in uses_of(graph, DatasetLoad):
        yield from _named(data, known)
    for write in uses_of(graph, DataWrite):
        yield from _makes(write, known, FlowKind.WRITES)
    for export in uses_of(graph, ModelExport):
        yield from _makes(export, known, FlowKind.EXPORTS)
    for passed in uses_of(graph, ArtefactUse):
        yield from _passes(passed, known)
    entered = _entering(graph)
    for fetch in uses_of(graph, Download):
        yield from _fetches(fetch, known, entered)
    yield from _serves(graph, known)


def _runner(use: Use, graph: SupplyGraph) -> Asset:
    """The code, or what runs the line of a manifest or script that loads it."""
    return code_of(use) if use.span.path.endswith(".py") else runner_of(use.span, graph)


def _gates(origin: Origin) -> tuple[Gate, ...]:
    return tuple(
        Gate(guard.kind, guard.holds, (Evidence(guard.span, guard.why),)) for guard in origin.guards
    )


def _pin(origin: Origin) -> Pin:
    return Pin.DIGEST if origin.guarded_by("digest", "signature") else Pin.NAME


def _reads(use: Use, known: Artefacts, graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """source → what is read → the code that reads it."""
    code = code_of(use)
    yield code
    evidence = (Evidence(use.span, f"{use.callee} reads it"),)
    named = known.of(use)
    owned = any(known.owns(name) for name, _ in named)
    for origin in () if owned else use.origins:
        writer = _REMOTE.get(origin.kind)
        detail = known.meant(origin.detail, origin.span)[0] if writer else ""
        if isinstance(use, DataRead) and origin.kind is OriginKind.HUB and named:
            writer = writer if any(name.endswith(f":{detail}") for name, _ in named) else None
        if writer and is_whole(origin.detail) and _is_source(origin, detail, known):
            source = f"source:{detail}"
            entered = (Evidence(origin.span, "enters the project here"),)
            yield Asset(source, AssetKind.SOURCE, detail, "", Writers((writer,)), entered)
            aims = [name for name, _ in named if _may_hold(name.partition(":")[2], detail)]
            for aim in aims or [code.id]:
                yield Flow(
                    source, aim, FlowKind.FETCHES, _pin(origin), gates=_gates(origin),
                    certainty=certainty_of(len(aims) < 2), evidence=entered,
                )  # fmt: skip
    held = sorted({gate for origin in use.origins for gate in _gates(origin)})
    pin = Pin.DIGEST if any(gate.fails_closed for gate in held) else Pin.NAME
    for name, certain in named:
        yield asset_of(name, graph, evidence)
        yield Flow(
            name, code.id, FlowKind.READS, pin, gates=tuple(held),
            certainty=known.certainty(name, certain), evidence=evidence,
        )  # fmt: skip


def _may_hold(name: str, source: str) -> bool:
    """Whether what comes from a source can be what is read: not where that has an address itself."""
    return name != source and not ("://" in source and name.startswith("http"))


def _is_source(origin: Origin, name: str, known: Artefacts) -> bool:
    """Whether something comes from outside: the project neither writes it nor puts it in a store."""
    if origin.kind is OriginKind.HUB and name in BUILDERS:
        return False
    if name in known.written or known.owns(f"source:{name}"):
        return False
    in_store = f"wandb://{re.split('[:@]', name.rpartition('/')[2])[0]}"
    return origin.kind is not OriginKind.STORE or not known.owns(f"source:{in_store}")


def _named(load: ModelLoad | DatasetLoad, known: Artefacts) -> Iterator[Asset | Flow]:
    """What is loaded by name: from a hub, or from a folder."""
    code = _runner(load, known.graph)
    evidence = (Evidence(load.span, f"{load.callee} loads it"),)
    pin = Pin.DIGEST if _COMMIT.fullmatch(load.revision) else Pin.NAME
    yield code
    for name, certain in known.of(load):
        bare = name.partition(":")[2]
        if load.local:
            yield asset_of(name, None, evidence)
            yield Flow(
                name, code.id, FlowKind.READS, Pin.NAME, certainty=known.certainty(name, certain),
                evidence=evidence,
            )  # fmt: skip
            continue
        if isinstance(load, DatasetLoad) and bare in BUILDERS:
            continue
        source = known.remote(bare)
        if source.startswith("source:"):
            yield Asset(source, AssetKind.SOURCE, bare, "", Writers(("publisher",)), evidence)
        else:
            yield asset_of(source, None, evidence)
        yield Flow(
            source, code.id, FlowKind.FETCHES, pin, certainty=known.certainty(name, certain),
            evidence=evidence,
        )  # fmt: skip


def _passes(use: ArtefactUse, known: Artefacts) -> Iterator[Asset | Flow]:
    """What a library reads or writes by itself, and what a store hands out by name."""
    if use.does == "writes":
        yield from _makes(use, known, FlowKind.EXPORTS if use.model else FlowKind.WRITES)
        return
    code = code_of(use)
    says = "reads it" if use.by == "path" else "asks for it by name"
    evidence = (Evidence(use.span, f"{use.callee} {says}"),)
    how = FlowKind.SERVES if use.does == "serves" else FlowKind.READS
    for name, certain in known.of(use):
        if not known.tells(name, use.model):
            continue
        yield code
        yield asset_of(name, None, evidence)
        yield Flow(
            name,
            code.id,
            how,
            Pin.NAME,
            certainty=known.certainty(name, certain),
            evidence=evidence,
        )


def _makes(use: Use, known: Artefacts, how: FlowKind) -> Iterator[Asset | Flow]:
    code = code_of(use)
    evidence = (Evidence(use.span, f"{use.callee} writes it"),)
    for name, certain in known.of(use):
        yield code
        yield asset_of(name, None, evidence)
        yield Flow(
            code.id,
            name,
            how,
            Pin.NAME,
            certainty=known.certainty(name, certain),
            evidence=evidence,
        )


def _fetches(fetch: Download, known: Artefacts, entered: _Entered) -> Iterator[Asset | Flow]:
    """A remote place → the file that it is fetched into, or the code that makes something of it.

    What is only asked and shown, or sent, feeds nothing.
    """
    code = code_of(fetch)
    evidence = (Evidence(fetch.span, f"{fetch.callee} fetches it"),)
    origins = entered.get(fetch.span, ())
    gates = tuple(sorted({gate for origin in origins for gate in _gates(origin)}))
    pin = Pin.DIGEST if origins and all(_pin(o) is Pin.DIGEST for o in origins) else Pin.NAME
    for place in fetch.places or (Place(fetch.artefact, fetch.span),):
        if not is_whole(place.name) or "://" not in place.name:
            continue
        if not fetch.targets and not fetch.used_as and not _FILE.search(place.name):
            continue
        source = known.remote(place.name)
        yield code
        yield asset_of(source, None, evidence)
        files = [known.named(each.name, fetch.span) for each in _targets(place, fetch)]
        for aim in files or [code.id]:
            if aim != code.id:
                yield asset_of(aim, None, evidence)
            yield Flow(
                source, aim, FlowKind.FETCHES, pin, gates=gates,
                certainty=certainty_of(place.certain), evidence=evidence,
            )  # fmt: skip


def _targets(place: Place, fetch: Download) -> list[Place]:
    """The files that one of several addresses is fetched into: named or decided with it."""
    files = [each for each in fetch.targets if "://" not in each.name]
    if len(fetch.places) < 2 or len(files) < 2:
        return files
    name = posixpath.basename(place.name)
    same = [each for each in files if posixpath.basename(each.name) == name]
    return same or [each for each in files if each.decision == place.decision]


def _entering(graph: SupplyGraph) -> _Entered:
    """The origins of data, models and archives, by where they enter."""
    found: _Entered = defaultdict(list)
    for use in uses_of(graph, DataRead, Deserialization, TrainingRun, ArchiveExtraction):
        for origin in use.origins:
            found[origin.span].append(origin)
    return found


def _is_handler(module: PythonModule) -> bool:
    """Whether a file is what a serving framework calls: by its base class or its hooks."""
    names = {function.name for function in module.functions}
    if {"model_fn", "predict_fn"} & names:
        return True
    return any(
        isinstance(value, Name) and value.imported and _SERVING.match(value.dotted)
        for function in module.functions
        for value in function.values
    ) or any(_SERVING.match(base) for function in module.functions for base in function.bases)


def _serves(graph: SupplyGraph, known: Artefacts) -> Iterator[Asset | Flow]:
    """models → the code that answers requests with them."""
    servers = {use.span.path for use in uses_of(graph, RouteHandler, ServerStart)}
    servers |= {module.span.path for module in graph.facts_of(PythonModule) if _is_handler(module)}
    for load in uses_of(graph, Deserialization, ModelLoad):
        if getattr(load, "format", "") in NO_MODEL or (
            isinstance(load, ModelLoad) and not load.local
        ):
            continue
        own = load.span.path in servers
        if own or not _ANSWERS.isdisjoint(load.reached_from):
            for name, certain in known.of(load):
                if not own and not certain:
                    continue
                yield Flow(
                    name, code_of(load).id, FlowKind.SERVES, Pin.NAME, certainty=Certainty.INFERRED,
                    evidence=(Evidence(load.span, "a server loads it"),),
                )  # fmt: skip
