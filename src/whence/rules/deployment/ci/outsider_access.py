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
_WHO = (
    r"github\.(?:actor|triggering_actor|event\.sender\.login"
    r"|event\.(?:comment|issue|pull_request|review)\.user\.login)"
)
_MEMBERS = re.compile(
    r"author_association|head\.repo\.full_name\s*==\s*github\.repository|head\.repo\.fork\s*==\s*false"
    r"|!\s*github\.event\.pull_request\.head\.repo\.fork|github\.repository_owner\s*==\s*github\.actor"
    r"|workflow_run\.head_repository\.full_name\s*==\s*github\.repository"
    rf"|contains\(\s*(?:fromJSON\([^()]*\)|'[^']*'|vars\.\w+)\s*,\s*{_WHO}"
    rf"|{_WHO}\s*==\s*'[\w-]+'"
)
_PUSH_ONLY = re.compile(
    r"github\.event_name\s*==\s*'(?:push|schedule|workflow_dispatch|release)'"
    r"|github\.event\.workflow_run\.event\s*==\s*'(?:push|schedule)'"
    r"|github\.ref\s*==\s*'refs/heads/|github\.event_name\s*!=\s*'pull_request(?:_target)?'"
    r"|startsWith\(github\.ref,\s*'refs/tags/"
)
_LABELLED = re.compile(r"\blabels?(?:\.\*)?\.name\b")
# What asks the platform for somebody's rights before the next step runs.
_ASKS_RIGHTS = re.compile(
    r"getCollaboratorPermissionLevel|collaborators/[^/\s]+/permission|checkMembershipForUser"
    r"|memberships/|check-(?:actor|user)-permissions?|action-repository-permission"
    r"|repo-permission-check",
    re.IGNORECASE,
)
_DEEPEST = 4


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


def callers(path: str, graph: SupplyGraph) -> list[WorkflowJob | WorkflowStep]:
    """The jobs and steps of the tree that call a reusable workflow or a composite action."""
    target = path if path.startswith(".github/workflows/") else path.rpartition("/")[0]
    places: list[WorkflowJob | WorkflowStep] = [
        *graph.facts_of(WorkflowJob), *graph.facts_of(WorkflowStep),
    ]  # fmt: skip
    return [
        place
        for place in places
        if place.uses.startswith("./") and place.uses.removeprefix("./").rstrip("/") == target
    ]


def needed_by(job: WorkflowJob, graph: SupplyGraph) -> list[WorkflowJob]:
    """The jobs that a job waits for, directly or not, and without which it does not start."""
    if re.search(r"\b(?:always|failure|cancelled)\(\)", job.condition):
        return []
    jobs = {each.name: each for each in graph.facts_in(job.span.path, WorkflowJob)}
    found: dict[str, WorkflowJob] = {}
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        if name in jobs and name not in found:
            found[name] = jobs[name]
            waiting.extend(jobs[name].needs)
    return [found[name] for name in sorted(found)]


def outsiders_reach(job: WorkflowJob, graph: SupplyGraph, depth: int = 0) -> frozenset[str]:
    """The events by which somebody outside the project can start the job.

    A reusable workflow's jobs start by what starts the workflows of the tree that call it.
    """
    before = needed_by(job, graph)
    if any(_keeps_out(each.condition) for each in (job, *before)):
        return frozenset()
    if any(_ASKS_RIGHTS.search(_text(step)) for each in before for step in steps_of(each, graph)):
        return frozenset()
    flow = workflow_of(job, graph)
    events = frozenset(flow.triggers) & (PRIVILEGED | FORKS)
    if depth < _DEEPEST and ("workflow_call" in flow.triggers or flow.kind == "action"):
        for caller in callers(job.span.path, graph):
            calling = caller if isinstance(caller, WorkflowJob) else job_of(caller, graph)
            if calling is not None:
                events |= outsiders_reach(calling, graph, depth + 1)
    return events


def starting_events(path: str, graph: SupplyGraph, depth: int = 0) -> frozenset[str]:
    """All events that start what is in a file, by way of its callers too; empty if not known."""
    events: frozenset[str] = frozenset()
    for flow in graph.facts_in(path, Workflow):
        events |= frozenset(flow.triggers) - {"workflow_call"}
    if depth < _DEEPEST:
        for caller in callers(path, graph):
            events |= starting_events(caller.span.path, graph, depth + 1)
    return events


def asked_before(step: WorkflowStep, graph: SupplyGraph) -> bool:
    """Whether an earlier step of the job asks for the rights of whoever started the run."""
    return any(
        earlier.job == step.job
        and earlier.number < step.number
        and _ASKS_RIGHTS.search(_text(earlier))
        for earlier in graph.facts_in(step.span.path, WorkflowStep)
    )


def kept_out(step: WorkflowStep, graph: SupplyGraph) -> bool:
    """Whether a condition of the step, its job or the jobs before it keeps outsiders out."""
    job = job_of(step, graph)
    jobs = (job, *needed_by(job, graph)) if job is not None else ()
    return _keeps_out(step.condition) or any(_keeps_out(each.condition) for each in jobs)


def waits_for_someone(job: WorkflowJob, graph: SupplyGraph) -> str:
    """Which decision of a maintainer comes before the job; empty where none does."""
    jobs = (job, *needed_by(job, graph))
    if any(_LABELLED.search(each.condition) for each in jobs):
        return "a maintainer must set a label first, and may not see what is pushed after that"
    if any(each.environment for each in jobs):
        return "it names an environment, which may ask for an approval"
    return ""


def _keeps_out(condition: str, depth: int = 0) -> bool:
    """Whether a condition holds for the project's own people or events only.

    Of alternatives every one must keep outsiders out, of conditions that hold together one.
    """
    text = condition.strip().removeprefix("${{").removesuffix("}}").strip()
    if depth < _DEEPEST * 2:
        for operator, judged in (("||", all), ("&&", any)):
            parts = _split(text, operator)
            if len(parts) > 1:
                return judged(_keeps_out(part, depth + 1) for part in parts)
        if text.startswith("(") and text.endswith(")"):
            return _keeps_out(text[1:-1], depth + 1)
    return bool(_MEMBERS.search(text) or _PUSH_ONLY.search(text))


def _split(text: str, operator: str) -> list[str]:
    """An expression's parts on both sides of an operator outside parentheses and quotes."""
    parts, level, quoted, start = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "()":
            level += 1 if letter == "(" else -1
        elif level == 0 and at >= start and text.startswith(operator, at):
            parts.append(text[start:at])
            start = at + len(operator)
    return [*parts, text[start:]]


def _text(step: WorkflowStep) -> str:
    return " ".join((step.uses, step.script, *step.inputs.values()))


def effective_permissions(job: WorkflowJob, graph: SupplyGraph) -> dict[str, str] | None:
    """The token scopes of a job; None where neither job nor workflow says anything."""
    if job.declared:
        return job.permissions
    flow = workflow_of(job, graph)
    return flow.permissions if flow.declared else None


def writes(permissions: dict[str, str] | None) -> list[str]:
    """The scopes that may be written; `*` for all."""
    return sorted(scope for scope, access in (permissions or {}).items() if access == "write")
