"""Images that a build or a CI job starts from, by a tag that can be pointed elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import BaseImage
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_MOVING = re.compile(
    r"(?:.*[-_.])?(?:latest|main|master|develop|dev|devel|edge|nightly|unstable|testing|stable|"
    r"rolling|canary|head|snapshot|lts)(?:-(?:slim|alpine|gpu|cpu|runtime|cuda\d*|py3))?"
    # Rebuilt from a branch or with every release, and not stamped with a day or a commit.
    r"|(?:latest|main|master|develop|edge|nightly|stable)-(?!.*(?:\d{8}|[0-9a-f]{7,40}(?:-|$)|\d{4}-\d\d))"
    r"[\w.-]+",
    re.IGNORECASE,
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-1357", "CWE-494", "AML.T0010.004", "OWASP-LLM03:2025", "SLSA-BUILD-L1"),
)
def check(image: BaseImage, graph: SupplyGraph) -> Iterator[Observation]:
    """A build starts from an image by a tag that its publisher can point elsewhere.

    Everything in the base image runs with the application: its shell, its Python, its libraries. A
    tag is a name, not a content. Whoever can push to that name, by owning or stealing the account
    or the registry, replaces the ground under the next build, and nothing in this repository
    changes that a reviewer could see.

    ## Attack
    1. The adversary takes over the publisher's registry account or its build.
    2. An image with a changed interpreter or start script is pushed under the tag in use.
    3. The next build of this project pulls it. The result is signed and deployed as ours.

    ## Fix
    Name the content as well as the version, and let a bot propose new digests for review:
    ```dockerfile
    FROM python:3.12.7-slim-bookworm@sha256:<64 hex digits>
    ```
    `docker buildx imagetools inspect IMAGE:TAG` prints the digest.

    ## Score
    - AV:N the image is pulled over the network from a registry
    - AC:H the adversary must first be able to push to the tag
    - PR:N no account of this project is needed
    - UI:R somebody, or a schedule, must start a build
    - S:U the content runs as the application itself
    - C:L the build and the container can read what they are given
    - I:H the base replaces the interpreter and the libraries of the application
    - A:L a changed or deleted tag breaks the build

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.12-slim  # finding
    RUN pip install --require-hashes -r requirements.txt
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    ARG BASE=python:3.12-slim@sha256:6ae5d0cd8b5d5a1f4f3a1b1e4e8e6d1f5c9f8f9f3f1c6f4a4b2e1d0c9b8a7f6e
    FROM ${BASE} AS build
    RUN pip install --require-hashes -r requirements.txt
    FROM build
    USER 10001
    ```
    ## Good: nothing to start from
    ```dockerfile Dockerfile
    FROM scratch
    COPY scorer /scorer
    USER 10001
    ```
    """
    if image.used_for == "run" or image.digest or image.earlier_stage or image.unknown:
        return
    if image.reference == "scratch" or not image.name:
        return
    name = f"{image.registry}/{image.name}" if image.registry else image.name
    place = "a CI job" if image.used_for == "job" else "the build"
    moving = not image.tag or bool(_MOVING.fullmatch(image.tag))
    tag = f"the tag `{image.tag}`" if image.tag else "no tag, which means `latest`"
    yield Observation(
        subject=f"{name} in {image.span.path}",
        message=(
            f"`{image.reference}` is pulled into {place} by {tag} and without a digest: what"
            f" it holds is decided by whoever can push to `{name}` when the build runs; add"
            " `@sha256:…`"
        ),
        evidence=(Evidence(image.span, f"{image.reference} has no digest"),),
        severity=Severity.HIGH if moving else None,
        because=f"{tag} moves by design with every release" if moving else "",
        asset=f"image:{name}",
    )
