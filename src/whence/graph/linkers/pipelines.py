"""Pipelines: who starts them, whose code they run, what they hold, what they build and deploy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.containers import ImageBuild
from whence.vocabulary.fact.deployment import (
    ManifestContainer,
    ShellCommand,
    Workflow,
    WorkflowJob,
    WorkflowStep,
)
from whence.vocabulary.graph import Asset, AssetKind, Flow, FlowKind, Pin, SupplyGraph, Writers

_OUTSIDERS = frozenset(
    {"pull_request_target", "pull_request", "issues", "issue_comment", "discussion", "workflow_run"}
    | {"discussion_comment", "pull_request_review", "pull_request_review_comment", "fork"}
)
_SECRET = re.compile(r"\bsecrets\.(\w+)")
_DEPLOYERS = frozenset({"kubectl", "helm", "oc", "kustomize", "argocd"})


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Every workflow as a pipeline, with what flows into it and out of it."""
    for flow in graph.facts_of(Workflow):
        path = flow.span.path
        pipeline = f"pipeline:{path}"
        evidence = (Evidence(Span(path, flow.span.first, flow.span.first), flow.name),)
        yield Asset(
            pipeline, AssetKind.PIPELINE, path, writers=Writers(("contributor",)), evidence=evidence
        )
        yield from _triggers(flow, pipeline)
        yield from _actions(path, pipeline, graph)
        yield from _secrets(path, pipeline, graph)
        yield Flow(f"config:{path}", pipeline, FlowKind.INSTALLS, Pin.VERSION)
        for build in graph.facts_in(path, ImageBuild):
            made = (Evidence(build.span, f"builds {build.dockerfile}"),)
            yield Flow(
                pipeline, f"image:{build.dockerfile}", FlowKind.BUILDS, Pin.DIGEST, evidence=made
            )
        yield from _deployed(path, pipeline, graph)


def _triggers(flow: Workflow, pipeline: str) -> Iterator[Asset | Flow]:
    events = [event for event in flow.triggers if event in _OUTSIDERS]
    if not events:
        return
    line = flow.lines.get(f"on.{events[0]}", flow.lines.get("on", flow.span.first))
    evidence = (Evidence(Span(flow.span.path, line, line), f"started by {', '.join(events)}"),)
    outsiders = "identity:outside contributors"
    yield Asset(
        outsiders, AssetKind.IDENTITY, "outside contributors", writers=Writers(("anyone",)),
        evidence=evidence,
    )  # fmt: skip
    yield Flow(outsiders, pipeline, FlowKind.TRIGGERS, Pin.NOTHING, evidence=evidence)


def _actions(path: str, pipeline: str, graph: SupplyGraph) -> Iterator[Asset | Flow]:
    places: list[WorkflowStep | WorkflowJob] = [
        *graph.facts_in(path, WorkflowStep), *graph.facts_in(path, WorkflowJob),
    ]  # fmt: skip
    for place in places:
        name, _, ref = place.uses.partition("@")
        if "/" not in name or name.startswith(("docker://", "../")) or "${{" in name:
            continue
        line = place.lines.get("uses", place.span.first)
        evidence = (Evidence(Span(path, line, line), place.uses),)
        if name.startswith("./"):
            local = name.removeprefix("./").rstrip("/")
            for other in (local, f"{local}/action.yml", f"{local}/action.yaml"):
                yield Flow(
                    f"pipeline:{other}", pipeline, FlowKind.TRIGGERS, Pin.DIGEST, evidence=evidence
                )
            continue
        source = f"source:action {'/'.join(name.split('/')[:2])}"
        yield Asset(
            source, AssetKind.SOURCE, name, writers=Writers(("publisher",)), evidence=evidence
        )
        yield Flow(source, pipeline, FlowKind.FETCHES, _pin(ref), evidence=evidence)


def _pin(ref: str) -> Pin:
    if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref):
        return Pin.DIGEST
    return (
        Pin.VERSION if re.fullmatch(r"v?\d+\.\d+\.\d+", ref) else Pin.NAME if ref else Pin.NOTHING
    )


def _secrets(path: str, pipeline: str, graph: SupplyGraph) -> Iterator[Asset | Flow]:
    places: list[Workflow | WorkflowJob | WorkflowStep] = [
        *graph.facts_in(path, Workflow),
        *graph.facts_in(path, WorkflowJob),
        *graph.facts_in(path, WorkflowStep),
    ]
    for place in places:
        values = list(place.env.values())
        if not isinstance(place, Workflow):
            values += place.inputs.values()
        if isinstance(place, WorkflowStep):
            values.append(place.script)
        for name in sorted({name for value in values for name in _SECRET.findall(value)}):
            evidence = (Evidence(Span(path, place.span.first, place.span.last), f"uses {name}"),)
            secret = f"secret:{name}"
            yield Asset(
                secret, AssetKind.SECRET, name, writers=Writers(("maintainer",)), evidence=evidence
            )
            yield Flow(secret, pipeline, FlowKind.GRANTS, Pin.NAME, evidence=evidence)


def _deployed(path: str, pipeline: str, graph: SupplyGraph) -> Iterator[Flow]:
    """Workloads whose manifests a deploying command of the pipeline names."""
    for command in graph.facts_in(path, ShellCommand):
        if command.argv[0].rpartition("/")[2] not in _DEPLOYERS:
            continue
        words = {word.removeprefix("./").rstrip("/") for word in command.argv[1:]}
        for container in graph.facts_of(ManifestContainer):
            manifest = container.span.path
            if any(manifest == word or manifest.startswith(f"{word}/") for word in words if word):
                evidence = (Evidence(command.span, " ".join(command.argv)[:80]),)
                target = f"workload:{container.owner}"
                yield Flow(pipeline, target, FlowKind.DEPLOYS, Pin.DIGEST, evidence=evidence)
