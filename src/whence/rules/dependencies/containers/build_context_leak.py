"""Whole folders copied into an image with what should stay outside."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.containers.build_context import (
    context_of,
    ignore_file,
    ignore_patterns,
    ignored,
    kind_of,
    sources,
    taken,
)
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SHOWN = 5


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-538", "CWE-200", "AML.T0055", "OWASP-LLM02:2025"),
)
def check(copy: ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    """The image takes in a whole folder, with history, credentials or data that lie in it.

    Everyone who can pull the image can read every layer: the environment file, the keys, the
    training data, and the history of the repository with everything that was ever deleted from it.

    ## Attack
    1. The adversary pulls the image: it is public, or an account with read access is enough.
    2. The layers are unpacked; `.env` and keys are read, the history in `.git` is searched.
    3. The credentials open the stores and services that the pipeline trusts.

    ## Fix
    Copy what the image needs by name, and keep the rest out with a `.dockerignore` that begins by
    leaving out everything:
    ```text .dockerignore
    *
    !src/
    !requirements.txt
    ```

    ## Score
    - AV:N images are pulled over the network
    - AC:L unpacking a layer takes one command
    - PR:L somebody who may pull the image
    - UI:N nobody has to take part
    - S:U the damage is what the leaked files open or show
    - C:H credentials, history and data are read in full
    - I:N reading changes nothing
    - A:N reading stops nothing

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.12-slim
    COPY . /app  # finding
    USER 10001
    ```
    ```text .env
    MODE=production
    ```
    ```python serve.py
    import http.server
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.12-slim
    COPY . /app
    USER 10001
    ```
    ```text .dockerignore
    .git
    **/.env*
    data/
    ```
    ```text .env
    MODE=production
    ```
    ```python serve.py
    import http.server
    ```
    """
    if copy.keyword not in ("COPY", "ADD") or not copy.final or copy.trigger:
        return
    context = context_of(copy, graph)
    if context is None or not sources(copy):
        return
    found = {path: kind_of(path) for path in taken(copy, context, graph)}
    secret = [path for path, kind in found.items() if kind == "credentials"]
    data = [path for path, kind in found.items() if kind == "data"]
    named = [path for path in [*secret, *data] if _asked_for(path, copy, context)]
    secret = [path for path in secret if path not in named]
    data = [path for path in data if path not in named]
    patterns = ignore_patterns(copy.span.path, context, graph)
    history = "" in sources(copy) and not context and not ignored(".git/config", patterns)
    if not (secret or data or history):
        return
    parts = [f"credentials ({_listed(secret)})"] if secret else []
    parts += ["the repository's history (`.git`)"] if history else []
    parts += [f"data ({_listed(data)})"] if data else []
    ignore = ignore_file(copy.span.path, context, graph)
    why = f"`{ignore}` lets them in" if ignore else "there is no `.dockerignore`"
    yield Observation(
        subject=copy.span.path,
        message=(
            f"`{copy.keyword} {copy.value}` puts {' and '.join(parts)} into the image that ships:"
            f" {why}"
        ),
        evidence=(
            Evidence(copy.span, "copies the folder"),
            *(Evidence(Span(path), "ends up in the image") for path in [*secret, *data][:20]),
        ),
    )


def _asked_for(path: str, copy: ImageInstruction, context: str) -> bool:
    """Whether the instruction names the file or its data folder: that is a decision, no leak."""
    prefix = f"{context}/" if context else ""
    inner = path[len(prefix) :]
    named = [source for source in sources(copy) if source]
    if inner in named:
        return True
    return kind_of(path) == "data" and any(
        inner.startswith(f"{source}/") and "data" in source.split("/") for source in named
    )


def _listed(paths: list[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
    return shown + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
