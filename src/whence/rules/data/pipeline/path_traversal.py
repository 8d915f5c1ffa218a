"""A name from data or a request decides which file is opened."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    exposed,
    is_export,
    only_tests,
    shown,
    subject,
    told,
    who_decides,
)
from whence.rules.data.sources.programs import is_showcase
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Exposure, Origin, OriginKind, PathUse
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_HANDLED = ("read", "write", "delete", "serve")


@rule(
    severity=Severity.HIGH,
    references=("CWE-22", "CWE-73", "AML.T0025"),
)
def check(use: PathUse, graph: SupplyGraph) -> Iterator[Observation]:
    """A name from data or a request decides which file is opened, written or deleted.

    `../` and absolute paths lead out of the folder that was meant: to credentials, to other tenants'
    data, or to code that runs later.

    ## Attack
    A request asks for the report `../../../proc/self/environ` and receives the server's secrets; an
    uploaded file named `../../app/serve.py` replaces the server's code.

    ## Fix
    Resolve the path and keep it below its root:
    ```python
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        raise ValueError("no such report")
    ```

    ## Score
    - AV:N the name comes over the network
    - AC:L two dots and a slash are enough
    - PR:N sending a name needs no account on this system
    - UI:N the program opens the path by itself
    - S:U files of the program's account are reached
    - C:H any file that the account can read is read
    - I:N reading is the common case
    - A:N the program goes on

    ## Bad
    ```python reports.py
    from flask import Flask, request

    app = Flask(__name__)


    @app.get("/report")
    def report():
        name = request.args["name"]
        with open(f"/srv/reports/{name}") as stream:  # finding
            return stream.read()
    ```
    ## Good
    ```python reports.py
    from pathlib import Path

    from flask import Flask, abort, request

    app = Flask(__name__)
    ROOT = Path("/srv/reports").resolve()


    @app.get("/report")
    def report():
        path = (ROOT / request.args["name"]).resolve()
        if not path.is_relative_to(ROOT):
            abort(404)
        return path.read_text()
    ```
    ## Good: the last part of the name only
    ```python reports.py
    import os

    from flask import Flask, request

    app = Flask(__name__)


    @app.get("/report")
    def report():
        name = os.path.basename(request.args["name"])
        with open(os.path.join("/srv/reports", name)) as stream:
            return stream.read()
    ```
    """
    if use.action == "serve-all" and not only_tests(use):
        yield _served_whole(use)
    if only_tests(use) or is_export(use):
        return
    for origin in exposed(use, Exposure.UNKNOWN, "confined", "allow-list", "members"):
        if use.action in _HANDLED and _is_half_checked(origin):
            yield _half_checked(use, origin)
        if origin.exposure < Exposure.OUTSIDER:
            continue
        if origin.kind in (OriginKind.NETWORK, OriginKind.HUB, OriginKind.MEMBER_NAME):
            continue
        yield Observation(
            subject=_decision(use, origin),
            message=(
                f"`{use.callee}` takes its path{shown(use)} from {told(origin)}:"
                f" {who_decides(origin, 'where it leads')}.{doubts(origin)} Right would be to resolve it and refuse"
                " what does not lie below its own folder."
            ),
            evidence=evidence(use, origin, f"the path is used here ({use.action})"),
            severity=_weight(use, origin)[0],
            because=_weight(use, origin)[1],
        )


def _decision(use: PathUse, origin: Origin) -> str:
    """The function that puts the path together for many others, or the place that uses it."""
    if use.joined and origin.exposure is Exposure.ANYONE:
        return f"{origin.kind}:{use.joined}"
    return subject(use, origin)


def _served_whole(use: PathUse) -> Observation:
    """A server of files whose folder is the root: nothing leads out, because all is inside."""
    return Observation(
        subject=f"served:{use.span.path}:{use.function}",
        message=(
            f"`{use.callee}` serves the folder `/`: whoever reaches the server reads every file that"
            " its account can read. Right would be a folder that holds what is to be served only."
        ),
        evidence=(Evidence(use.span, "the root of the machine is served"),),
    )


def _is_half_checked(origin: Origin) -> bool:
    """Whether the code tests a name that it is given, by something that does not confine it."""
    given = origin.kind is OriginKind.UNKNOWN and origin.detail.startswith("parameter ")
    return given and any(
        guard.holds if guard.kind == "characters" else guard.kind in ("confined", "members")
        for guard in origin.guards
    )


def _half_checked(use: PathUse, origin: Origin) -> Observation:
    """A part of a path that the code itself tests, because others choose it, and not enough."""
    return Observation(
        subject=f"tested:{use.span.path}:{use.function}",
        message=(
            f"`{use.callee}` takes its path{shown(use)} from {told(origin)}, which is tested before,"
            f" and the test lets names through that lead out of the folder.{doubts(origin)} Right"
            " would be to resolve the path and refuse what does not lie below its own folder."
        ),
        evidence=evidence(use, origin, f"the path is used here ({use.action})"),
        severity=Severity.MEDIUM,
        because="the code expects names from others, and who chooses them is not known",
    )


def _weight(use: PathUse, origin: Origin) -> tuple[Severity | None, str]:
    if origin.exposure is not Exposure.ANYONE and is_showcase(use.span.path):
        return Severity.LOW, "it is an example, not what the project runs"
    if origin.exposure is not Exposure.ANYONE:
        return Severity.MEDIUM, who_decides(origin)
    if any("begins alike" in guard.why for guard in origin.guards):
        return Severity.MEDIUM, "only folders whose names begin like the root's are reached"
    if any(guard.kind == "segment" for guard in origin.guards):
        return Severity.MEDIUM, "a part of a route holds no separator"
    return None, ""
