"""Model files, where they come from, and the code that loads them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Deserialization, ModelExport
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelFile, ModelOrigin, PointerFile, SignedArtefact
from whence.vocabulary.graph import (
    Asset,
    AssetKind,
    Certainty,
    Flow,
    FlowKind,
    Pin,
    SupplyGraph,
    Writers,
)

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Every model with its digest and origin, and the code that reads or writes it."""
    models = _models(graph)
    yield from models.values()
    for origin in graph.facts_of(ModelOrigin):
        yield from _origin(origin, models, graph)
    uses: list[Deserialization | ModelExport] = [
        *graph.facts_of(Deserialization),
        *graph.facts_of(ModelExport),
    ]
    for use in uses:
        path = _model_named(use.artefact, use.span.path, models)
        if path:
            yield from _code(use, path)


def _models(graph: SupplyGraph) -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for model in graph.facts_of(ModelFile):
        path = model.span.path
        if path not in found:
            evidence = (Evidence(model.span, f"{model.format} file"),)
            digest = graph.files[path].digest if path in graph.files else ""
            found[path] = _model(path, digest, evidence)
    for pointer in graph.facts_of(PointerFile):
        path = pointer.span.path
        evidence = (Evidence(pointer.span, "Git LFS pointer"),)
        found[path] = _model(path, pointer.digest, evidence)
    return found


def _model(path: str, digest: str, evidence: tuple[Evidence, ...]) -> Asset:
    return Asset(
        f"model:{path}", AssetKind.MODEL, path, digest, Writers(("contributor",)), evidence
    )


def _origin(
    origin: ModelOrigin, models: dict[str, Asset], graph: SupplyGraph
) -> Iterator[Asset | Flow]:
    """The source of every model that a record speaks for, by what the record fixes."""
    spoken = [path for path in models if _speaks_for(origin.subject, path)]
    if not spoken:
        return
    source = f"source:{origin.origin}"
    says = f"the {origin.kind} names {origin.origin}"
    evidence = (Evidence(origin.span, says),)
    writer = "publisher" if _HUB.fullmatch(origin.origin) else "provider"
    if origin.relation == "made":
        writer = "contributor"
    yield Asset(source, AssetKind.SOURCE, origin.origin, "", Writers((writer,)), evidence)
    kind = FlowKind.FETCHES if origin.relation == "self" else FlowKind.TRAINS
    for path in spoken:
        yield Flow(
            source,
            f"model:{path}",
            kind,
            _pin(origin, path, graph),
            _signer(path, graph),
            certainty=Certainty.DECLARED,
            evidence=evidence,
        )


def _pin(origin: ModelOrigin, path: str, graph: SupplyGraph) -> Pin:
    if _COMMIT.fullmatch(origin.revision):
        return Pin.DIGEST
    if any(record.target == path for record in graph.facts_of(RecordedDigest)):
        return Pin.DIGEST
    return Pin.VERSION if origin.revision else Pin.NAME


def _signer(path: str, graph: SupplyGraph) -> str:
    for bundle in graph.facts_of(SignedArtefact):
        if any(_speaks_for(target, path) for target in bundle.targets):
            return bundle.signer
    return ""


def _speaks_for(subject: str, path: str) -> bool:
    if subject == ".":
        return "/" not in path
    return path == subject or path.startswith(subject + "/")


def _model_named(artefact: str, code: str, models: dict[str, Asset]) -> str:
    if not artefact or "?" in artefact:
        return ""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(code), artefact))
    return next((path for path in (posixpath.normpath(artefact), beside) if path in models), "")


def _code(use: Deserialization | ModelExport, path: str) -> Iterator[Asset | Flow]:
    code = f"code:{use.span.path}"
    evidence = (Evidence(use.span, f"{use.callee} with {path}"),)
    yield Asset(code, AssetKind.CODE, use.span.path, evidence=evidence)
    if isinstance(use, ModelExport):
        yield Flow(code, f"model:{path}", FlowKind.EXPORTS, Pin.NAME, evidence=evidence)
    else:
        checked = [origin.guarded_by("digest", "signature") for origin in use.origins]
        pin = Pin.DIGEST if checked and all(checked) else Pin.NAME
        yield Flow(f"model:{path}", code, FlowKind.READS, pin, evidence=evidence)
