"""Tokens of pipelines that may do more than the jobs do."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.deployment.ci.outsider_access import writes
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.deployment import Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

# Scopes with which the token can change what others receive.
_POWERFUL = frozenset({"*", "contents", "packages", "actions", "deployments", "id-token"})


@rule(
    severity=Severity.MEDIUM,
    references=("CWE-250", "CWE-272", "OWASP-CICD-SEC-5", "SLSA-BUILD-L3"),
)
def check(workflow: Workflow, graph: SupplyGraph) -> Iterator[Observation]:
    """A pipeline's token may do more than its jobs do.

    Every step of a job holds the token: each action, each test, each package that it installs. With
    broad rights a single compromised one pushes code, publishes packages and approves its own
    changes.

    ## Attack
    1. The adversary gets code to run in any step, through an action or a package.
    2. The step uses the job's token, which may write to the repository.
    3. A changed file or release goes out under the project's name.

    ## Fix
    Grant nothing for the workflow, and each job what it needs:
    ```yaml
    permissions: {}
    jobs:
      release:
        permissions:
          contents: write
    ```

    ## Score
    - AV:N the step's code comes over the network
    - AC:H the adversary must first get code into a step
    - PR:N no account of the project is needed
    - UI:R somebody or something must start the workflow
    - S:U the token acts on this repository
    - C:L what the token can read
    - I:H code and releases can be changed
    - A:L branches and releases can be deleted

    ## Bad
    ```yaml .github/workflows/ci.yml
    on: push
    permissions: write-all  # finding
    jobs:
      test:
        runs-on: ubuntu-24.04
        steps:
          - run: pytest
    ```
    ## Good
    ```yaml .github/workflows/ci.yml
    on: push
    permissions:
      contents: read
    jobs:
      test:
        runs-on: ubuntu-24.04
        steps:
          - run: pytest
      release:
        runs-on: ubuntu-24.04
        permissions:
          contents: write
        steps:
          - run: gh release create v1
    ```
    """
    if workflow.system != "github" or workflow.kind == "action":
        return
    path = workflow.span.path
    jobs = graph.facts_in(path, WorkflowJob)
    evidence = [*_for_all(workflow, jobs), *_all_scopes(jobs), *_unsaid(workflow, jobs)]
    if not evidence:
        return
    unsaid = all("nothing is said" in each.note for each in evidence)
    notes = list(dict.fromkeys(each.note for each in evidence))
    yield Observation(
        subject=path,
        message=(
            f"the token of `{path}` may do more than its jobs need: {'; '.join(notes[:3])}; declare"
            " `permissions:` with the least scopes, job by job"
        ),
        evidence=tuple(evidence),
        severity=Severity.LOW if unsaid and not _uses_others(path, graph) else None,
        because="the workflow runs no one else's code" if unsaid else "",
        asset=f"pipeline:{path}",
    )


def _for_all(workflow: Workflow, jobs: list[WorkflowJob]) -> Iterator[Evidence]:
    """Rights that the workflow gives to several jobs although one job should have them."""
    path = workflow.span.path
    granted = [scope for scope in writes(workflow.permissions) if scope in _POWERFUL]
    open_jobs = [job for job in jobs if not job.declared]
    if "*" in granted:
        line = workflow.lines.get("permissions", workflow.span.first)
        yield Evidence(Span(path, line, line), "`write-all` for every job")
    elif granted and len(open_jobs) > 1:
        for scope in granted:
            line = workflow.lines.get(f"permissions.{scope}", workflow.span.first)
            note = f"`{scope}: write` for all {len(open_jobs)} jobs"
            yield Evidence(Span(path, line, line), note)


def _all_scopes(jobs: list[WorkflowJob]) -> Iterator[Evidence]:
    for job in jobs:
        if "*" in writes(job.permissions):
            line = job.lines.get("permissions", job.span.first)
            yield Evidence(Span(job.span.path, line, line), f"`write-all` for job `{job.name}`")


def _unsaid(workflow: Workflow, jobs: list[WorkflowJob]) -> Iterator[Evidence]:
    if workflow.declared or workflow.kind == "reusable":
        return
    open_jobs = [job for job in jobs if not job.declared]
    if open_jobs:
        line = workflow.lines.get("jobs", workflow.lines.get("on", workflow.span.first))
        names = ", ".join(f"`{job.name}`" for job in open_jobs[:4])
        note = f"nothing is said for {names}, so that the repository's default holds"
        yield Evidence(Span(workflow.span.path, line, line), note)


def _uses_others(path: str, graph: SupplyGraph) -> bool:
    """Whether the workflow runs actions of others than the platform."""
    steps = graph.facts_in(path, WorkflowStep)
    return any(
        "/" in step.uses and not step.uses.startswith(("./", "actions/", "github/"))
        for step in steps
    )
