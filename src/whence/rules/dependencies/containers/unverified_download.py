"""Files that a build fetches and uses without comparing them with anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.containers.downloads import (
    UNPACKERS,
    Fetch,
    fetch_of,
    readers,
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

_CONTEXTS = ("image", "ci", "make", "script")
# What rules on data and models look at, with what they know of its use.
_DATA_OR_MODEL = re.compile(
    r"(?i)\.(?:csv|tsv|jsonl?|parquet|arrow|txt|md|html?|xml|ya?ml|safetensors|pt|pth|ckpt|onnx|gguf"
    r"|h5|keras|bin|pkl|joblib|npz|npy|model)(?:\.(?:gz|zip|xz|bz2))?$|data(?:set)?s?[/_-]|corpus"
    r"|corpora|checkpoint|weights|models?/|/resolve/"
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-494", "CWE-345", "AML.T0010", "SLSA-BUILD-L2"),
)
def check(command: ShellCommand | ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    """A build fetches a file and uses it without a checksum or signature.

    Whatever the address serves on the day of the build becomes part of the result: a program, a
    library or an archive that somebody has exchanged looks exactly like the one that was meant.

    ## Attack
    1. The adversary replaces the file at its source, on a mirror, or behind an expired domain.
    2. The next build fetches and unpacks it; nothing compares it with what was reviewed.
    3. The changed program ships with the image.

    ## Fix
    ```dockerfile
    ADD --checksum=sha256:<64 hex digits> https://downloads.example.com/tool-1.4.tar.gz /tmp/
    ```
    or in a script, before the first use:
    ```sh
    echo "<64 hex digits>  tool.tar.gz" | sha256sum --check --strict -
    ```

    ## Score
    - AV:N the file is served over the network
    - AC:H the adversary must control its source first
    - PR:N no account of this project is needed
    - UI:R a build must run
    - S:U the file ends up in the application's own image
    - C:L what the program can read is exposed
    - I:H the program that ships is another one
    - A:L a removed file breaks the build

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    RUN curl -fsSL https://downloads.example.com/tool-1.4.tar.gz | tar xz -C /opt  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    ADD --checksum=sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae https://downloads.example.com/tool-1.4.tar.gz /tmp/
    RUN wget -q https://downloads.example.com/other-2.0.tar.gz \\
        && echo "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9  other-2.0.tar.gz" | sha256sum -c -
    USER 10001
    ```
    """
    if isinstance(command, ImageInstruction):
        yield from _added(command)
        return
    fetch = fetch_of(command)
    if fetch is None or command.context not in _CONTEXTS or not _is_kept(fetch, graph):
        return
    if _DATA_OR_MODEL.search(f"{fetch.url.split('?')[0]} {fetch.target}"):
        return
    if run_at_once(command, graph) or run_later(fetch, graph) or verified(fetch, graph):
        return
    yield _observation(fetch.shown, command, fetch.plain)


def _is_kept(fetch: Fetch, graph: SupplyGraph) -> bool:
    if fetch.target and not fetch.target.startswith("/dev/"):
        return True
    return any(program in UNPACKERS for program in readers(fetch.command, graph))


def _added(instruction: ImageInstruction) -> Iterator[Observation]:
    if instruction.keyword != "ADD":
        return
    if any(flag.startswith("--checksum=") for flag in instruction.flags):
        return
    for source in instruction.arguments[:-1]:
        if not re.match(r"(?:https?|ftp)://", source) or _DATA_OR_MODEL.search(source):
            continue
        if re.search(r"\.git(?:#|$)", source):
            continue
        shown = re.sub(r"//[^/@]*@", "//", source).split("?")[0]
        yield _observation(shown, instruction, source.startswith(("http://", "ftp://")))


def _observation(shown: str, command: ShellCommand | ImageInstruction, plain: bool) -> Observation:
    path = command.span.path
    what = f"`{shown}`" if "://" in shown else shown
    return Observation(
        subject=f"{shown} in {path}",
        message=f"`{path}` fetches {what} and uses it without comparing it with a recorded digest",
        evidence=(Evidence(command.span, "fetched, never compared"),),
        severity=Severity.HIGH if plain else None,
        because="the connection is not protected, so that anyone on the way can change the file"
        if plain
        else "",
    )
