"""Secrets of a pipeline where more than the one step that needs them can see them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_access import PRIVILEGED, outsiders_reach, steps_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import ShellCommand, Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SECRET = re.compile(r"\$\{\{[^}]*\bsecrets\.(\w+)")
_ALL = re.compile(r"\$\{\{\s*toJSON\(\s*secrets\s*\)|\$\{\{[^}]*\bsecrets\s*\}\}", re.IGNORECASE)
_PRINTS = frozenset({"echo", "printf", "cat", "tee", "env", "printenv"})
_OWN_TOKEN = "GITHUB_TOKEN"  # noqa: S105
_MASKS = re.compile(r"::add-mask::")


@rule(
    severity=Severity.HIGH,
    references=("CWE-522", "CWE-532", "CWE-214", "AML.T0055", "OWASP-CICD-SEC-6"),
)
def check(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """A pipeline shows a secret to more than the one step that needs it.

    Printed, passed as an argument, set for a whole job or workflow, or handed to every called
    workflow, a secret is within reach of each action, each package and each log reader. Masking
    only hides the exact text: a part of it, or its base64, goes through.

    ## Attack
    1. The adversary gets code into any step of the job, or reads the log or the artefact.
    2. The secret stands in the environment, the process list or the output.
    3. It opens the registry, the bucket or the hub that the pipeline deploys to.

    ## Fix
    Give it to the one step, by its environment, and let the program read it from there:
    ```yaml
    - run: ./publish.sh
      env:
        HUB_TOKEN: ${{ secrets.HUB_TOKEN }}
    ```

    ## Score
    - AV:N the other step's code, or the log, is reached over the network
    - AC:H the adversary must get code into a step or read the log
    - PR:N no account of the project is needed
    - UI:N the pipeline runs by itself
    - S:U the damage is what the secret opens
    - C:H the secret is read in full
    - I:H what it opens can be changed
    - A:H what it opens can be deleted

    ## Bad
    ```yaml .github/workflows/publish.yml
    on: push
    jobs:
      publish:
        runs-on: ubuntu-24.04
        env:
          HUB_TOKEN: ${{ secrets.HUB_TOKEN }}  # finding
        steps:
          - uses: acme/setup@8f4b7f84864484a7bf31766abe9204da3cbe65b3
          - run: ./publish.sh
    ```
    ## Good
    ```yaml .github/workflows/publish.yml
    on: push
    jobs:
      publish:
        runs-on: ubuntu-24.04
        steps:
          - uses: acme/setup@8f4b7f84864484a7bf31766abe9204da3cbe65b3
          - run: ./publish.sh
            env:
              HUB_TOKEN: ${{ secrets.HUB_TOKEN }}
    ```
    """
    path = job.span.path
    steps = steps_of(job, graph)
    found = [
        *_broad(job, steps, graph),
        *(exposed for step in steps for exposed in _in_step(step, graph)),
        *_handed_over(job),
        *_reachable(job, steps, graph),
    ]
    groups: dict[str, list[Evidence]] = {}
    for name, each in found:
        groups.setdefault(name, []).append(each)
    for name, evidence in groups.items():
        notes = "; ".join(dict.fromkeys(piece.note for piece in evidence))
        shown = f"the secret `{name}`" if name != "*" else "all secrets"
        yield Observation(
            subject=f"{name} in {path} job {job.name}",
            message=f"job `{job.name}` of `{path}` exposes {shown}: {notes}",
            evidence=tuple(evidence),
            asset=f"pipeline:{path}",
        )


Found = tuple[str, Evidence]


def _names(text: str) -> list[str]:
    if _ALL.search(text):
        return ["*"]
    return [name for name in _SECRET.findall(text) if name != _OWN_TOKEN]


def _broad(job: WorkflowJob, steps: list[WorkflowStep], graph: SupplyGraph) -> Iterator[Found]:
    """Secrets in the environment of a whole job or workflow."""
    path = job.span.path
    flow = graph.facts_in(path, Workflow)[0]
    others = [step for step in steps if step.uses and not step.uses.startswith("./")]
    if len(steps) > 1 or others:
        for variable, value in job.env.items():
            for name in _names(value):
                line = job.lines.get(f"env.{variable}", job.span.first)
                note = f"it is in the environment of all {len(steps)} steps"
                yield name, Evidence(Span(path, line, line), note)
    first = min(graph.facts_in(path, WorkflowJob), key=lambda each: each.span)
    if job == first:
        for variable, value in flow.env.items():
            for name in _names(value):
                line = flow.lines.get(f"env.{variable}", flow.span.first)
                yield (
                    name,
                    Evidence(Span(path, line, line), "it is in the environment of every job"),
                )


def _in_step(step: WorkflowStep, graph: SupplyGraph) -> Iterator[Found]:
    """Secrets that a step prints, passes as arguments, or gets all at once."""
    for command in graph.facts_in(step.span.path, ShellCommand):
        inside = step.span.first <= command.span.first <= step.span.last
        if inside and not _MASKS.search(" ".join(command.argv)):
            yield from _in_command(step, command)
    for section, values in (("with", step.inputs), ("env", step.env)):
        for key, value in values.items():
            if "*" in _names(value):
                line = step.lines.get(f"{section}.{key}", step.span.first)
                note = f"`{step.uses or key}` gets every secret"
                yield "*", Evidence(Span(step.span.path, line, line), note)


def _in_command(step: WorkflowStep, command: ShellCommand) -> Iterator[Found]:
    text = " ".join(command.argv)
    program = command.argv[0].rpartition("/")[2]
    for name in _names(text):
        yield name, Evidence(command.span, _how(program, command))
    if program not in _PRINTS or command.piped_into or command.writes:
        return
    for variable, value in step.env.items():
        if re.search(rf"\$\{{?{re.escape(variable)}\b(?!:\+)", text):
            for name in _names(value):
                yield name, Evidence(command.span, "it is printed to the log")


def _how(program: str, command: ShellCommand) -> str:
    if program in _PRINTS and command.writes:
        return f"it is written to `{command.writes}`"
    if program in _PRINTS and not command.piped_into:
        return "it is printed to the log"
    return "it is pasted into the script, and so in arguments and shell text"


def _handed_over(job: WorkflowJob) -> Iterator[Found]:
    if job.inherits_secrets and not job.uses.startswith("./"):
        line = job.lines.get("secrets", job.span.first)
        note = f"`secrets: inherit` hands them to `{job.uses}`"
        yield "*", Evidence(Span(job.span.path, line, line), note)


def _reachable(job: WorkflowJob, steps: list[WorkflowStep], graph: SupplyGraph) -> Iterator[Found]:
    """Secrets in a job that outsiders start and that runs a contributor's checkout."""
    if not outsiders_reach(job, graph) & (PRIVILEGED - {"issues", "fork", "gollum"}):
        return
    foreign = any(
        step.uses.startswith("actions/checkout@")
        and re.search(r"head\.(?:sha|ref)|head_ref|head_sha|refs/pull", step.inputs.get("ref", ""))
        for step in steps
    )
    if not foreign:
        return
    for step in steps:
        for variable, value in (*step.env.items(), *step.inputs.items()):
            section = "env" if variable in step.env else "with"
            for name in _names(value):
                line = step.lines.get(f"{section}.{variable}", step.span.first)
                note = "a job that checks out contributors' code holds it"
                yield name, Evidence(Span(job.span.path, line, line), note)
