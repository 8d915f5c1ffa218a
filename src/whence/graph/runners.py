"""What runs a line of a file: an image, a workload of a manifest, a service, or the code itself."""

from __future__ import annotations

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.deployment import ManifestContainer, ManifestObject
from whence.vocabulary.graph import Asset, AssetKind, SupplyGraph, Writers


def runner_of(span: Span, graph: SupplyGraph) -> Asset:
    """The asset of what runs what stands at a place."""
    path = span.path
    if path.endswith((".py", ".ipynb")):
        return Asset(f"code:{path}", AssetKind.CODE, path, "", Writers(("contributor",)))
    for container in graph.facts_in(path, ManifestContainer):
        if _is_in(span, container.span):
            return Asset(f"workload:{container.owner}", AssetKind.WORKLOAD, container.owner)
    for service in graph.facts_in(path, ComposeService):
        if _is_in(span, service.span):
            named = f"compose service {service.name}"
            return Asset(f"workload:compose/{service.name}", AssetKind.WORKLOAD, named)
    for held in graph.facts_in(path, ManifestObject):
        if _is_in(span, held.span):
            named = f"{held.kind}/{held.name}"
            return Asset(f"workload:{named}", AssetKind.WORKLOAD, named)
    if graph.facts_in(path, ImageInstruction):
        return Asset(f"image:{path}", AssetKind.IMAGE, path)
    return Asset(f"code:{path}", AssetKind.CODE, path, "", Writers(("contributor",)))


def _is_in(span: Span, around: Span) -> bool:
    return around.first <= span.first <= max(around.last, around.first)
