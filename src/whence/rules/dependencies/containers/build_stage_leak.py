"""What only the build needed, carried into the image that ships."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import BaseImage, ImageInstruction
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_WHOLE = re.compile(r"/|/(?:usr|root|home|etc|var|opt|srv)/?(?:\*)?|/\*|/\.")
_CREDENTIALS = re.compile(
    r"(?:^|/)(?:\.ssh|\.aws|\.azure|\.kube|\.docker|\.netrc|\.pypirc|\.npmrc|\.git-credentials"
    r"|\.config/gcloud|\.huggingface|id_rsa|id_ed25519)(?:/|$)"
)
_LEFTOVERS = re.compile(
    r"(?:^|/)(?:\.cache|\.git|node_modules/\.cache|\.ccache|__pycache__)(?:/|$)|^/tmp/?$"
)
_TESTS = re.compile(r"(?:^|/)tests?/?$")
_BUILD_IMAGES = re.compile(r"(?:^|[-_.])(?:devel|sdk|build|builder|dev)(?:[-_.]|$)")
_COMPILERS = frozenset({"gcc", "golang", "rust", "maven", "gradle", "buildpack-deps", "haskell"})


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-538", "CWE-1104", "AML.T0055"),
)
def check(part: ImageInstruction | BaseImage, graph: SupplyGraph) -> Iterator[Observation]:
    """The image that ships carries what only the build needed.

    Copying a whole root or home directory from the build stage takes its caches, its sources and
    its credentials along. Whoever pulls the image can read them, and whoever breaks into it
    finds a compiler ready.

    ## Attack
    1. The adversary pulls the image, which many people may do.
    2. The layer copied from the builder holds a token in a dot file, or the private sources.
    3. The token opens the index or the hub that the build used.

    ## Fix
    Copy the artefact and nothing else, onto a base without build tools:
    ```dockerfile
    COPY --from=build /opt/venv /opt/venv
    ```

    ## Score
    - AV:N images are pulled over the network
    - AC:L unpacking a layer takes one command
    - PR:L somebody who may pull the image
    - UI:N nobody has to take part
    - S:U the damage is what the leftovers open or show
    - C:H caches, sources and dot files are read in full
    - I:N reading changes nothing
    - A:N reading stops nothing

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.13 AS build
    RUN pip install --require-hashes -r requirements.txt
    FROM python:3.13-slim
    COPY --from=build / /  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13 AS build
    RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r requirements.txt
    FROM python:3.13-slim
    COPY --from=build /opt/venv /opt/venv
    USER 10001
    ```
    """
    if isinstance(part, BaseImage):
        yield from _built_upon(part, graph)
    elif part.keyword in ("COPY", "ADD") and part.final and not part.trigger:
        yield from _copied(part)


def _copied(copy: ImageInstruction) -> Iterator[Observation]:
    from_stage = any(flag.startswith("--from=") for flag in copy.flags)
    for source in copy.arguments[:-1]:
        severity, because, what = None, "", ""
        if from_stage and _CREDENTIALS.search(source):
            severity, because = Severity.HIGH, "the path holds credentials of the build"
            what = "credentials"
        elif from_stage and _WHOLE.fullmatch(source):
            what = "a whole system directory of the build"
        elif from_stage and _LEFTOVERS.search(source):
            what = "caches or sources of the build"
        elif not from_stage and _TESTS.search(source):
            severity, because, what = Severity.LOW, "tests only widen the image", "tests"
        if what:
            yield Observation(
                subject=f"{source} in {copy.span.path}",
                message=(
                    f"`{copy.keyword} {copy.value}` takes {what} (`{source}`) into the image that"
                    f" `{copy.span.path}` ships"
                ),
                evidence=(Evidence(copy.span, what),),
                severity=severity,
                because=because,
            )


def _built_upon(base: BaseImage, graph: SupplyGraph) -> Iterator[Observation]:
    if not base.final or base.used_for != "build" or base.earlier_stage or base.unknown:
        return
    name = base.name.rpartition("/")[2]
    if name not in _COMPILERS and not _BUILD_IMAGES.search(base.tag):
        return
    if name == "alpine" or ".devcontainer" in base.span.path:
        return
    yield Observation(
        subject=f"base of {base.span.path}",
        message=(
            f"the final stage of `{base.span.path}` stands on `{base.reference}`, an image made for"
            " building: its compilers and headers ship with the application"
        ),
        evidence=(Evidence(base.span, "an image made for building"),),
        severity=Severity.LOW,
        because="a compiler helps an intruder and discloses nothing by itself",
        confidence=Confidence.MEDIUM,
    )
