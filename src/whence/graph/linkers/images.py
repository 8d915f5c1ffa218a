"""Images: what they stand on, what is built into them, and where they run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.containers import (
    BaseImage,
    ComposeService,
    ImageBuild,
    ImageInstruction,
)
from whence.vocabulary.fact.deployment import ManifestContainer
from whence.vocabulary.graph import Asset, AssetKind, Flow, FlowKind, Pin, SupplyGraph, Writers

MAX_COPIED = 5000


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Every Dockerfile's image with its bases and content, and every workload with its image."""
    dockerfiles = list(dict.fromkeys(fact.span.path for fact in graph.facts_of(ImageInstruction)))
    for path in dockerfiles:
        yield Asset(
            f"image:{path}",
            AssetKind.IMAGE,
            f"image of {path}",
            writers=Writers(("contributor",)),
            evidence=(Evidence(Span(path, 1, 1), "builds the image"),),
        )
        yield Flow(f"config:{path}", f"image:{path}", FlowKind.BUILDS, Pin.VERSION)
        yield from _copied(path, graph)
    for image in graph.facts_of(BaseImage):
        yield from _base(image)
    yield from _workloads(graph)


def _name(image: BaseImage) -> str:
    return f"{image.registry}/{image.name}" if image.registry else image.name


def _pin(image: BaseImage) -> Pin:
    if image.digest:
        return Pin.DIGEST
    if re.match(r"v?\d+\.\d+\.\d+", image.tag):
        return Pin.VERSION
    return Pin.NAME if image.tag else Pin.NOTHING


def _base(image: BaseImage) -> Iterator[Asset | Flow]:
    if image.earlier_stage or image.reference == "scratch" or "$" in image.name or not image.name:
        return
    evidence = (Evidence(image.span, image.reference),)
    yield Asset(
        f"image:{_name(image)}",
        AssetKind.IMAGE,
        _name(image),
        image.digest.removeprefix("sha256:"),
        Writers(("publisher",)),
        evidence,
    )
    target = f"image:{image.span.path}"
    if image.used_for == "job":
        target = f"pipeline:{image.span.path}"
    if image.used_for != "run":
        yield Flow(f"image:{_name(image)}", target, FlowKind.BUILDS, _pin(image), evidence=evidence)


def _copied(path: str, graph: SupplyGraph) -> Iterator[Flow]:
    """Code and models of the tree that end in the image. They are the commit's own bytes."""
    count = 0
    for copy in graph.facts_in(path, ImageInstruction):
        if copy.keyword not in ("COPY", "ADD") or any(f.startswith("--from=") for f in copy.flags):
            continue
        evidence = (Evidence(copy.span, f"copies {copy.value[:60]}"),)
        for source in copy.arguments[:-1]:
            for file in _files(source, path, graph):
                count += 1
                if count > MAX_COPIED:
                    return
                kind = "code" if file.endswith((".py", ".ipynb", ".sh")) else "model"
                yield Flow(
                    f"{kind}:{file}",
                    f"image:{path}",
                    FlowKind.BUILDS,
                    Pin.DIGEST,
                    evidence=evidence,
                )


def _files(source: str, dockerfile: str, graph: SupplyGraph) -> list[str]:
    """The files that a COPY names, seen from the build's context."""
    contexts = [
        build.context
        for build in graph.facts_of(ImageBuild)
        if build.dockerfile == dockerfile and not build.unknown
    ] or [posixpath.dirname(dockerfile), ""]
    for context in contexts:
        wanted = posixpath.normpath(posixpath.join(context, source.lstrip("/")))
        if wanted == ".":
            return sorted(graph.files)
        found = [file for file in graph.files if file == wanted or file.startswith(wanted + "/")]
        if found:
            return sorted(found)
    return []


def _workloads(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    images = {image.span: image for image in graph.facts_of(BaseImage) if image.used_for == "run"}
    built = _built_names(graph)
    for container in graph.facts_of(ManifestContainer):
        line = container.lines.get("image", container.span.first)
        image = next(
            (found for span, found in images.items()
             if span.path == container.span.path and span.first == line), None,
        )  # fmt: skip
        yield from _workload(
            f"workload:{container.owner}", container.owner, container.span, image, built
        )
    for service in graph.facts_of(ComposeService):
        line = service.lines.get("image", 0)
        image = next(
            (found for span, found in images.items()
             if span.path == service.span.path and span.first == line), None,
        )  # fmt: skip
        name = f"compose service {service.name}"
        identity = f"workload:compose/{service.name}"
        yield from _workload(identity, name, service.span, image, built)
        for build in graph.facts_in(service.span.path, ImageBuild):
            if service.span.first <= build.span.first <= service.span.last:
                evidence = (Evidence(build.span, f"built from {build.dockerfile}"),)
                yield Flow(
                    f"image:{build.dockerfile}", identity, FlowKind.DEPLOYS, Pin.NAME,
                    evidence=evidence,
                )  # fmt: skip


def _workload(
    identity: str, name: str, span: Span, image: BaseImage | None, built: dict[str, str]
) -> Iterator[Asset | Flow]:
    yield Asset(
        identity, AssetKind.WORKLOAD, name, writers=Writers(("contributor",)),
        evidence=(Evidence(Span(span.path, span.first, span.first), "runs it"),),
    )  # fmt: skip
    if image is None:
        return
    source = f"image:{_name(image)}"
    evidence = (Evidence(image.span, image.reference),)
    yield Flow(source, identity, FlowKind.DEPLOYS, _pin(image), evidence=evidence)
    own = built.get(_name(image))
    if own:
        yield Flow(f"image:{own}", source, FlowKind.BUILDS, Pin.NAME, evidence=evidence)


def _built_names(graph: SupplyGraph) -> dict[str, str]:
    """The names under which the project pushes images, and the Dockerfiles they come from."""
    names: dict[str, str] = {}
    for build in graph.facts_of(ImageBuild):
        for tag in build.tags:
            bare = re.sub(r"(?::[^/:]*)?(?:@.*)?$", "", re.sub(r"\$\{\{.{0,200}?\}\}", "", tag))
            names.setdefault(bare, build.dockerfile)
    return names
