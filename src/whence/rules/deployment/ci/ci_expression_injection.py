"""Text of an outsider's choice pasted into a script before the shell reads it."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_access import callers, kept_out, starting_events
from whence.rules.deployment.ci.outsider_values import (
    FORK_EVENTS,
    OPEN_EVENTS,
    PROMPT_INPUTS,
    SCRIPT_INPUTS,
    Value,
    given_by,
    values,
)
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import Workflow, WorkflowStep
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
    secrets, and can change code, releases and models. The prompt of an agent is a program as well:
    a title can tell it what to do with the tools that it was given.

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
    events = starting_events(step.span.path, graph)
    for text, first, prompt in _scripts(step):
        for value in values(text, step, graph):
            if value.kind == "outsider" and not _arrives(value, events, step, graph):
                continue
            if prompt and (value.kind != "outsider" or not events & OPEN_EVENTS):
                continue
            yield _observation(step, value, _lines(text, first, value), prompt, graph)


def _arrives(value: Value, events: frozenset[str], step: WorkflowStep, graph: SupplyGraph) -> bool:
    """Whether any event that starts the step fills the value; unknown callers may."""
    called = any(
        flow.kind == "action" or "workflow_call" in flow.triggers
        for flow in graph.facts_in(step.span.path, Workflow)
    )
    return called or not events or bool(given_by(value.origin, events))


def _scripts(step: WorkflowStep) -> Iterator[tuple[str, int, bool]]:
    """What the step runs as a program, the line on which it begins, and whether it is a prompt."""
    if step.script:
        yield step.script, step.script_line, False
    action = step.uses.partition("@")[0].lower()
    for table, prompt in ((SCRIPT_INPUTS, False), (PROMPT_INPUTS, True)):
        for name in table.get(action, ()):
            if name in step.inputs:
                line = -step.lines.get(f"with.{name}", step.span.first)
                yield step.inputs[name], line, prompt


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
    step: WorkflowStep, value: Value, lines: list[int], prompt: bool, graph: SupplyGraph
) -> Observation:
    path = step.span.path
    severity, because = _severity(step, value, graph)
    if prompt and severity is None:
        severity, because = Severity.HIGH, "the agent may refuse, and does what it may, not more"
    by = f" by way of `{value.through}`" if value.through else ""
    name = step.name or step.id or f"step {step.number + 1}"
    whose = "anyone can write it" if value.kind == "outsider" else "whoever starts or calls it does"
    where = "the prompt of an agent" if prompt else "its script before the shell reads it"
    right = (
        "let the agent read it as data, without tools that write or run"
        if prompt
        else "pass it in `env:` and use it quoted"
    )
    kind = "an order" if prompt else "part of the program"
    subject = f"{value.origin} in {path} job {step.job}"
    return Observation(
        subject=subject if value.kind == "outsider" else f"inputs in {path}",
        message=(
            f"`{name}` of job `{step.job}` in `{path}` pastes `{value.origin}`{by} into {where},"
            f" and {whose}: {right}"
        ),
        evidence=tuple(
            Evidence(Span(path, line, line), f"{value.expression} becomes {kind}") for line in lines
        ),
        severity=severity,
        because=because,
        asset=f"pipeline:{path}",
    )


def _severity(step: WorkflowStep, value: Value, graph: SupplyGraph) -> tuple[Severity | None, str]:
    if value.kind == "input":
        return _of_input(step, value, graph)
    events = starting_events(step.span.path, graph)
    given = given_by(value.origin, events)
    if kept_out(step, graph):
        return Severity.MEDIUM, "a condition keeps the step from running for outsiders"
    action = any(flow.kind == "action" for flow in graph.facts_in(step.span.path, Workflow))
    if OPEN_EVENTS & given or (action and not events):
        return None, ""
    if FORK_EVENTS & given:
        return (
            Severity.HIGH,
            "the runs of a fork's pull request have no secrets and a token that only reads",
        )
    if not given:
        return Severity.HIGH, "what starts it is decided by workflows that are not in this tree"
    return Severity.HIGH, "the text arrives only with what a maintainer merges or pushes"


def _of_input(step: WorkflowStep, value: Value, graph: SupplyGraph) -> tuple[Severity | None, str]:
    """How bad an input is: by what the callers in the tree hand over, and who can start it."""
    name = value.origin.rpartition(".")[2]
    calling = callers(step.span.path, graph)
    for caller in calling:
        given = WorkflowStep(
            caller.span, caller.system, "", inputs=caller.inputs, triggers=step.triggers
        )
        if any(v.kind == "outsider" for v in values(caller.inputs.get(name, ""), given, graph)):
            if starting_events(caller.span.path, graph) & OPEN_EVENTS:
                return None, ""
            return Severity.HIGH, "outsiders' text arrives with a fork's runs or after a merge"
    if calling:
        return Severity.LOW, "no caller in the tree hands over an outsider's text"
    started = starting_events(step.span.path, graph)
    if started and not any(
        "workflow_call" in flow.triggers for flow in graph.facts_in(step.span.path, Workflow)
    ):
        return Severity.LOW, "only those who may start the workflow choose the value"
    return Severity.MEDIUM, "only those who call or start it choose the value"
