"""Credentials that an image keeps in its layers or its history."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.containers.build_context import kind_of
from whence.rules.dependencies.containers.stages import commands_of, instruction_at
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.repository import Credential
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_TELLING = re.compile(
    r"(?i)(?:^|_)(?:password|passwd|pwd|passphrase|secret|token|api_?key|access_?key|secret_?key"
    r"|private_?key|credentials?|auth)$"
)
_PLACEHOLDER = re.compile(
    r"(?i)change|example|your|placeholder|dummy|^\$|\$\{|^<|^(?:none|null|true|false|test|todo|x+|\*+)$"
)
# Programs that keep what they are given to log in with, as a file in the home folder.
_LOGS_IN = re.compile(
    r"(?:huggingface-cli login|hf auth login|wandb login|docker login|aws configure set"
    r"|gh auth login|gcloud auth activate-service-account|az login|npm config set \S*_authToken"
    r"|kaggle config set)\b"
)
_LOGS_OUT = re.compile(
    r"\b(?:logout|auth revoke)\b|\brm\b.*(?:huggingface|\.netrc|\.aws|\.docker|\.kaggle|\.npmrc|\.cache)"
)
_FILE = re.compile(r"(?i)(?:_|^)(?:file|path|dir|name|url|env|id)$")


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-798", "CWE-522", "CWE-538", "AML.T0055", "OWASP-LLM02:2025"),
)
def check(part: ImageInstruction | Credential, graph: SupplyGraph) -> Iterator[Observation]:
    """An image keeps a credential in its layers or its history.

    Layers are never erased: what `ENV`, `ARG`, `LABEL` or `COPY` put in stays readable for everyone
    who can pull the image, also when a later instruction deletes it.

    ## Attack
    1. The adversary pulls the image and prints its history, or unpacks the layer.
    2. The credential is read and used against the hub, the bucket or the database it belongs to.
    3. Models and data behind it are read or replaced.

    ## Fix
    Revoke the credential, and mount it for the one command that needs it:
    ```dockerfile
    RUN --mount=type=secret,id=hub_token HF_TOKEN="$(cat /run/secrets/hub_token)" ./fetch.sh
    ```
    At run time it comes from the platform's secret store.

    ## Score
    - AV:N the image is pulled over the network
    - AC:L the history shows it in the clear
    - PR:N public images and shared registries need no account of the project
    - UI:N nobody has to take part
    - S:U the damage is what the credential opens
    - C:H everything behind the credential can be read
    - I:H everything behind the credential can be changed
    - A:N stopping a service is not the point of it

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    ENV DB_PASSWORD=n3v3r-c0mmit-this  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    ENV DB_PASSWORD_FILE=/run/secrets/db_password
    RUN --mount=type=secret,id=hub HF_TOKEN="$(cat /run/secrets/hub)" ./fetch.sh
    COPY ca.pem /etc/ssl/ca.pem
    USER 10001
    ```
    """
    if isinstance(part, Credential):
        yield from _written(part, graph)
    elif part.keyword in ("ENV", "ARG", "LABEL"):
        yield from _declared(part, graph)
    elif part.keyword == "RUN":
        yield from _logged_in(part, graph)
    elif part.keyword in ("COPY", "ADD") and not any(f.startswith("--from=") for f in part.flags):
        yield from _copied(part)


def _written(found: Credential, graph: SupplyGraph) -> Iterator[Observation]:
    """Text in the form of a credential anywhere in an instruction."""
    instruction = instruction_at(found.span, graph)
    if instruction is None:
        return
    name = f" (`{found.name}`)" if found.name else ""
    yield _observation(
        f"{found.name or found.kind} in {found.span.path}",
        f"`{instruction.keyword}` in `{found.span.path}` holds a {found.kind}{name}, {found.masked}",
        instruction,
        Evidence(found.span, f"a {found.kind}"),
    )


def _declared(instruction: ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    known = {
        found.name.rpartition(".")[2]
        for found in graph.facts_in(instruction.span.path, Credential)
        if instruction.span.first <= found.span.first <= instruction.span.last
    }
    words = instruction.arguments
    if instruction.keyword != "ARG" and len(words) > 1 and "=" not in words[0]:
        words = (f"{words[0]}={' '.join(words[1:])}",)
    for word in words:
        name, equals, value = word.partition("=")
        if not _TELLING.search(name) or _FILE.search(name) or name in known:
            continue
        path = instruction.span.path
        if instruction.keyword == "ARG" and (not equals or not value):
            yield _observation(
                f"{name} in {path}",
                f"the build argument `{name}` of `{path}` is recorded in the image's history with"
                " the value that the build is given",
                instruction,
                Evidence(instruction.span, f"{name} ends in the history"),
                Severity.HIGH,
                "the value is not in the file; it leaks when the build passes one",
            )
        elif len(value) >= 4 and not _PLACEHOLDER.search(value):
            yield _observation(
                f"{name} in {path}",
                f"`{instruction.keyword} {name}` in `{path}` gives the image a secret value",
                instruction,
                Evidence(instruction.span, f"{name} has a value"),
                *_default_login(name, value, words),
            )


def _default_login(name: str, value: str, words: tuple[str, ...]) -> tuple[Severity | None, str]:
    """What a password weighs that is the account's own name: everybody tries it, nobody keeps it."""
    accounts = {
        word.partition("=")[2].lower()
        for word in words
        if re.search(r"(?i)(?:^|_)(?:user(?:name)?|db|database)$", word.partition("=")[0])
    }
    if re.search(r"(?i)pass(?:word|wd)?$|pwd$", name) and value.lower() in accounts:
        return Severity.MEDIUM, "the value is the account's own name: a weak default, not a leak"
    return None, ""


def _logged_in(run: ImageInstruction, graph: SupplyGraph) -> Iterator[Observation]:
    """Logins that leave the credential in a file of the layer, also where it was only mounted."""
    commands = commands_of(run, graph)
    texts = [" ".join(command.argv) for command in commands]
    if any(_LOGS_OUT.search(text) for text in texts):
        return
    for command, text in zip(commands, texts, strict=True):
        login = _LOGS_IN.match(text)
        if login:
            program = login.group().strip()
            yield _observation(
                f"{program} in {run.span.path}",
                f"`{program}` in `{run.span.path}` writes the credential it is given to a file of"
                " the layer: hand it to the one command that needs it, in its environment",
                run,
                Evidence(command.span, "the login stays in the layer"),
                Severity.HIGH,
                "the value is not in the file; it leaks when the build passes one",
            )


def _copied(copy: ImageInstruction) -> Iterator[Observation]:
    for source in copy.arguments[:-1]:
        if "*" in source or kind_of(source) != "credentials":
            continue
        yield _observation(
            f"{source} in {copy.span.path}",
            f"`{copy.keyword}` puts `{source}`, which holds credentials, into a layer of"
            f" `{copy.span.path}`; deleting it later does not take it out",
            copy,
            Evidence(copy.span, f"{source} becomes part of a layer"),
        )


def _observation(
    subject: str,
    message: str,
    instruction: ImageInstruction,
    evidence: Evidence,
    severity: Severity | None = None,
    because: str = "",
) -> Observation:
    if severity is None and not instruction.final:
        severity = Severity.HIGH
        because = "the stage does not ship, but its layers stay in caches and registries"
    return Observation(
        subject=subject,
        message=message,
        evidence=(evidence,),
        severity=severity,
        because=because,
    )
