"""Programs that come over the network and run at once."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.dependencies.containers.downloads import (
    added_and_run,
    fetch_of,
    run_at_once,
    run_later,
    verified,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.HIGH,
    references=("CWE-494", "CWE-829", "AML.T0010", "OWASP-CICD-SEC-3"),
)
def check(command: ShellCommand | ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    """A script is fetched from the network and run as it comes.

    Nothing fixes what it says: the server, whoever holds its account or sits in front of it decides
    on every run anew, and can even serve one text to a browser and another to `curl | sh`.

    ## Attack
    1. The adversary changes the script at its source, or takes over the name it is served under.
    2. The next image build, pipeline run or setup pipes it into a shell.
    3. It runs with the build's rights and changes what is built.

    ## Fix
    Fetch a version, compare its digest, then run it:
    ```sh
    curl -fsSLo install.sh https://downloads.example.com/tool/1.4.2/install.sh
    echo "<64 hex digits>  install.sh" | sha256sum --check --strict -
    sh install.sh
    ```
    Better still, install a pinned package, or copy the tool from an image by digest.

    ## Score
    - AV:N the script is served over the network
    - AC:H the adversary must control its source first
    - PR:N no account of this project is needed
    - UI:R a build or a setup must run
    - S:U the script runs as the build itself
    - C:H it reads what the build can read
    - I:H it changes what is built
    - A:H it can break the build or the machine

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    RUN curl -fsSL https://get.example.com/tool.sh | bash  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    RUN curl -fsSLo tool.sh https://get.example.com/1.4/tool.sh \\
        && echo "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae  tool.sh" | sha256sum -c - \\
        && bash tool.sh
    USER 10001
    ```
    """
    if isinstance(command, ImageInstruction):
        yield from _added(command, graph)
        return
    fetch = fetch_of(command)
    if fetch is None:
        return
    how = run_at_once(command, graph)
    run = None if how else run_later(fetch, graph)
    if run is not None and not verified(fetch, graph, run):
        how = f"is saved as `{fetch.target}` and run unchecked"
    if how:
        evidence = [Evidence(command.span, "fetches a program")]
        if run is not None and run.span != command.span:
            evidence.append(Evidence(run.span, "runs it"))
        severity, because = None, ""
        if fetch.plain:
            severity = Severity.CRITICAL
            because = "the connection is not protected, so that anyone on the way can change it"
        elif fetch.by_commit:
            severity, because = Severity.LOW, "the address names one commit of the code host"
        yield Observation(
            subject=f"{fetch.shown} in {command.span.path}",
            message=(
                f"{_code(fetch.shown)} {how} in `{command.span.path}`: whoever controls that"
                " address decides what runs"
            ),
            evidence=tuple(evidence),
            severity=severity,
            because=because,
        )


def _added(instruction: ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    """What ADD fetches and a later command of the image's build runs."""
    run = added_and_run(instruction, graph)
    if run is None:
        return
    source = instruction.arguments[0]
    plain = source.startswith(("http://", "ftp://"))
    yield Observation(
        subject=f"{source} in {instruction.span.path}",
        message=(
            f"`{source}` is added and run unchecked in `{instruction.span.path}`: whoever controls"
            " that address decides what runs"
        ),
        evidence=(
            Evidence(instruction.span, "fetches a program"),
            Evidence(run.span, "runs it"),
        ),
        severity=Severity.CRITICAL if plain else None,
        because="the connection is not protected, so that anyone on the way can change it"
        if plain
        else "",
    )


def _code(text: str) -> str:
    return f"`{text}`" if "://" in text else text
