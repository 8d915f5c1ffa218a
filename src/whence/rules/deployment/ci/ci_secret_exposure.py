"""Secrets of a pipeline where more than the one step that needs them can see them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci.foreign_code import checks_out
from whence.rules.deployment.ci.outsider_access import (
    PRIVILEGED,
    outsiders_reach,
    steps_of,
    waits_for_someone,
)
from whence.rules.deployment.ci.outsider_values import expressions
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import ShellCommand, Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_SECRET = re.compile(r"\bsecrets(?:\.|\[\s{0,9}['\"])(\w+)")
_ALL = re.compile(r"\btoJSON\(\s{0,9}secrets\s{0,9}\)|\bsecrets\s{0,9}$", re.IGNORECASE)
_SHOWN = 6
Found = tuple[str, Evidence]
_ONLY_COMPARED = re.compile(r"!\s*secrets\.\w+|secrets\.\w+\s*[!=]=\s*(?:'[^']*'|\w+)")
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
    ways: tuple[tuple[str, list[Found]], ...] = (
        ("environment", list(_broad(job, steps, graph))),
        ("steps", [exposed for step in steps for exposed in _in_step(step, graph)]),
        ("calls", list(_handed_over(job))),
    )
    for way, found in ways:
        if found:
            every = any(name == "*" for name, _ in found)
            own = way == "environment" and not every and not _shared_with_others(steps)
            yield _observation(path, job.name, way, found, own)
    yield from _reachable(job, steps, graph)


def _observation(path: str, job: str, way: str, found: list[Found], among_own: bool) -> Observation:
    """One way in which a job exposes secrets, with all the secrets that go that way."""
    notes = "; ".join(dict.fromkeys(evidence.note for _, evidence in found))
    return Observation(
        subject=f"secrets by {way} in {path} job {job}",
        message=f"job `{job}` of `{path}` exposes {_listed(found)}: {notes}",
        evidence=tuple(evidence for _, evidence in found),
        severity=Severity.MEDIUM if among_own else None,
        because="only the platform's actions and the project's own scripts share the job"
        if among_own
        else "",
        asset=f"pipeline:{path}",
    )


def _listed(found: list[Found]) -> str:
    names = list(dict.fromkeys(name for name, _ in found))
    if "*" in names:
        return "all secrets"
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"the secret{'s' if len(names) > 1 else ''} {shown}{more}"


def _shared_with_others(steps: list[WorkflowStep]) -> bool:
    """Whether actions of others than the platform run in the job."""
    return any(
        step.uses and not step.uses.startswith(("./", "actions/", "github/")) for step in steps
    )


def _names(text: str) -> list[str]:
    """The secrets that a text expands; whether one is set at all gives nothing away."""
    inner = [_ONLY_COMPARED.sub("true", body) for _, body in expressions(text)]
    if any(_ALL.search(body) for body in inner):
        return ["*"]
    return [name for body in inner for name in _SECRET.findall(body) if name != _OWN_TOKEN]


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


def _reachable(
    job: WorkflowJob, steps: list[WorkflowStep], graph: SupplyGraph
) -> Iterator[Observation]:
    """Secrets in a job that outsiders start and that takes a contributor's code."""
    if not outsiders_reach(job, graph) & (PRIVILEGED - {"issues", "fork", "gollum"}):
        return
    if not any(checks_out(step, graph) for step in steps):
        return
    path = job.span.path
    found: list[Found] = []
    for step in steps:
        for variable, value in (*step.env.items(), *step.inputs.items()):
            section = "env" if variable in step.env else "with"
            for name in _names(value):
                line = step.lines.get(f"{section}.{variable}", step.span.first)
                found.append((name, Evidence(Span(path, line, line), f"holds `{name}`")))
    if found:
        waits = waits_for_someone(job, graph)
        yield Observation(
            subject=f"secrets beside contributors' code in {path} job {job.name}",
            message=(
                f"job `{job.name}` of `{path}` holds {_listed(found)} and checks out contributors'"
                " code: whatever runs of that code can read them"
            ),
            evidence=tuple(evidence for _, evidence in found),
            severity=Severity.MEDIUM if waits else None,
            because=waits,
            asset=f"pipeline:{path}",
        )
