"""A contributor's code, checked out and run with the repository's own rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_access import outsiders_reach, steps_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_TRUSTED_EVENTS = frozenset({"pull_request"})
_FOREIGN = re.compile(
    r"github\.event\.pull_request\.(?:head\.(?:sha|ref)|merge_commit_sha|number)"
    r"|github\.head_ref|refs/pull/|github\.event\.(?:issue\.)?number|github\.event\.issue\.number"
    r"|github\.event\.workflow_run\.(?:head_sha|head_branch|head_commit\.id|pull_requests)"
    r"|github\.event\.workflow_run\.head_repository|github\.event\.pull_request\.head\.repo"
    r"|steps\.[\w-]+\.outputs\.(?:head_|pr_|ref|sha|branch)"
)
_FOREIGN_GIT = re.compile(r"refs/pull/|pull/\S+/(?:head|merge)|github\.head_ref|head\.(?:sha|ref)")
# Steps that only look at the code and run nothing of it.
_READING = re.compile(
    r"(?:actions/(?:labeler|github-script|upload-artifact|download-artifact|cache|setup-\w+|stale)"
    r"|peter-evans/|github/codeql-action/upload-sarif|dorny/paths-filter|tj-actions/)"
)
_HARMLESS = frozenset(
    {"git", "echo", "cat", "ls", "grep", "diff", "cp", "mv", "mkdir", "cd", "printf", "set", "exit"}
    | {
        "export",
        "test",
        "[",
        "true",
        "jq",
        "gh",
        "wc",
        "head",
        "tail",
        "sed",
        "tar",
        "date",
        "sleep",
    }
)


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-829", "CWE-94", "AML.T0010", "OWASP-CICD-SEC-4"),
)
def check(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """A workflow checks out a contributor's code and runs it with the repository's rights.

    `pull_request_target` and `workflow_run` start with the repository's token and secrets, for code
    that nobody has reviewed. A changed test, build script or `setup.py` in a pull request is then a
    program of a stranger that holds the keys.

    ## Attack
    1. The adversary opens a pull request that changes `setup.py`, a test or a Makefile.
    2. The workflow checks out that commit and installs or tests it.
    3. The code reads the job's secrets and pushes with its token: releases, models, branches.

    ## Fix
    Run contributors' code under `pull_request`, where there is nothing to steal. Let a privileged
    workflow look at results only:
    ```yaml
    on: pull_request
    permissions:
      contents: read
    ```

    ## Score
    - AV:N a pull request arrives over the network
    - AC:L the workflow runs what it checks out
    - PR:N anyone with a free account can open one
    - UI:N the workflow starts by itself
    - S:U the code runs in the job itself
    - C:H the job's token and secrets can be read
    - I:H code, releases and models can be changed
    - A:H runs and releases can be broken

    ## Bad
    ```yaml .github/workflows/pr.yml
    on: pull_request_target
    permissions:
      contents: write
    jobs:
      test:
        runs-on: ubuntu-24.04
        steps:
          - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
            with:
              ref: ${{ github.event.pull_request.head.sha }}  # finding
          - run: pip install . && pytest  # finding
    ```
    ## Good
    ```yaml .github/workflows/pr.yml
    on: pull_request
    permissions:
      contents: read
    jobs:
      test:
        runs-on: ubuntu-24.04
        steps:
          - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
            with:
              ref: ${{ github.event.pull_request.head.sha }}
          - run: pip install . && pytest
    ```
    ## Good: only the base is checked out
    ```yaml .github/workflows/label.yml
    on: pull_request_target
    permissions:
      pull-requests: write
    jobs:
      label:
        runs-on: ubuntu-24.04
        steps:
          - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
          - run: ./scripts/label.sh
    ```
    """
    events = outsiders_reach(job, graph) - _TRUSTED_EVENTS
    if not events:
        return
    steps = steps_of(job, graph)
    for at, step in enumerate(steps):
        line = _checks_out(step, graph)
        if not line:
            continue
        ran = [use for later in steps[at:] if (use := _runs(later, graph, line))]
        path = job.span.path
        yield Observation(
            subject=f"{path} job {job.name}",
            message=(
                f"job `{job.name}` of `{path}` starts on `{', '.join(sorted(events))}` with the"
                " repository's token and secrets, checks out the contributor's commit"
                + (
                    " and runs its code"
                    if ran
                    else "; any later step that runs its code hands them over"
                )
            ),
            evidence=(
                Evidence(Span(path, line, line), "the contributor's commit"),
                *(Evidence(span, "runs what was checked out") for span in ran[:5]),
            ),
            severity=None if ran else Severity.HIGH,
            because="" if ran else "no step was seen that runs what was checked out",
            confidence=None if ran else Confidence.LOW,
            asset=f"pipeline:{path}",
        )
        return


def _checks_out(step: WorkflowStep, graph: SupplyGraph) -> int:
    """The line on which a step takes a contributor's commit, or 0."""
    if step.uses.startswith("actions/checkout@"):
        for name in ("ref", "repository"):
            if _FOREIGN.search(step.inputs.get(name, "")):
                return step.lines.get(f"with.{name}", step.span.first)
        return 0
    for command in _commands(step, graph):
        text = " ".join(command.argv)
        if command.argv[:3] == ("gh", "pr", "checkout"):
            return command.span.first
        fetches = command.argv[0] == "git" and {"checkout", "fetch", "pull", "clone"} & set(
            command.argv
        )
        values = " ".join(step.env.values())
        if fetches and (_FOREIGN_GIT.search(text) or ("$" in text and _FOREIGN.search(values))):
            return command.span.first
    return 0


def _runs(step: WorkflowStep, graph: SupplyGraph, after: int) -> Span | None:
    """Where a step runs code of the working directory, after a line."""
    if step.uses:
        local = step.uses.startswith("./")
        other = not _READING.match(step.uses) and not step.uses.startswith("actions/checkout@")
        line = step.lines.get("uses", step.span.first)
        builds = bool(
            re.match(r"docker/build-push-action|pre-commit/action|pypa/cibuildwheel", step.uses)
        )
        return Span(step.span.path, line, line) if local or (other and builds) else None
    for command in _commands(step, graph):
        name = command.argv[0].rpartition("/")[2]
        if command.span.first > after and name not in _HARMLESS:
            return command.span
    return None


def _commands(step: WorkflowStep, graph: SupplyGraph) -> list[ShellCommand]:
    return [
        command
        for command in graph.facts_in(step.span.path, ShellCommand)
        if step.span.first <= command.span.first <= step.span.last
    ]
