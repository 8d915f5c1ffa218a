"""Actions that a workflow takes by a tag or branch."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_OWN = ("actions/", "github/")
_BRANCHES = re.compile(
    r"(?:main|master|develop|dev|trunk|next|nightly|edge|latest|HEAD)(?:[/-].*)?"
)
_SHOWN = 5


class _Use(msgspec.Struct, frozen=True):
    name: str
    ref: str
    span: Span

    @property
    def pinned(self) -> bool:
        return bool(re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", self.ref))


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-829", "CWE-1357", "AML.T0010", "OWASP-CICD-SEC-3", "SLSA-BUILD-L3"),
)
def check(workflow: Workflow, graph: SupplyGraph) -> Iterator[Observation]:
    """A workflow runs somebody else's action at a tag or branch.

    A tag can be moved. Whoever controls the action's repository, or has stolen a token for it,
    decides what runs here with the job's token and secrets, and every run after the move has
    already executed it before anybody could look.

    ## Attack
    1. The adversary gets write access to the action's repository and moves its tags to a commit
       that prints or sends away the runner's memory.
    2. The next run of this workflow fetches the tag and executes it.
    3. Secrets of the job are read, and what the job builds or publishes can be changed.

    ## Fix
    Name the full commit, keep the version as a comment, and let a bot propose updates:
    ```yaml
    - uses: owner/action@<40 hex digits>  # v4.2.1
    ```

    ## Score
    - AV:N the action is fetched over the network
    - AC:H the adversary must first control the action's repository
    - PR:N no account of this project is needed
    - UI:R somebody or something must start the workflow
    - S:U the action runs in the job itself
    - C:H the job's token and secrets are within reach
    - I:L what the job builds can be changed
    - A:L a removed tag stops the pipeline

    ## Bad
    ```yaml .github/workflows/ci.yml
    on: push
    jobs:
      build:
        runs-on: ubuntu-24.04
        steps:
          - uses: acme/setup-gpu@v2  # finding
          - run: make
    ```
    ## Good
    ```yaml .github/workflows/ci.yml
    on: push
    jobs:
      build:
        runs-on: ubuntu-24.04
        steps:
          - uses: acme/setup-gpu@8f4b7f84864484a7bf31766abe9204da3cbe65b3
          - uses: ./.github/actions/prepare
          - run: make
    ```
    """
    path = workflow.span.path
    uses = [use for use in _uses(path, graph) if not use.pinned]
    if not uses:
        return
    foreign = [use for use in uses if not use.name.startswith(_OWN)]
    moving = [use for use in uses if _BRANCHES.fullmatch(use.ref) or not use.ref]
    severity, because = None, ""
    if not foreign and not moving:
        severity, because = Severity.LOW, "only the platform's own actions are taken by tag"
    elif any(use in foreign for use in moving):
        severity, because = Severity.HIGH, "a branch moves with every commit to it"
    names = list(dict.fromkeys(f"{use.name}@{use.ref}" for use in uses))
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    yield Observation(
        subject=path,
        message=(
            f"`{path}` runs {shown}{more} by a name that its owner can move to other code; write the"
            " full commit id instead"
        ),
        evidence=tuple(Evidence(use.span, f"{use.name} at `{use.ref}`") for use in uses),
        severity=severity,
        because=because,
        asset=f"pipeline:{path}",
    )


def _uses(path: str, graph: SupplyGraph) -> Iterator[_Use]:
    places: list[WorkflowStep | WorkflowJob] = [
        *graph.facts_in(path, WorkflowStep), *graph.facts_in(path, WorkflowJob),
    ]  # fmt: skip
    for place in sorted(places, key=lambda each: each.span):
        name, _, ref = place.uses.partition("@")
        if "/" in name and not name.startswith(("./", "../", "docker://")) and "${{" not in name:
            line = place.lines.get("uses", place.span.first)
            yield _Use(name, ref, Span(path, line, line))
