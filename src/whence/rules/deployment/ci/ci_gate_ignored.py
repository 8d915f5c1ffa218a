"""Checks that run and whose failure stops nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci import gates
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import ShellCommand, Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph, asked_once
from whence.vocabulary.rule import rule

_ADVISORY = re.compile(
    r"\b(?:advisory|informational|informative|non-?blocking|optional|experimental|report[- ]only"
    r"|allowed to fail|best effort|nightly upstream)\b",
    re.IGNORECASE,
)
_FILTERS = frozenset({"grep", "egrep", "jq", "xargs", "awk"})
_NAMES = {
    gates.TEST: "the tests",
    gates.SCAN: "the scan",
    gates.EVALUATION: "the evaluation",
    gates.VERIFICATION: "the verification",
}


@rule(
    severity=Severity.HIGH,
    references=("CWE-754", "CWE-693", "AML.T0010", "OWASP-CICD-SEC-1"),
)
def check(gate: ShellCommand | WorkflowStep, graph: SupplyGraph) -> Iterator[Observation]:
    """A check runs in the pipeline, and its failure stops nothing.

    The log shows red, the run is green, and what failed is published. A poisoned model, a known
    vulnerability or a changed file passes the one place that had noticed it, while everybody
    believes that the gate holds.

    ## Attack
    1. The adversary changes a dependency, data or code so that tests or a scan would fail.
    2. The gate fails. Its exit code is thrown away and the job goes on.
    3. The result is built, signed and deployed like any other.

    ## Fix
    Let the failure end the job. Where a finding is accepted, write down that finding, not the whole
    gate:
    ```yaml
    - run: pip-audit --requirement requirements.txt --ignore-vuln GHSA-xxxx-xxxx-xxxx
    ```
    With a pipe, start the shell as `shell: bash`, which turns on `pipefail`.

    ## Score
    - AV:N the change arrives by a contribution or a package
    - AC:H the adversary needs a way to make the change
    - PR:N no account of the project is needed
    - UI:N the pipeline goes on by itself
    - S:U the damage is what the gate would have stopped
    - C:H what passes can read what the deployment can
    - I:H a changed model or package is published
    - A:H a broken release is published as well

    ## Bad
    ```yaml .github/workflows/release.yml
    on: push
    jobs:
      release:
        runs-on: ubuntu-24.04
        steps:
          - run: pytest tests || true  # finding
          - run: ./deploy.sh
    ```
    ## Good
    ```yaml .github/workflows/release.yml
    on: push
    jobs:
      release:
        runs-on: ubuntu-24.04
        steps:
          - run: pytest tests
          - run: ./deploy.sh
    ```
    ## Good: a job that says it is advisory and that nothing waits for
    ```yaml .github/workflows/nightly.yml
    on: schedule
    jobs:
      nightly:
        name: newest dependencies (advisory)
        runs-on: ubuntu-24.04
        continue-on-error: true
        steps:
          - run: pytest tests
    ```
    """
    if isinstance(gate, WorkflowStep):
        yield from _action(gate, graph)
    else:
        yield from _command(gate, graph)


def _action(step: WorkflowStep, graph: SupplyGraph) -> Iterator[Observation]:
    kind = gates.action_kind(step)
    reason = gates.meek_action(step) or _job_tolerance(step, graph)
    if kind and reason and not _is_advisory(step, graph) and not _asked_later(step, graph):
        line = step.lines.get("uses", step.span.first)
        lines = _tolerance_lines(step, graph)
        yield _observation(step.uses, kind, reason, Span(step.span.path, line, line), lines)


def _command(command: ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    kind = gates.command_kind(command)
    if not kind:
        return
    step = _step_of(command, graph)
    if step is None and command.context == "ci":
        return
    if step and (_is_advisory(step, graph) or _asked_later(step, graph)):
        return
    reason = _own_tolerance(command, graph) or gates.meek(command)
    lines: tuple[Evidence, ...] = ()
    if not reason and step:
        if _blocks_beside(step, kind, graph):
            return
        reason = _job_tolerance(step, graph)
        lines = _tolerance_lines(step, graph)
    if reason:
        shown = " ".join(command.argv)[:80]
        local = command.context == "make" and not _made_by_pipeline(graph)
        yield _observation(shown, kind, reason, command.span, lines, local)


@asked_once
def _made_by_pipeline(graph: SupplyGraph) -> bool:
    """Whether a pipeline or an image calls make, so that a recipe's check is its gate."""
    return any(
        command.context in ("ci", "image") and command.argv[0].rpartition("/")[2] == "make"
        for command in graph.facts_of(ShellCommand)
    )


