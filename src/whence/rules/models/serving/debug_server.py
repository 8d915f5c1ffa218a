"""The deployed server gives a debugger away."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    only_tests,
)
from whence.rules.models.serving.debug_commands import (
    debugging_word,
    is_debugging_variable,
    is_for_developers,
)
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import ServerStart
from whence.vocabulary.fact.containers import ComposeService, ImageInstruction
from whence.vocabulary.fact.deployment import ManifestContainer, ShellCommand
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_ENV = re.compile(r"([A-Za-z_]\w*)=(\S+)")

_PAGES = """A visitor sends a request that fails. The page that Django answers with shows the code around
the error, the settings and the values of variables, among them keys and what other users sent."""
_OFF = """Leave debugging off unless a developer turns it on:
```python
DEBUG = os.environ.get("DJANGO_DEBUG", "") == "1"
```"""


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


_DOES = {
    "opened": "opens a port or page for debugging or profiling",
    "tunnel": "opens a public tunnel to this machine, for whoever learns its address",
}


@rule(
    severity=Severity.HIGH,
    references=("CWE-489", "CWE-215", "CWE-94"),
)
def check(
    use: ServerStart | ShellCommand | ImageInstruction | ComposeService | ManifestContainer,
    graph: SupplyGraph,
) -> Iterator[Observation]:
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
    if isinstance(use, ShellCommand):
        yield from _by_command(use, graph)
    elif not isinstance(use, ServerStart):
        yield from _by_variable(use)
    elif use.how == "pages":
        yield from _by_settings(use, graph)
    elif use.how == "trace":
        yield from _told_in_full(use)
    else:
        yield from _by_code(use, graph)


def _by_code(use: ServerStart, graph: SupplyGraph) -> Iterator[Observation]:
    if use.debug in ("False", "None", "0", "?") or only_tests(use):
        return
    if use.under_main and not _image_runs(use, graph):
        return
    places = [Evidence(use.span, "the server starts here")]
    if use.decision.path and use.decision != use.span:
        places.insert(0, Evidence(use.decision, "switched on here"))
    exposed = use.host in ("0.0.0.0", "::", "") or use.how == "tunnel"  # noqa: S104
    right = "a production server without it"
    if use.how == "tunnel":
        right = "an address of one's own, with a login"
    does = _DOES.get(use.how, "starts the server with its debugger or reloader on")
    yield Observation(
        subject=f"server:{use.span.path}:{use.callee}",
        message=(
            f"`{use.callee}` {does}"
            + (f", listening on `{use.host}`" if use.host and use.how != "tunnel" else "")
            + f". Right would be {right}."
        ),
        evidence=tuple(places),
        severity=None if exposed else Severity.MEDIUM,
        because="" if exposed else "it listens on this machine only",
    )


def _by_settings(use: ServerStart, graph: SupplyGraph) -> Iterator[Observation]:
    """Django's `DEBUG`, which shows settings, code and values of variables to who meets an error."""
    if only_tests(use):
        return
    places = [Evidence(use.span, "Django's debugging pages are on")]
    if use.decision.path and use.decision != use.span:
        places.insert(0, Evidence(use.decision, "switched on here"))
    shipped = any(
        graph.facts_of(kind) for kind in (ImageInstruction, ComposeService, ManifestContainer)
    )
    yield Observation(
        subject=f"server:{use.span.path}:DEBUG",
        message=(
            f"`DEBUG` is on in `{use.span.path}` unless something turns it off: whoever meets an error is shown"
            " code, settings and the values of variables. Right would be off unless a developer turns it on."
        ),
        evidence=tuple(places),
        severity=None if shipped else Severity.MEDIUM,
        because="" if shipped else "nothing here shows that this file is what is deployed",
        attack=_PAGES,
        fix=_OFF,
    )


def _told_in_full(use: ServerStart) -> Iterator[Observation]:
    if use.debug != "True" or only_tests(use):
        return
    places = [Evidence(use.span, "the trace that callers are given")]
    if use.decision.path and use.decision != use.span:
        places.insert(0, Evidence(use.decision, "switched on here"))
    yield Observation(
        subject=f"traces:{use.span.path}:{use.function}",
        message=(
            f"`{use.function}` answers with a stack trace, which tells callers the server's paths,"
            " versions and values. Right would be to log it and to answer with a number for it."
        ),
        evidence=tuple(places),
        severity=Severity.MEDIUM,
        because="a trace discloses; it does not run commands",
    )


def _by_command(use: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    word = debugging_word(use.argv)
    path = use.span.path
    if not word or is_for_developers(path) or not _is_deployed(use, graph):
        return
    yield _switched_on(f"`{' '.join(use.argv)[:80]}` starts the server with `{word}`", use.span)


def _is_deployed(use: ShellCommand, graph: SupplyGraph) -> bool:
    """Whether an image, a compose file or a manifest runs the command: itself, or by its script."""
    path, line = use.span.path, use.span.first
    instructions = graph.facts_in(path, ImageInstruction)
    if instructions:
        return any(
            one.final
            and one.keyword in ("CMD", "ENTRYPOINT")
            and one.span.first <= line <= one.span.last
            for one in instructions
        )
    if graph.facts_in(path, ComposeService):
        return True
    if graph.facts_in(path, ManifestContainer):
        return True
    name = posixpath.basename(path)
    return use.context == "script" and any(
        one.final and one.keyword in ("CMD", "ENTRYPOINT") and name in one.value
        for one in graph.facts_of(ImageInstruction)
    )


def _by_variable(
    use: ImageInstruction | ComposeService | ManifestContainer,
) -> Iterator[Observation]:
    path = use.span.path
    if is_for_developers(path):
        return
    if isinstance(use, ImageInstruction):
        given = _ENV.findall(use.value) if use.keyword == "ENV" and use.final else []
        lines = {name: use.span for name, _ in given}
    else:
        given = sorted(use.env.items())
        lines = {
            name: Span(path, line, line)
            for name, _ in given
            if (line := use.lines.get(f"env.{name}", use.span.first))
        }
    for name, value in given:
        if is_debugging_variable(name, value):
            yield _switched_on(f"`{name}={value}` switches the debugger on", lines[name])


def _switched_on(what: str, span: Span) -> Observation:
    return Observation(
        subject=f"server:{span.path}",
        message=f"{what} in `{span.path}`, which is what is deployed. Right would be to leave it out.",
        evidence=(Evidence(span, "switched on here"),),
    )
