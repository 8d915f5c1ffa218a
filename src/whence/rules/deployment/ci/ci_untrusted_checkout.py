"""A contributor's code, checked out and run with the repository's own rights."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.deployment.ci.foreign_code import checks_out, runs
from whence.rules.deployment.ci.outsider_access import (
    outsiders_reach,
    steps_of,
    waits_for_someone,
)
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import WorkflowJob
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_TRUSTED_EVENTS = frozenset({"pull_request"})


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
        line = checks_out(step, graph)
        if not line:
            continue
        ran = [use for later in steps[at:] if (use := runs(later, graph, line))]
        path = job.span.path
        waits = waits_for_someone(job, graph)
        because = waits if ran else "no step was seen that runs its code"
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
                + (f"; {waits}" if waits else "")
            ),
            evidence=(
                Evidence(Span(path, line, line), "the contributor's commit"),
                *(Evidence(span, "runs what was checked out") for span in ran[:5]),
            ),
            severity=(Severity.HIGH if ran else Severity.MEDIUM) if because else None,
            because=because,
            confidence=None if ran else Confidence.LOW,
            asset=f"pipeline:{path}",
        )
        return