def _own_tolerance(command: ShellCommand, graph: SupplyGraph) -> str:
    """What around the command in its script throws its failure away."""
    if not command.tolerated or command.piped_into in _FILTERS:
        return ""
    silent = command.tolerance in ("no set -e", "no pipefail", "&")
    if silent and command.context in ("script", "notebook") and not _called(command, graph):
        return ""
    if command.tolerance == "&" and _is_waited_for(command, graph):
        return ""
    if command.tolerance == "no set -e":
        return "the script has no `set -e`, so that it goes on after a failure"
    if command.tolerance == "&& under set -e":
        return "in an `&&` list `set -e` looks at the last command only"
    if command.tolerance == "no pipefail":
        return f"it is piped into `{command.piped_into}` and the shell has no `pipefail`"
    return f"`{command.tolerance}`"


def _is_waited_for(command: ShellCommand, graph: SupplyGraph) -> bool:
    """Whether a later line waits for a job that runs in the background, and minds how it ends.

    A bare `wait` succeeds however the jobs end; `wait "$pid"` ends as the job does.
    """
    return any(
        other.argv[0] == "wait"
        and len(other.argv) > 1
        and not other.tolerated
        and other.span.first >= command.span.first
        for other in graph.facts_in(command.span.path, ShellCommand)
    )


def _called(command: ShellCommand, graph: SupplyGraph) -> bool:
    """Whether a pipeline, a Makefile or an image calls the script that the command is in."""
    name = command.span.path.rpartition("/")[2]
    return any(word.endswith(name) for word in _called_words(graph))


@asked_once
def _called_words(graph: SupplyGraph) -> frozenset[str]:
    return frozenset(
        word
        for other in graph.facts_of(ShellCommand)
        if other.context in ("ci", "make", "image")
        for word in other.argv
    )


def _step_of(command: ShellCommand, graph: SupplyGraph) -> WorkflowStep | None:
    at = command.span
    for step in graph.facts_in(at.path, WorkflowStep):
        if step.span.first <= at.first and at.last <= step.span.last:
            return step
    return None


def _blocks_beside(step: WorkflowStep, kind: str, graph: SupplyGraph) -> bool:
    """Whether the job looks further than a gate: nothing needs it, and the same kind of check
    blocks in another job of the workflow.
    """
    path = step.span.path
    if any(step.job in job.needs for job in graph.facts_in(path, WorkflowJob)):
        return False
    for other in graph.facts_in(path, ShellCommand):
        if gates.command_kind(other) == kind and not other.tolerated and not gates.meek(other):
            beside = _step_of(other, graph)
            if beside and beside.job != step.job and not _job_tolerance(beside, graph):
                return True
    return False


def _job_of(step: WorkflowStep, graph: SupplyGraph) -> WorkflowJob | None:
    jobs = graph.facts_in(step.span.path, WorkflowJob)
    return next((job for job in jobs if job.name == step.job), None)


def _job_tolerance(step: WorkflowStep, graph: SupplyGraph) -> str:
    job = _job_of(step, graph)
    if step.tolerant:
        return "`continue-on-error` on the step"
    if job and job.tolerant:
        return "`continue-on-error` on the job"
    return ""


def _tolerance_lines(step: WorkflowStep, graph: SupplyGraph) -> tuple[Evidence, ...]:
    job = _job_of(step, graph)
    for place in (step, job):
        if place and place.tolerant and "continue-on-error" in place.lines:
            line = place.lines["continue-on-error"]
            span = Span(step.span.path, line, line)
            return (Evidence(span, "throws the failure away"),)
    return ()


def _is_advisory(step: WorkflowStep, graph: SupplyGraph) -> bool:
    """Whether the step says that it only informs, and no job waits for it."""
    job = _job_of(step, graph)
    flows = graph.facts_in(step.span.path, Workflow)
    said = [step.name, job.title if job else "", job.name if job else ""]
    if not any(
        _ADVISORY.search(text.replace("_", " ")) for text in [*said, *(f.name for f in flows)]
    ):
        return False
    jobs = graph.facts_in(step.span.path, WorkflowJob)
    return not any(step.job in other.needs for other in jobs)


def _asked_later(step: WorkflowStep, graph: SupplyGraph) -> bool:
    """Whether a later step acts on the outcome of this one."""
    if not step.id:
        return False
    outcome = re.compile(rf"steps\.{re.escape(step.id)}\.(?:outcome|conclusion)")
    return any(
        later.job == step.job
        and outcome.search(later.condition + later.script + " ".join(later.env.values()))
        for later in graph.facts_in(step.span.path, WorkflowStep)
    )


def _observation(
    what: str,
    kind: str,
    reason: str,
    span: Span,
    more: tuple[Evidence, ...],
    local: bool = False,
) -> Observation:
    return Observation(
        subject=f"{kind} in {span.path}",
        message=(
            f"`{what}` cannot stop anything ({reason}): when {_NAMES[kind]} in `{span.path}`"
            " fail, the pipeline goes on as if all were well"
        ),
        evidence=(Evidence(span, reason), *more),
        severity=Severity.LOW if local else None,
        because="no pipeline of the tree was seen to call make" if local else "",
        asset=f"pipeline:{span.path}",
    )
