"""Deployments to production that any branch can start and nobody confirms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_access import workflow_of
from whence.rules.deployment.ci.releases import deploying, is_production
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import Workflow, WorkflowJob
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_PROTECTED = re.compile(r"^(?:main|master|trunk|production|prod|release|stable)(?:$|[/*-])")
_BRANCH_CONDITION = re.compile(
    r"github\.ref(?:_name)?\s*==\s*'(?:refs/(?:heads|tags)/)?[\w./-]+'|startsWith\(github\.ref,\s*'refs/tags"
    r"|github\.ref_type\s*==\s*'tag'|github\.ref_protected|github\.event_name\s*==\s*'release'"
)
_STAGING = re.compile(
    r"\b(?:stag(?:e|ing)|dev|develop|preview|test|sandbox|review|qa)\b", re.IGNORECASE
)


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-285", "CWE-284", "OWASP-CICD-SEC-1"),
)
def check(job: WorkflowJob, graph: SupplyGraph) -> Iterator[Observation]:
    """A deployment to production starts from any branch, and nobody has to confirm it.

    Whoever can push a branch, also one that no reviewer has seen, ships it. A single stolen account
    or token is enough to replace the program and the model that users rely on.

    ## Attack
    1. The adversary gets a contributor's token and pushes a branch.
    2. The workflow starts on every push and deploys what it finds there.
    3. The changed model answers users before anybody has looked at the branch.

    ## Fix
    Deploy from protected branches or tags, into an environment that asks for a reviewer:
    ```yaml
    on:
      push:
        branches: [main]
    jobs:
      deploy:
        environment: production
    ```

    ## Score
    - AV:N the push arrives over the network
    - AC:L the workflow starts by itself
    - PR:H the adversary needs an account that may push
    - UI:N nobody has to confirm
    - S:U the damage is to the deployed application
    - C:L what the application can read
    - I:H the application and its model are replaced
    - A:H the application can be stopped

    ## Bad
    ```yaml .github/workflows/deploy.yml
    on: push
    jobs:
      deploy-production:
        runs-on: ubuntu-24.04
        steps:
          - run: kubectl apply -f k8s/  # finding
    ```
    ## Good
    ```yaml .github/workflows/deploy.yml
    on:
      push:
        branches: [main]
    jobs:
      deploy-production:
        environment: production
        runs-on: ubuntu-24.04
        steps:
          - run: kubectl apply -f k8s/
    ```
    """
    places = deploying(job, graph)
    text = f"{job.name} {job.title} {job.environment}".replace("-", " ").replace("_", " ")
    if not places or job.environment or (_STAGING.search(text) and not is_production(job)):
        return
    flow = workflow_of(job, graph)
    if flow.kind == "action":
        return
    how = _open_ways(flow, job, graph)
    path = job.span.path
    bound = not how
    yield Observation(
        subject=f"{path} job {job.name}",
        message=(
            f"job `{job.name}` of `{path}` deploys without a protected environment"
            + (f", and {how}" if how else "; the branch is the only thing that stands before it")
        ),
        evidence=(
            *(Evidence(place, "deploys") for place in places[:3]),
            *(
                Evidence(Span(path, line, line), "starts it")
                for line in _trigger_lines(flow, bound)
            ),
        ),
        severity=Severity.LOW if bound else None,
        because="it starts only from a branch that can be protected" if bound else "",
        confidence=None if is_production(job) else Confidence.MEDIUM,
        asset=f"pipeline:{path}",
    )


def _trigger_lines(flow: Workflow, bound: bool) -> list[int]:
    line = flow.lines.get("on.push", 0)
    return [line] if line and not bound else []


def _open_ways(flow: Workflow, job: WorkflowJob, graph: SupplyGraph) -> str:
    """How the job can start from code that no protected branch holds; empty if it cannot."""
    if _BRANCH_CONDITION.search(job.condition):
        return ""
    needed = [
        other for other in graph.facts_in(job.span.path, WorkflowJob) if other.name in job.needs
    ]
    if any(_BRANCH_CONDITION.search(other.condition) for other in needed):
        return ""
    if {"pull_request", "pull_request_target"} & set(flow.triggers):
        return "a pull request can start it"
    if "push" in flow.triggers:
        branches = flow.filters.get("push.branches", ())
        tags = flow.filters.get("push.tags", ())
        if not branches and not tags:
            return "a push to any branch starts it"
        loose = [branch for branch in branches if not _PROTECTED.match(branch)]
        if loose:
            return f"a push to `{loose[0]}` starts it"
        return ""
    if "workflow_dispatch" in flow.triggers:
        return "anyone with write access can start it from any branch"
    return ""
