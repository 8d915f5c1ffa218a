"""Files that a build fetches and uses without comparing them with anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.containers.downloads import (
    UNPACKERS,
    Fetch,
    added_and_run,
    by_commit,
    fetch_of,
    readers,
    run_at_once,
    run_later,
    same_script,
    verified,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_CONTEXTS = ("image", "ci", "make", "script")
_PROGRAM = re.compile(
    r"(?i)\.(?:t(?:ar\.)?(?:gz|xz|bz2|zst)|tgz|txz|tar|zip|7z|deb|rpm|apk|whl|egg|jar|war|sh|run|exe"
    r"|msi|dmg|pkg|appimage|so|dll|dylib|gem|patch|diff|asc|gpg|key|pub)$"
)
_MAKES_PROGRAMS = frozenset(
    {
        "chmod",
        "tar",
        "unzip",
        "dpkg",
        "rpm",
        "apt",
        "apt-get",
        "dnf",
        "yum",
        "pip",
        "pip3",
        "install",
    }
    | {
        "patch",
        "apt-key",
        "gpg",
        "java",
        "docker",
        "podman",
        "make",
        "gunzip",
        "bsdtar",
        "ln",
        "uv",
    }
)
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
        yield from _added(command, graph)
        return
    fetch = fetch_of(command)
    if fetch is None or command.context not in _CONTEXTS or not _is_kept(fetch, graph):
        return
    if _DATA_OR_MODEL.search(f"{fetch.url.split('?')[0]} {fetch.target}"):
        return
    if fetch.by_commit or not (command.context == "image" or _is_used(fetch, graph)):
        return
    if run_at_once(command, graph) or run_later(fetch, graph) or verified(fetch, graph):
        return
    yield _observation(fetch.shown, command, fetch.plain)


def _is_kept(fetch: Fetch, graph: SupplyGraph) -> bool:
    if fetch.target and not fetch.target.startswith("/dev/"):
        return True
    return any(program in UNPACKERS for program in readers(fetch.command, graph))


def _is_used(fetch: Fetch, graph: SupplyGraph) -> bool:
    """Whether a script makes a program of the file; an image holds whatever it fetches."""
    if _PROGRAM.search(fetch.url.split("?")[0]) or _PROGRAM.search(fetch.target):
        return True
    if any(program in UNPACKERS for program in readers(fetch.command, graph)):
        return True
    base = fetch.target.rpartition("/")[2].strip("\"'")
    if re.match(r"(?:/usr(?:/local)?|/opt|~|\$HOME)?/(?:\.local/)?s?bin/", fetch.target):
        return True
    return bool(base) and any(
        command.argv[0].rpartition("/")[2] in _MAKES_PROGRAMS
        and any(word.rpartition("/")[2] == base for word in command.argv[1:])
        for command in same_script(fetch, graph)
    )


def _added(instruction: ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    if instruction.keyword != "ADD" or added_and_run(instruction, graph) is not None:
        return
    if any(flag.startswith("--checksum=") for flag in instruction.flags):
        return
    for source in instruction.arguments[:-1]:
        if not re.match(r"(?:https?|ftp)://", source) or _DATA_OR_MODEL.search(source):
            continue
        if re.search(r"\.git(?:#|$)", source) or by_commit(source):
            continue
        shown = re.sub(r"//[^/@]*@", "//", source).split("?")[0]
        yield _observation(shown, instruction, source.startswith(("http://", "ftp://")))


def _observation(shown: str, command: ShellCommand | ImageInstruction, plain: bool) -> Observation:
    path = command.span.path
    what = f"`{shown}`" if "://" in shown else shown
    return Observation(
        subject=f"downloads in {path}",
        message=f"`{path}` fetches {what} and uses it without comparing it with a recorded digest",
        evidence=(Evidence(command.span, f"{shown} is fetched, never compared"),),
        severity=Severity.HIGH if plain else None,
        because="the connection is not protected, so that anyone on the way can change the file"
        if plain
        else "",
    )
