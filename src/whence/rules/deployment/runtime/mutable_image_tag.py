"""Deployments of images by a tag that moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import BaseImage, ImageOverride
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_MOVING = re.compile(
    r"(?:.*[-_.])?(?:latest|main|master|develop|dev|devel|edge|nightly|unstable|testing|stable|"
    r"rolling|canary|head|snapshot|lts|prod|production|staging|current|release)(?:-\w+)?",
    re.IGNORECASE,
)
_TESTS = re.compile(r"(?:^|/)(?:tests?|testing|test[-_][\w-]+|[\w-]+[-_]tests?|e2e|fixtures?)/")
_EXACT = re.compile(
    r"v?\d++\.\d++\.\d++.*|(?:sha-|git-)?[0-9a-f]{7,40}|\d{8}[\w.-]*+|.*-[0-9a-f]{7,40}"
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1357", "CWE-345", "AML.T0010.004", "SLSA-BUILD-L1"),
)
def check(image: BaseImage, graph: SupplyGraph) -> Iterator[Observation]:
    """A deployment runs an image by a tag that can point elsewhere tomorrow.

    Two pods of one deployment can run different programs, a restart can bring a new one, and nobody
    can say afterwards which one answered. Whoever may push to the tag changes production without
    touching this repository.

    ## Attack
    1. The adversary gets a token that may push to the registry, and moves the tag.
    2. A pod restarts or scales, and pulls the tag again.
    3. The new pod runs the adversary's image under the old name.

    ## Fix
    Deploy what the build made, by digest; let the pipeline write it into the manifest:
    ```yaml
    image: registry.acme.example/scorer@sha256:<64 hex digits>
    ```

    ## Score
    - AV:N the image is pulled over the network
    - AC:H the adversary must be able to push to the tag
    - PR:N no account of this project is needed
    - UI:R something must restart or deploy
    - S:U the image runs as the application itself
    - C:L what the pod is given can be read
    - I:H the program that answers is another one
    - A:L a moved tag can stop the service

    ## Bad
    ```yaml k8s/deployment.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: scorer
    spec:
      template:
        spec:
          containers:
            - name: scorer
              image: registry.acme.example/scorer:latest  # finding
    ```
    ## Good
    ```yaml k8s/deployment.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: scorer
    spec:
      template:
        spec:
          containers:
            - name: scorer
              image: registry.acme.example/scorer@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    ```
    """
    if image.used_for != "run" or not image.name or "$" in image.name:
        return
    tag, digest = _effective(image, graph)
    if digest or "$" in tag or "{" in tag:
        return
    tests = bool(_TESTS.search(image.span.path))
    moving = not tag or bool(_MOVING.fullmatch(tag))
    name = f"{image.registry}/{image.name}" if image.registry else image.name
    shown = f"the tag `{tag}`" if tag else "no tag, which means `latest`,"
    yield Observation(
        subject=f"{name} in {image.span.path}",
        message=(
            f"`{image.span.path}` runs `{image.reference}` by {shown} and not by digest: what runs"
            f" after the next restart is up to whoever can push to `{name}`"
        ),
        evidence=(Evidence(image.span, f"{image.reference} is no fixed image"),),
        severity=None if moving and not tests else Severity.LOW,
        because="it serves tests only" if tests else "" if moving else _why_low(tag),
        asset=f"image:{name}",
    )


def _why_low(tag: str) -> str:
    if _EXACT.fullmatch(tag):
        return "the tag names one release, which is moved only by mistake or by an intruder"
    return "the tag names a line of releases and not the newest of all"


def _effective(image: BaseImage, graph: SupplyGraph) -> tuple[str, str]:
    """Tag and digest after a Kustomization of the tree has replaced them."""
    name = f"{image.registry}/{image.name}" if image.registry else image.name
    folder = image.span.path.rpartition("/")[0]
    tag, digest = image.tag, image.digest
    for override in graph.facts_of(ImageOverride):
        above = override.span.path.rpartition("/")[0].split("/")[0]
        if override.name == name and folder.startswith(above):
            tag, digest = override.tag or tag, override.digest or digest
    return tag, digest
