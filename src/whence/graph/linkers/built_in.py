"""Data and models that the project makes and an image takes in: of the tree, or of another stage."""

from __future__ import annotations

from collections.abc import Iterator

from whence.graph.artefacts import artefacts_of
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.graph import Asset, Certainty, Flow, FlowKind, Pin, SupplyGraph


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """data and models → the image whose COPY names them or a folder over them."""
    paths = sorted({step.span.path for step in graph.facts_of(ImageInstruction)})
    known = artefacts_of(graph) if paths else None
    if known is None:
        return
    found = [(name, step) for path in paths for name, step in known.copied_into(path)]
    for step, _, place in known.images.taken:
        name = known.meant(place, step.span)[0]
        if name in known.made:
            found.append((known.named(name), step))
    for name, step in found:
        evidence = (Evidence(step.span, f"copies {step.value[:60]}"),)
        yield Flow(
            name, f"image:{step.span.path}", FlowKind.BUILDS, Pin.NAME,
            certainty=Certainty.INFERRED, evidence=evidence,
        )  # fmt: skip
