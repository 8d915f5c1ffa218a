"""Images whose process starts as root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.containers.stages import for_tests
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import BaseImage, ImageInstruction
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

# Bases that set an unprivileged user themselves, as their publishers document.
_UNPRIVILEGED = re.compile(
    r"(?:.*/)?distroless/[^:]*:.*nonroot.*|cgr\.dev/.*|(?:.*/)?[\w.-]*unprivileged[\w.-]*(?::.*)?"
    r"|(?:quay\.io/)?jupyter/.*|(?:.*/)?bitnami/.*|.*/ubi\d+/(?:python|nodejs|go-toolset)-.*"
    r"|apache/airflow(?:[:@].*)?|.*[:-]nonroot.*|selenium/.*|jenkins/.*|grafana/.*|prom/.*"
)
_DROPS = re.compile(r"\b(?:gosu|su-exec|setpriv|runuser|s6-setuidgid|setuidgid|chpst)\b")
_ROOT = re.compile(r"(?:root|0+)(?::.*)?")


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-250", "CWE-269", "AML.T0105"),
)
def check(image: BaseImage, graph: SupplyGraph) -> Iterator[Observation]:
    """The container's process runs as root.

    Code that an attacker gets to run in it, through a pickled model or a vulnerable library, can
    then rewrite the application, install tools, and use every kernel or mount mistake on the way to
    the host. As an ordinary user it could do none of this.

    ## Attack
    1. A model file, a request or a dependency gives the adversary code in the process.
    2. As root in the container the code changes the application and the libraries it imports.
    3. It tries kernel and mount weaknesses that only root in a container can reach.

    ## Fix
    Give the final stage a user with a number, so that the cluster can check it:
    ```dockerfile
    RUN useradd --uid 10001 --no-create-home app
    USER 10001
    ```

    ## Score
    - AV:L the adversary needs code in the container first
    - AC:L nothing stands between the code and root
    - PR:L the rights of the application's process are enough
    - UI:N nobody has to take part
    - S:U the damage stays in the container unless the host has a weakness of its own
    - C:L root reads files that the application could not
    - I:H root changes the application and what it serves
    - A:L root stops or breaks the service

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.12-slim  # finding
    COPY serve.py .
    CMD ["python", "serve.py"]
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.12-slim
    RUN useradd --uid 10001 app
    COPY serve.py .
    USER 10001:10001
    CMD ["python", "serve.py"]
    ```
    ## Good: a base that sets an ordinary user
    ```dockerfile Dockerfile
    FROM gcr.io/distroless/python3-debian12:nonroot
    COPY serve.py .
    CMD ["serve.py"]
    ```
    """
    path = image.span.path
    stages = [base for base in graph.facts_in(path, BaseImage) if base.used_for == "build"]
    if image.used_for != "build" or not stages or image != stages[-1]:
        return
    shipped = [found for found in graph.facts_in(path, ImageInstruction) if found.final]
    users = [found for found in shipped if found.keyword == "USER" and not found.trigger]
    if users and not _ROOT.fullmatch(users[-1].value.strip()):
        return
    root = next((base for base in stages if base.final and not base.earlier_stage), image)
    if not users and (
        root.unknown or root.earlier_stage or _UNPRIVILEGED.fullmatch(root.reference)
    ):
        return
    if users:
        place = users[-1].span
        message = f"the last `USER` of `{path}` is `{users[-1].value}`: what the image runs is root"
    else:
        place = image.span
        message = (
            f"no `USER` in the final stage of `{path}`: its process runs as root, the default of"
            f" `{root.reference}`"
        )
    drops = any(_DROPS.search(found.value) for found in shipped)
    development = ".devcontainer" in path
    reason = "the start script can give up root itself" if drops else ""
    reason = "the image serves development only" if development else reason
    reason = reason or ("the image serves tests only" if for_tests(path) else "")
    yield Observation(
        subject=path,
        message=message,
        evidence=(Evidence(place, "runs as root"),),
        severity=Severity.LOW if reason else None,
        because=reason,
        confidence=None if users or image.name in _KNOWN_ROOT else Confidence.MEDIUM,
    )


_KNOWN_ROOT = frozenset({"python", "ubuntu", "debian", "alpine", "scratch", "nvidia/cuda"})
