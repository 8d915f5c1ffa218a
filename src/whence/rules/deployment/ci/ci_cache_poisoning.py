"""What untrusted runs leave behind, taken up by privileged ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_access import (
    effective_permissions,
    steps_of,
    workflow_of,
    writes,
)
from whence.rules.deployment.ci.releases import releasing
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_CACHES = re.compile(
    r"(?:actions/cache(?:/restore)?@|Swatinem/rust-cache@|hendrikmuhs/ccache-action@"
    r"|mozilla-actions/sccache-action@)"
)
_SETUPS = re.compile(r"actions/setup-(?:python|node|java|go)@|astral-sh/setup-uv@|ruby/setup-ruby@")
_READS_ONLY = frozenset(
    {"cat", "echo", "unzip", "ls", "jq", "gh", "mkdir", "test", "["}
    | {"grep", "head", "tail", "cut", "tr", "sed", "exit", "set", "mv", "cp", "rm", "wc", "true"}
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-349", "CWE-345", "AML.T0010", "OWASP-CICD-SEC-9"),
)
def check(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """A privileged run takes up what an untrusted run has left: a cache or an artefact.

    The code of a pull request may write the cache or the artefact that a release later unpacks and
    runs. Nothing in the release says that part of it came from a stranger.

    ## Attack
    1. The adversary's pull request, or a step it has broken, writes a changed package into the
       cache under the key that the release looks for, or uploads a changed artefact.
    2. The release restores it instead of building anew.
    3. The changed files go out under the project's name.

    ## Fix
    Build releases without caches, and check what comes from another run before using it:
    ```yaml
    - uses: actions/setup-python@<40 hex digits>
      # no cache in the job that publishes
    ```

    ## Score
    - AV:N a pull request arrives over the network
    - AC:H the key or the artefact must be hit
    - PR:N anyone with a free account can open a pull request
    - UI:R somebody must start the release
    - S:U the damage is to what is released
    - C:L the release job's token is within reach
    - I:H what is released can be changed
    - A:L the release can be broken

    ## Bad
    ```yaml .github/workflows/release.yml
    on:
      push:
        tags: ["v*"]
    jobs:
      publish:
        runs-on: ubuntu-24.04
        steps:
          - uses: actions/cache@5a3ec84eff668545956fd18022155c47e93e2684  # finding
            with:
              path: ~/.cache/pip
              key: pip-${{ runner.os }}
          - run: python -m build && twine upload dist/*
    ```
    ## Good
    ```yaml .github/workflows/release.yml
    on:
      push:
        tags: ["v*"]
    jobs:
      publish:
        runs-on: ubuntu-24.04
        steps:
          - run: python -m build && twine upload dist/*
      test:
        runs-on: ubuntu-24.04
        steps:
          - uses: actions/cache@5a3ec84eff668545956fd18022155c47e93e2684
            with:
              path: ~/.cache/pip
              key: pip-${{ runner.os }}
          - run: pytest
    ```
    """
    yield from _restored(job, graph)
    yield from _fetched(job, graph)


def _restored(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """Caches in jobs that publish or deploy."""
    if not releasing(job, graph):
        return
    found = [step for step in steps_of(job, graph) if _caches(step)]
    if not found:
        return
    path = job.span.path
    setups = all(_SETUPS.match(step.uses) for step in found)
    names = ", ".join(f"`{step.uses.partition('@')[0]}`" for step in found)
    yield Observation(
        subject=f"cache of {path} job {job.name}",
        message=(
            f"job `{job.name}` of `{path}` publishes or deploys, and restores a cache ({names}) that"
            " other runs of the repository write"
        ),
        evidence=tuple(Evidence(_line(step), "restores a cache") for step in found),
        severity=Severity.LOW if setups else None,
        because="the cache holds downloads that the installer can still check" if setups else "",
        asset=f"pipeline:{path}",
    )


def _caches(step: WorkflowStep) -> bool:
    if _CACHES.match(step.uses):
        return step.inputs.get("lookup-only") != "true"
    if step.uses.startswith("docker/build-push-action@"):
        return "type=gha" in step.inputs.get("cache-from", "")
    asked = (
        step.inputs.get("cache")
        or step.inputs.get("enable-cache")
        or step.inputs.get("bundler-cache")
    )
    return bool(_SETUPS.match(step.uses)) and bool(asked) and asked != "false"


def _fetched(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """Artefacts of another run, unpacked and run with the repository's rights."""
    flow = workflow_of(job, graph)
    if "workflow_run" not in flow.triggers:
        return
    if re.search(
        r"workflow_run\.event\s*==\s*'(?:push|schedule)'|head_repository\.full_name", job.condition
    ):
        return
    steps = steps_of(job, graph)
    for at, step in enumerate(steps):
        if not _takes_artefact(step, graph):
            continue
        run = next((use for later in steps[at:] if (use := _runs(later, graph))), None)
        granted = writes(effective_permissions(job, graph))
        if run is None and not granted:
            continue
        path = job.span.path
        yield Observation(
            subject=f"artefact in {path} job {job.name}",
            message=(
                f"job `{job.name}` of `{path}` takes an artefact of the run that started it, which a"
                " fork's pull request can have made" + (", and runs code afterwards" if run else "")
            ),
            evidence=(
                Evidence(_line(step), "takes an artefact of the other run"),
                *((Evidence(run, "runs with the artefact in place"),) if run else ()),
            ),
            severity=None if run else Severity.LOW,
            because="" if run else "no step was seen that runs what it takes",
            confidence=Confidence.MEDIUM,
            asset=f"pipeline:{path}",
        )
        return


def _takes_artefact(step: WorkflowStep, graph: SupplyGraph) -> bool:
    if step.uses.startswith("dawidd6/action-download-artifact@"):
        return True
    if step.uses.startswith("actions/download-artifact@"):
        return "workflow_run" in step.inputs.get("run-id", "")
    if step.uses.startswith("actions/github-script@"):
        return "downloadArtifact" in step.inputs.get("script", "")
    return any(
        command.argv[:3] == ("gh", "run", "download")
        for command in graph.facts_in(step.span.path, ShellCommand)
        if step.span.first <= command.span.first <= step.span.last
    )


def _runs(step: WorkflowStep, graph: SupplyGraph) -> Span | None:
    """Where a step runs what was taken, or lets it set variables of the steps that follow."""
    for command in graph.facts_in(step.span.path, ShellCommand):
        inside = step.span.first <= command.span.first <= step.span.last
        sets = re.search(r"\bGITHUB_(?:ENV|PATH)\b", f"{command.writes} {' '.join(command.argv)}")
        if inside and (sets or command.argv[0].rpartition("/")[2] not in _READS_ONLY):
            return command.span
    return None


def _line(step: WorkflowStep) -> Span:
    line = step.lines.get("uses", step.span.first)
    return Span(step.span.path, line, line)
