"""Deployments that nothing can stop."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.deployment.ci import gates
from whence.rules.deployment.ci.outsider_access import steps_of
from whence.rules.deployment.ci.releases import commands_of, deploying
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.deployment import ShellCommand, Workflow, WorkflowJob
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_WANTED = {
    gates.TEST: "tests",
    gates.SCAN: "a scan for known vulnerabilities",
    gates.EVALUATION: "an evaluation of the model",
}
_APPROVAL = "approval"


@rule(
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    references=("CWE-693", "CWE-1357", "AML.T0010", "OWASP-CICD-SEC-1", "OWASP-ML06:2023"),
)
def check(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """A pipeline deploys what no check has looked at.

    Between the change and production stands nothing that could say no: a package with a published
    weakness, a model that has been swapped or has learnt something foul, code that does not work,
    all arrive alike.

    ## Attack
    1. The adversary gets a change in: a dependency's release, poisoned data, a merged contribution.
    2. The pipeline builds it and deploys it in the same run.
    3. The first to notice are the users.

    ## Fix
    Put the checks before the deployment, and let it wait for them:
    ```yaml
    jobs:
      check:
        steps:
          - run: pytest
          - run: pip-audit -r requirements.txt
          - run: python evaluate.py --min-accuracy 0.9
      deploy:
        needs: check
        environment: production
    ```

    ## Score
    - AV:N the change arrives by a package or a contribution
    - AC:H the adversary needs a way to make the change
    - PR:N no account of the project is needed
    - UI:R somebody or something must start the workflow
    - S:U the damage is what the gate would have stopped
    - C:L what runs in production can be read
    - I:H a changed model or program is deployed
    - A:L a broken release is deployed as well

    ## Bad
    ```yaml .github/workflows/deploy.yml
    on: push
    jobs:
      deploy:
        runs-on: ubuntu-24.04
        steps:
          - run: docker build -t registry.acme.example/scorer:1 .
          - run: kubectl apply -f k8s/  # finding
    ```
    ## Good
    ```yaml .github/workflows/deploy.yml
    on: push
    jobs:
      check:
        runs-on: ubuntu-24.04
        steps:
          - run: pytest
          - run: pip-audit -r requirements.txt
          - run: python src/evaluation/evaluate.py --min-accuracy 0.9
      deploy:
        needs: check
        environment: production
        runs-on: ubuntu-24.04
        steps:
          - run: kubectl apply -f k8s/
    ```
    """
    places = deploying(job, graph)
    if not places:
        return
    before = [job, *_ancestors(job, graph)]
    present = {
        kind for each in before for kind in _kinds(each, places[0].first, each == job, graph)
    }
    present |= _upstream(job, graph)
    if job.environment or any(each.environment for each in before):
        present.add(_APPROVAL)
    missing = [text for kind, text in _WANTED.items() if kind not in present]
    if gates.EVALUATION not in present and not _has_model(graph):
        missing.remove(_WANTED[gates.EVALUATION])
    if _APPROVAL not in present:
        missing.append("an approval")
    serious = gates.TEST not in present or gates.SCAN not in present
    if not missing or not (serious or len(missing) > 1):
        return
    path = job.span.path
    yield Observation(
        subject=f"{path} job {job.name}",
        message=(
            f"job `{job.name}` of `{path}` deploys without {', '.join(missing)} before it that"
            " could stop it"
        ),
        evidence=tuple(Evidence(place, "deploys") for place in places[:5]),
        severity=None if gates.TEST not in present or len(missing) > 1 else Severity.LOW,
        because=""
        if gates.TEST not in present or len(missing) > 1
        else "one gate of several is missing",
        asset=f"pipeline:{path}",
    )


def _ancestors(job: WorkflowJob, graph: SupplyGraph) -> list[WorkflowJob]:
    """The jobs that this one waits for, directly or not."""
    jobs = {each.name: each for each in graph.facts_in(job.span.path, WorkflowJob)}
    found: dict[str, WorkflowJob] = {}
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        if name in jobs and name not in found:
            found[name] = jobs[name]
            waiting.extend(jobs[name].needs)
    if "always()" in job.condition and "success" not in job.condition:
        return []
    return list(found.values())


def _kinds(job: WorkflowJob, line: int, own: bool, graph: SupplyGraph) -> Iterator[str]:
    """The kinds of gates in a job; in the deploying job only those before the deployment."""
    for command in commands_of(job, graph):
        if own and command.span.first >= line:
            continue
        yield gates.command_kind(command)
        yield from _in_called(command, graph)
    for step in steps_of(job, graph):
        if not (own and step.span.first >= line):
            yield gates.action_kind(step)
            name = f"{step.name} {step.uses}".lower()
            if step.uses.startswith("./") and "test" in name:
                yield gates.TEST
    if job.uses:
        yield from _in_workflow(job.uses, graph)


def _in_called(command: ShellCommand, graph: SupplyGraph) -> Iterator[str]:
    """The gates in a script or Makefile of the tree that a command calls."""
    words = [word.removeprefix("./") for word in command.argv[:3]]
    paths = [word for word in words if word in graph.files]
    if command.argv[0] == "make":
        paths.append("Makefile")
    for path in paths:
        for inner in graph.facts_in(path, ShellCommand):
            yield gates.command_kind(inner)


def _in_workflow(uses: str, graph: SupplyGraph) -> Iterator[str]:
    path = uses.removeprefix("./")
    for job in graph.facts_in(path, WorkflowJob):
        for command in commands_of(job, graph):
            yield gates.command_kind(command)
        for step in steps_of(job, graph):
            yield gates.action_kind(step)


def _upstream(job: WorkflowJob, graph: SupplyGraph) -> set[str]:
    """The gates of the workflow whose completion starts this one."""
    flows = graph.facts_in(job.span.path, Workflow)
    if not flows or "workflow_run" not in flows[0].triggers:
        return set()
    names = flows[0].filters.get("workflow_run.workflows", ())
    found: set[str] = set()
    for other in graph.facts_of(Workflow):
        if other.name in names:
            found |= set(_in_workflow(other.span.path, graph))
    return found


def _has_model(graph: SupplyGraph) -> bool:
    """Whether the project trains or keeps a model, by the names of its files."""
    return any(
        path.endswith((".safetensors", ".onnx", ".pt", ".pth", ".joblib", ".pkl", ".keras", ".gguf"))
        or "/train" in f"/{path}" or path.startswith("models/")
        for path in graph.files
    )  # fmt: skip
