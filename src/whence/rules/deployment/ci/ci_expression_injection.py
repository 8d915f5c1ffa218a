"""Text of an outsider's choice pasted into a script before the shell reads it."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_values import (
    FORK_EVENTS,
    OPEN_EVENTS,
    SCRIPT_INPUTS,
    Value,
    insider_only,
    values,
)
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.CRITICAL,
    references=("CWE-94", "CWE-78", "AML.T0010", "OWASP-CICD-SEC-4"),
)
def check(step: WorkflowStep, graph: SupplyGraph) -> Iterator[Observation]:
    """A workflow pastes text of an outsider's choice into a script.

    `${{ … }}` is replaced before the shell starts: a title such as `"; curl … | sh; "` becomes part
    of the program. Whoever can open an issue then runs commands with the workflow's token and
    secrets, and can change code, releases and models.

    ## Attack
    1. The adversary opens an issue or a pull request whose title or branch name holds shell text.
    2. The workflow starts by itself and pastes the text into its script.
    3. The commands send the job's secrets away, or push a changed model with its token.

    ## Fix
    Hand the value over in the environment, where it stays data, and quote it:
    ```yaml
    - run: ./triage.sh "$TITLE"
      env:
        TITLE: ${{ github.event.issue.title }}
    ```
    In `actions/github-script` use `context.payload`, or `process.env.TITLE`.

    ## Score
    - AV:N an issue or pull request is opened over the network
    - AC:L the text is pasted as it is
    - PR:N anyone with a free account can do it
    - UI:N the workflow starts by itself
    - S:U the commands run in the job itself
    - C:H the job's token and secrets can be read
    - I:H with the token, code and releases can be changed
    - A:H runs and releases can be broken

    ## Bad
    ```yaml .github/workflows/triage.yml
    on: issues
    permissions:
      issues: write
    jobs:
      triage:
        runs-on: ubuntu-24.04
        steps:
          - run: |
              echo "new issue"
              echo "${{ github.event.issue.title }}" >> titles.txt  # finding
    ```
    ## Good
    ```yaml .github/workflows/triage.yml
    on: issues
    permissions:
      issues: write
    jobs:
      triage:
        runs-on: ubuntu-24.04
        steps:
          - run: |
              echo "issue ${{ github.event.issue.number }} by ${{ github.actor }}"
              echo "$TITLE" >> titles.txt
            env:
              TITLE: ${{ github.event.issue.title }}
    ```
    """
    for text, first in _scripts(step):
        for value in values(text, step, graph):
            yield _observation(step, value, _lines(text, first, value), graph)


def _scripts(step: WorkflowStep) -> Iterator[tuple[str, int]]:
    """What the step runs as a program, and the line on which it begins (0: not known)."""
    if step.script:
        yield step.script, step.script_line
    action = step.uses.partition("@")[0].lower()
    for name in SCRIPT_INPUTS.get(action, ()):
        if name in step.inputs:
            yield step.inputs[name], -step.lines.get(f"with.{name}", step.span.first)


def _lines(text: str, first: int, value: Value) -> list[int]:
    """The file's lines on which an expression stands; `first` is negative for a key's own line."""
    several = "\n" in text.strip()
    start = first if first > 0 else -first + (1 if several else 0)
    rows = [row for row, line in enumerate(text.split("\n")) if value.expression in line]
    if rows:
        return [start + row for row in rows] if several else [start]
    at = text.find(value.expression)
    return [start + text.count("\n", 0, max(at, 0))]


def _observation(
    step: WorkflowStep, value: Value, lines: list[int], graph: SupplyGraph
) -> Observation:
    path = step.span.path
    severity, because = _severity(step, value, graph)
    by = f" by way of `{value.through}`" if value.through else ""
    name = step.name or step.id or f"step {step.number + 1}"
    whose = "anyone can write it" if value.kind == "outsider" else "whoever starts or calls it does"
    return Observation(
        subject=f"{value.origin} in {path} job {step.job}",
        message=(
            f"`{name}` of job `{step.job}` in `{path}` pastes `{value.origin}`{by} into its script"
            f" before the shell reads it, and {whose}: pass it in `env:` and use it quoted"
        ),
        evidence=tuple(
            Evidence(Span(path, line, line), f"{value.expression} becomes part of the program")
            for line in lines
        ),
        severity=severity,
        because=because,
        asset=f"pipeline:{path}",
    )


def _severity(step: WorkflowStep, value: Value, graph: SupplyGraph) -> tuple[Severity | None, str]:
    if value.kind == "input":
        if _called_with_outside_text(step, value, graph):
            return None, ""
        return Severity.MEDIUM, "only those who may start or call the workflow choose the value"
    if insider_only(step, graph):
        return Severity.MEDIUM, "a condition keeps the step from running for outsiders"
    if not step.triggers or OPEN_EVENTS & set(step.triggers):
        return None, ""
    if FORK_EVENTS & set(step.triggers):
        return (
            Severity.HIGH,
            "the runs of a fork's pull request have no secrets and a token that only reads",
        )
    return Severity.HIGH, "the text arrives only with what a maintainer merges or pushes"


def _called_with_outside_text(step: WorkflowStep, value: Value, graph: SupplyGraph) -> bool:
    """Whether another workflow of the tree hands an outsider's text to this input."""
    name = value.origin.rpartition(".")[2]
    path = step.span.path
    target = path if path.startswith(".github/workflows/") else path.rpartition("/")[0]
    callers: list[WorkflowJob | WorkflowStep] = [
        *graph.facts_of(WorkflowJob), *graph.facts_of(WorkflowStep),
    ]  # fmt: skip
    for caller in callers:
        if caller.uses.startswith("./") and caller.uses.removeprefix("./").rstrip("/") == target:
            given = WorkflowStep(caller.span, caller.system, "", inputs=caller.inputs)
            if any(v.kind == "outsider" for v in values(caller.inputs.get(name, ""), given, graph)):
                return True
    return False
