"""The deployed server gives a debugger away."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import ServerStart
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


def _image_runs(use: ServerStart, graph: SupplyGraph) -> bool:
    """Whether an image or script starts this very file."""
    name = posixpath.basename(use.span.path)
    module = name.removesuffix(".py")
    for instruction in graph.facts_of(ImageInstruction):
        if instruction.keyword in ("CMD", "ENTRYPOINT") and instruction.final:
            words = instruction.value.replace('"', " ").replace(",", " ").split()
            if name in {posixpath.basename(word) for word in words} or (
                "-m" in words and any(word.rpartition(".")[2] == module for word in words)
            ):
                return True
    return any(
        command.context in ("script", "image")
        and any(posixpath.basename(word) == name for word in command.argv[1:3])
        for command in graph.facts_of(ShellCommand)
    )


@rule(
    severity=Severity.HIGH,
    references=("CWE-489", "CWE-215", "CWE-94"),
)
def check(use: ServerStart, graph: SupplyGraph) -> Iterator[Observation]:
    """The server is started with its debugger, reloader or a public tunnel.

    An interactive debugger runs what a visitor types, stack traces show code and secrets, and a
    reloader takes in every file that changes.

    ## Attack
    A visitor provokes an error, opens the console on the error page and runs commands next to the
    model.

    ## Fix
    Start through a production server, and let no configuration turn the debugger on:
    ```python
    app.run(host="127.0.0.1", debug=False)
    ```

    ## Score
    - AV:N the server is reached over the network
    - AC:H the console asks for a number that must be found out
    - PR:N visiting needs no account
    - UI:N the server answers by itself
    - S:U commands run as the server
    - C:H it reads what the server reads
    - I:H it changes the answers
    - A:H it can end the server

    ## Bad
    ```python serve.py
    from flask import Flask

    app = Flask(__name__)
    app.run(host="0.0.0.0", port=8080, debug=True)  # finding
    ```
    ## Bad: switched on in the pipeline
    ```python serve.py
    import os

    from flask import Flask

    app = Flask(__name__)
    DEBUG = os.environ.get("APP_DEBUG", "0") == "1"


    def main():
        app.run(host="0.0.0.0", debug=True)  # finding


    main()
    ```
    ## Good
    ```python serve.py
    from flask import Flask

    app = Flask(__name__)

    if __name__ == "__main__":
        app.run(debug=True)
    ```
    """
    if use.debug in ("False", "None", "0", "?") or only_tests(use):
        return
    if use.under_main and not _image_runs(use, graph):
        return
    places = [Evidence(use.span, "the server starts here")]
    if use.decision.path and use.decision != use.span:
        places.insert(0, Evidence(use.decision, "switched on here"))
    exposed = use.host in ("0.0.0.0", "::", "")  # noqa: S104
    yield Observation(
        subject=f"server:{use.span.path}:{use.callee}",
        message=(
            f"`{use.callee}` starts the server with its debugger or reloader on"
            + (f", listening on `{use.host}`" if use.host else "")
            + ". Right would be a production server without it."
        ),
        evidence=tuple(places),
        severity=None if exposed else Severity.MEDIUM,
        because="" if exposed else "it listens on this machine only",
    )
