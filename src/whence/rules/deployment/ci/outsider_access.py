"""Who can start a GitHub workflow, and what its runs may then do."""

from __future__ import annotations

import re

from whence.vocabulary.fact.deployment import Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.graph import SupplyGraph

# Events that anyone can cause and whose runs have the repository's token and secrets.
PRIVILEGED = frozenset(
    {"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion"}
    | {"discussion_comment", "pull_request_review", "pull_request_review_comment", "fork", "gollum"}
)
FORKS = frozenset({"pull_request", "pull_request_target", "workflow_run", "issue_comment"})
_MEMBERS = re.compile(
    r"author_association|head\.repo\.full_name\s*==\s*github\.repository|head\.repo\.fork\s*==\s*false"
    r"|!\s*github\.event\.pull_request\.head\.repo\.fork|github\.repository_owner\s*==\s*github\.actor"
    r"|workflow_run\.head_repository\.full_name\s*==\s*github\.repository"
)
_PUSH_ONLY = re.compile(
    r"github\.event_name\s*==\s*'(?:push|schedule|workflow_dispatch|release)'"
    r"|github\.event\.workflow_run\.event\s*==\s*'(?:push|schedule)'"
    r"|github\.ref\s*==\s*'refs/heads/|github\.event_name\s*!=\s*'pull_request(?:_target)?'"
    r"|startsWith\(github\.ref,\s*'refs/tags/"
)


def workflow_of(part: WorkflowJob | WorkflowStep, graph: SupplyGraph) -> Workflow:
    """The workflow that a job or step belongs to."""
    return graph.facts_in(part.span.path, Workflow)[0]


def job_of(step: WorkflowStep, graph: SupplyGraph) -> WorkflowJob | None:
    """The job that a step belongs to."""
    jobs = graph.facts_in(step.span.path, WorkflowJob)
    return next((job for job in jobs if job.name == step.job), None)


def steps_of(job: WorkflowJob, graph: SupplyGraph) -> list[WorkflowStep]:
    """The steps of a job, in order."""
    steps = graph.facts_in(job.span.path, WorkflowStep)
    return sorted((step for step in steps if step.job == job.name), key=lambda step: step.number)


def outsiders_reach(job: WorkflowJob, graph: SupplyGraph) -> frozenset[str]:
    """The events by which somebody outside the project can start the job."""
    if _MEMBERS.search(job.condition) or _PUSH_ONLY.search(job.condition):
        return frozenset()
    triggers = frozenset(workflow_of(job, graph).triggers)
    return triggers & (PRIVILEGED | FORKS)


def effective_permissions(job: WorkflowJob, graph: SupplyGraph) -> dict[str, str] | None:
    """The token scopes of a job; None where neither job nor workflow says anything."""
    if job.declared:
        return job.permissions
    flow = workflow_of(job, graph)
    return flow.permissions if flow.declared else None


def writes(permissions: dict[str, str] | None) -> list[str]:
    """The scopes that may be written; `*` for all."""
    return sorted(scope for scope, access in (permissions or {}).items() if access == "write")
