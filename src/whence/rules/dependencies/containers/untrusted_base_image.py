"""Images from a personal or unknown publisher, or over plain HTTP."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import BaseImage, ImageBuild
from whence.vocabulary.fact.dependencies import PackageManifest
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowJob, WorkflowStep
from whence.vocabulary.fact.repository import OwnerRule
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.rule import rule

# Namespaces of the public hub whose publishers are organisations that sign for what they ship:
# verified publishers, sponsored open source, and the makers of machine learning software.
_KNOWN = frozenset(
    {"library", "bitnami", "nvidia", "pytorch", "tensorflow", "huggingface", "jupyter", "apache"}
    | {"grafana", "prom", "redis", "mongodb", "elastic", "hashicorp", "docker", "amazon", "google"}
    | {"microsoft", "redhat", "rockylinux", "almalinux", "opensuse", "oracle", "intel", "rocm"}
    | {"rayproject", "vllm", "lmsysorg", "ollama", "qdrant", "milvusdb", "semitechnologies", "nginx"}
    | {"chromadb", "mlflow", "wandb", "dvcorg", "iterativeai", "continuumio", "condaforge"}
    | {"mambaorg", "astral", "aquasec", "anchore", "bridgecrew", "hadolint", "zricethezav"}
    | {"curlimages", "gitlab", "jenkins", "sonarsource", "snyk", "trufflesecurity", "semgrep"}
    | {"nginxinc", "traefik", "envoyproxy", "istio", "argoproj", "kserve", "kubeflow", "seldonio"}
    | {"bentoml", "prefecthq", "dagster", "airbyte", "clickhouse", "timescale", "minio", "confluentinc"}
    | {"opensearchproject", "langchain", "langfuse", "unstructuredio", "databricks", "selenium"}
    | {"mcr", "paddlepaddle", "paddlecloud", "deepspeed", "openvino", "mosaicml", "determinedai"}
    | {"circleci", "cimg", "atlassian", "buildpack-deps", "distroless", "chainguard", "tritonserver"}
    | {"kindest", "jaegertracing", "otel", "gitpod", "openzipkin", "fluent", "cloudflare", "temporalio"}
    | {"pgvector", "postgis", "gcr", "moby", "tonistiigi", "goharbor", "fluxcd", "rancher", "cypress"}
)  # fmt: skip
_OPEN = frozenset({"", "docker.io", "index.docker.io", "quay.io", "ghcr.io"})
_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal|registry)(?::\d+)?")


@rule(
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    references=("CWE-829", "CWE-346", "AML.T0010.004", "OWASP-LLM03:2025"),
)
def check(image: BaseImage, graph: SupplyGraph) -> Iterator[Observation]:
    """An image comes from a personal or unknown account, or over an unprotected connection.

    A single account without a company, a review or a signature behind it decides what runs beneath
    the application. Names that nobody defends are also the ones that get abandoned, taken over and
    refilled.

    ## Attack
    1. The adversary publishes a handy image, takes over the account of one, or sits on the plain
       connection to the registry.
    2. The next build or deployment pulls the image.
    3. What it starts reads the model, the data and the credentials of the application.

    ## Fix
    Start from an image that its maker publishes, or build the same thing from one:
    ```dockerfile
    FROM nvidia/cuda:12.6.2-cudnn-runtime-ubuntu24.04@sha256:<64 hex digits>
    ```
    Copies for offline use belong in a registry of the organisation, over https.

    ## Score
    - AV:N the image is pulled over the network
    - AC:H the account or the connection must be in the adversary's hands
    - PR:N no account of this project is needed
    - UI:R somebody, or a schedule, must build or deploy
    - S:U the content runs as the application itself
    - C:H it reads what the application is given
    - I:H it replaces what the application runs on
    - A:H it can stop the application at will

    ## Bad
    ```dockerfile Dockerfile
    FROM gpuwizard99/torch-ready:2.1  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM pytorch/pytorch:2.6.0-cuda12.6-cudnn9-runtime
    USER 10001
    ```
    ## Good: the project's own registry
    ```dockerfile Dockerfile
    FROM registry.acme.example/base/python:3.12
    USER 10001
    ```
    """
    if image.earlier_stage or not image.name or image.reference == "scratch":
        return
    if "$" in image.registry + image.name or _LOCAL.fullmatch(image.registry):
        return
    reason = _insecure(image, graph) or _unknown_publisher(image, graph)
    if reason:
        name = f"{image.registry}/{image.name}" if image.registry else image.name
        yield Observation(
            subject=f"{name} in {image.span.path}",
            message=f"`{image.reference}` {reason}",
            evidence=(Evidence(image.span, reason),),
            asset=f"image:{name}",
        )


def _insecure(image: BaseImage, graph: SupplyGraph) -> str:
    """Whether the registry is spoken to without protection."""
    if not image.registry:
        return ""
    if re.fullmatch(r"\d+\.\d+\.\d+\.\d+:\d+", image.registry) or image.registry.endswith(":80"):
        return f"is pulled from `{image.registry}`, an address that no certificate vouches for"
    for command in graph.facts_of(ShellCommand):
        words = " ".join(command.argv)
        if "--insecure-registry" in words and image.registry in words:
            return f"is pulled from `{image.registry}` over plain http (see {command.span})"
    return ""


def _unknown_publisher(image: BaseImage, graph: SupplyGraph) -> str:
    if image.registry not in _OPEN or "/" not in image.name:
        return ""
    namespace = image.name.split("/")[0].lower()
    if namespace in _KNOWN or namespace in _own_namespaces(graph):
        return ""
    if _is_named_like_project(namespace, image.name.rpartition("/")[2].lower(), graph):
        return ""
    host = image.registry or "the public hub"
    if image.registry in ("ghcr.io", "quay.io") and not _is_personal(namespace):
        return ""
    return f"is published by `{namespace}` on {host}, which is no official or verified publisher"


def _is_named_like_project(namespace: str, repository: str, graph: SupplyGraph) -> bool:
    """Whether an image is the project's own by its name: `acmeai/acme` for what builds `acme`."""
    return any(
        manifest.name and manifest.name == repository and manifest.name in namespace
        for manifest in graph.facts_of(PackageManifest)
    )


def _is_personal(namespace: str) -> bool:
    """Whether a name looks like a person's: digits at its end, or a handle's usual decorations."""
    return bool(
        re.search(r"\d{2,}$|^[a-z]+[-_.]?(?:dev|the|mr|dr)[-_.]?[a-z0-9]*$|xx|0x", namespace)
    )


@asked_once
def _own_namespaces(graph: SupplyGraph) -> frozenset[str]:
    """Namespaces that the project itself pushes to or runs its pipeline from."""
    names: Counter[str] = Counter()
    for build in graph.facts_of(ImageBuild):
        for tag in build.tags:
            parts = tag.split("/")
            names.update(part.lower() for part in parts[-2:-1] if "." not in part)
    places: list[WorkflowStep | WorkflowJob] = [
        *graph.facts_of(WorkflowStep), *graph.facts_of(WorkflowJob),
    ]  # fmt: skip
    for place in places:
        if ".github/workflows/" in place.uses and not place.uses.startswith("./"):
            names[place.uses.split("/")[0].lower()] += 1
    for command in graph.facts_of(ShellCommand):
        if command.argv[:2] in (("docker", "push"), ("podman", "push")) and len(command.argv) > 2:
            parts = command.argv[-1].split("/")
            names.update(part.lower() for part in parts[-2:-1])
    for rule_ in graph.facts_of(OwnerRule):
        names.update(who[1:].split("/")[0].lower() for who in rule_.owners if "/" in who)
    return frozenset(names)
