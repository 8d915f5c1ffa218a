"""Build arguments that reach a shell outside quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.containers.stages import run_of
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageBuild, ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

# Arguments that the builder sets itself, to one of a few known values.
_AUTOMATIC = re.compile(r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)|SOURCE_DATE_EPOCH")


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-88", "CWE-78", "OWASP-CICD-SEC-4"),
)
def check(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    """A build argument reaches a shell outside quotes.

    Whoever may pass the argument, such as a pipeline that takes it from a branch name or a form,
    adds words to the command: another package index, another target, another option. Inside
    `eval` or `sh -c` the words are commands of their own.

    ## Attack
    1. The adversary gets a value into the argument: a tag, a branch name, a field of a form.
    2. The build expands it outside quotes; what follows a blank becomes further arguments.
    3. `pip install` takes a package from the adversary's index into the image.

    ## Fix
    Quote every expansion, and accept only the form that is expected:
    ```dockerfile
    ARG VERSION
    RUN case "$VERSION" in *[!0-9.]*) exit 1;; esac && pip install "tool==${VERSION}"
    ```

    ## Score
    - AV:N the value comes in through the pipeline
    - AC:H somebody must pass a foreign value on
    - PR:L the adversary may start or feed a build
    - UI:N the build runs by itself
    - S:U the damage is to this image
    - C:L what the build can read
    - I:H what is installed into the image
    - A:L the build can be broken

    ## Bad
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    ARG EXTRA
    RUN pip install tool==1.0 $EXTRA  # finding
    USER 10001
    ```
    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    ARG VERSION=1.0
    RUN pip install "tool==${VERSION}"
    USER 10001
    ```
    """
    if command.context != "image":
        return
    run = run_of(command, graph)
    if run is None:
        return
    arguments = _arguments(run, graph)
    loose = [name for name in command.unquoted if name in arguments]
    code = [name for name in _code_words(command) if name in arguments]
    path = run.span.path
    for name in dict.fromkeys([*code, *loose]):
        where = "into text that a shell runs" if name in code else "outside quotes"
        severity, because = None, ""
        if name in code:
            severity, because = Severity.HIGH, "the value is read as commands, not as words"
        elif _is_fixed(name, arguments[name], path, graph):
            severity = Severity.LOW
            because = "it has a default, and no build of the tree passes what others choose"
        yield Observation(
            subject=f"argument {name} of {path}" if name in code else f"arguments of {path}",
            message=(
                f"the build argument `{name}` is expanded {where} in `{path}`: whoever passes it"
                " adds words to the command"
            ),
            evidence=(Evidence(command.span, f"{name} is expanded {where}"),),
            severity=severity,
            because=because,
        )


def _is_fixed(name: str, default: str, path: str, graph: SupplyGraph) -> bool:
    """Whether an argument has a plain default and no build of the tree hands it a foreign value."""
    passed = [
        build.arguments[name]
        for build in graph.facts_of(ImageBuild)
        if build.dockerfile == path and name in build.arguments
    ]
    return bool(default) and not any("$" in value for value in passed)


def _arguments(run: ImageInstruction, graph: SupplyGraph) -> dict[str, str]:
    """The build arguments that a RUN sees, with their defaults."""
    names: dict[str, str] = {}
    above: dict[str, str] = {}
    for found in graph.facts_in(run.span.path, ImageInstruction):
        words = [word.partition("=") for word in found.value.split()]
        if found.keyword == "ARG" and found.stage < 0:
            above |= {name: value for name, _, value in words}
        if found.stage != run.stage or found.span >= run.span:
            continue
        if found.keyword == "ARG":
            names |= {name: value or above.get(name, "") for name, _, value in words}
        if found.keyword == "ENV":
            for word in found.arguments:
                if "$" not in word:
                    names.pop(word.partition("=")[0], None)
    return {name: value for name, value in names.items() if not _AUTOMATIC.fullmatch(name)}


def _code_words(command: ShellCommand) -> list[str]:
    """Variables in the words that a command runs as a script."""
    name = command.argv[0].rpartition("/")[2]
    if name == "eval":
        text = " ".join(command.argv[1:])
    elif name in ("sh", "bash", "dash", "zsh") and "-c" in command.argv[1:-1]:
        text = command.argv[command.argv.index("-c") + 1]
    else:
        return []
    return re.findall(r"\$\{?(\w+)", text)
