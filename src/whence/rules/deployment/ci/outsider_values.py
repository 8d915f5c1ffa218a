"""Which values of a GitHub workflow somebody outside the project chooses, and how they travel."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.vocabulary.fact.deployment import Workflow, WorkflowJob, WorkflowStep
from whence.vocabulary.graph import SupplyGraph

# Context paths that hold text of an outsider's choice, by GitHub's documentation of the events.
_PEOPLE = r"(?:author|committer)\.(?:email|name)"
_HEAD = r"head\.(?:ref|label|repo\.(?:default_branch|description|homepage))"
_OUTSIDER = re.compile(
    r"github\.(?:head_ref\b"
    r"|event\.(?:issue|pull_request|discussion)\.(?:title|body)\b"
    rf"|event\.pull_request\.{_HEAD}\b"
    r"|event\.(?:comment|review|review_comment)\.body\b"
    r"|event\.pages(?:\.\*|\[\d+\]|\.\d+)?\.(?:page_name|title|summary)\b"
    rf"|event\.commits(?:\.\*|\[\d+\]|\.\d+)?\.(?:message|{_PEOPLE})\b"
    rf"|event\.head_commit\.(?:message|{_PEOPLE})\b"
    rf"|event\.workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|{_PEOPLE})"
    r"|head_repository\.description|pull_requests(?:\.\*|\[\d+\])?\.head\.ref)\b"
    r"|event\.changes\.(?:title|body)\.from\b"
    r"|event\.(?:commits|pages|issue|comment|review|discussion|pull_request|head_commit)?\s*\))",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\b(?:toJSON)\(\s*github(?:\.event)?\s*\)", re.IGNORECASE)
_INPUT = re.compile(r"(?:github\.event\.)?inputs\.([\w-]+)|github\.event\.(client_payload)\b", re.I)
_HARMLESS_CALL = re.compile(r"\b(?:contains|startsWith|endsWith|hashFiles)\([^()]*\)", re.I)
_COMPARISON = re.compile(
    r"(?<![\w.*\[\]-])[\w.*\[\]-]++\s*+[!=]=\s*(?:'[^']*'|[\w.-]+)|'[^']*'\s*[!=]=\s*[\w.-]+"
)
_BRACKET = re.compile(r"\[\s*['\"]([\w-]+)['\"]\s*\]")

# Actions whose outputs carry names or texts out of a contribution.
_CARRIERS = re.compile(
    r"(?:tj-actions/(?:changed-files|branch-names)|jitterbit/get-changed-files"
    r"|dorny/paths-filter|trilom/file-changes-action|xt0rted/pull-request-comment-branch"
    r"|peter-evans/find-comment|peter-murray/issue-body-parser-action"
    r"|potiuk/get-workflow-origin|actions-ecosystem/action-regex-match)@",
)

# Inputs of actions that are run as a script.
SCRIPT_INPUTS = {
    "actions/github-script": ("script",),
    "appleboy/ssh-action": ("script",),
    "azure/cli": ("inlineScript",),
    "azure/powershell": ("inlineScript",),
    "nick-fields/retry": ("command",),
    "nick-invision/retry": ("command",),
    "addnab/docker-run-action": ("run", "options"),
    "jannekem/run-python-script-action": ("script",),
    "mikefarah/yq": ("cmd",),
}

# Inputs of actions that tell an agent what to do.
PROMPT_INPUTS = {
    "anthropics/claude-code-action": ("prompt", "direct_prompt", "override_prompt"),
    "anthropics/claude-code-base-action": ("prompt",),
    "google-github-actions/run-gemini-cli": ("prompt",),
    "openai/codex-action": ("prompt",),
}

OPEN_EVENTS = frozenset(
    {"pull_request_target", "issues", "issue_comment", "discussion", "discussion_comment"}
    | {"pull_request_review", "pull_request_review_comment", "workflow_run", "fork", "gollum"}
)
FORK_EVENTS = frozenset({"pull_request"})
_REQUESTS = frozenset({"pull_request", "pull_request_target"})
_REVIEWS = frozenset({"pull_request_review", "pull_request_review_comment"})
# The events whose runs have a value in a part of the context, by GitHub's documentation.
_GIVEN_BY = (
    (re.compile(r"github\.head_ref"), _REQUESTS),
    (re.compile(r"event\.pull_request\b"), _REQUESTS | _REVIEWS),
    (re.compile(r"event\.issue\b"), frozenset({"issues", "issue_comment"})),
    (
        re.compile(r"event\.comment\b"),
        frozenset({"issue_comment", "discussion_comment", "commit_comment"}) | _REVIEWS,
    ),
    (re.compile(r"event\.review"), _REVIEWS),
    (re.compile(r"event\.discussion\b"), frozenset({"discussion", "discussion_comment"})),
    (re.compile(r"event\.(?:commits|head_commit)\b"), frozenset({"push"})),
    (re.compile(r"event\.workflow_run\b"), frozenset({"workflow_run"})),
    (re.compile(r"event\.pages\b"), frozenset({"gollum"})),
    (re.compile(r"event\.client_payload\b"), frozenset({"repository_dispatch"})),
)
_LISTS_FILES = re.compile(
    r"git diff\b[^|\n;]*--name-(?:only|status)|gh pr diff\b[^|\n;]*--name-only"
    r"|gh (?:pr|issue) view\b[^|\n;]*(?:title|body|headRefName|files|comments)"
    r"|git log\b[^|\n;]*(?:--format|--pretty)"
)


def given_by(origin: str, events: frozenset[str]) -> frozenset[str]:
    """Those of some events whose runs have a value at a context path."""
    for pattern, known in _GIVEN_BY:
        if pattern.search(origin):
            return events & known
    return events


class Value(msgspec.Struct, frozen=True):
    """An expression whose text somebody else chooses.

    `origin` is the context path, `through` how it got here (`env.TITLE`), `kind` `outsider` (anyone
    with an account) or `input` (whoever starts or calls the workflow).
    """

    expression: str
    origin: str
    through: str
    kind: str


def expressions(text: str) -> Iterator[tuple[str, str]]:
    """Every `${{ … }}` of a text, whole and without its braces."""
    at = 0
    while (start := text.find("${{", at)) >= 0 and (end := text.find("}}", start)) >= 0:
        yield text[start : end + 2], text[start + 3 : end][:2000]
        at = end + 2


def normal(expression: str) -> str:
    """An expression with `['name']` written as `.name`, without what only gives true or false."""
    text = _BRACKET.sub(r".\1", expression)
    for _ in range(4):
        text = _HARMLESS_CALL.sub("true", text)
    return _COMPARISON.sub("true", text)


def direct(text: str, bounded: frozenset[str] = frozenset()) -> Iterator[tuple[str, str, str]]:
    """Expression, origin and kind of every foreign value written in a text."""
    for whole, inner in expressions(text):
        body = normal(inner)
        found = _OUTSIDER.search(body) or _WHOLE.search(body)
        if found:
            yield whole, found.group().rstrip(" )"), "outsider"
            continue
        given = _INPUT.search(body)
        if given and given[1] not in bounded:
            yield whole, given.group(), "input"


def values(text: str, step: WorkflowStep, graph: SupplyGraph) -> list[Value]:
    """Every foreign value that a text expands, also by way of env, outputs and inputs."""
    path = step.span.path
    bounded = frozenset(name for flow in graph.facts_in(path, Workflow) for name in flow.bounded)
    found = [Value(whole, origin, "", kind) for whole, origin, kind in direct(text, bounded)]
    for whole, inner in expressions(text):
        for name in re.findall(r"\benv\.(\w+)", normal(inner)):
            for _, origin, kind in direct(environment(step, graph).get(name, ""), bounded):
                found.append(Value(whole, origin, f"env.{name}", kind))
        found.extend(_from_outputs(whole, normal(inner), step, graph, bounded))
    return list(dict.fromkeys(found))


def environment(step: WorkflowStep, graph: SupplyGraph) -> dict[str, str]:
    """The variables that a step sees, from workflow, job and step."""
    path = step.span.path
    known: dict[str, str] = {}
    for flow in graph.facts_in(path, Workflow):
        known |= flow.env
    for job in graph.facts_in(path, WorkflowJob):
        if job.name == step.job:
            known |= job.env
    return known | step.env


def _from_outputs(
    whole: str, body: str, step: WorkflowStep, graph: SupplyGraph, bounded: frozenset[str]
) -> Iterator[Value]:
    steps = graph.facts_in(step.span.path, WorkflowStep)
    for origin, kind, output in _step_outputs(body, step.job, steps, graph, bounded):
        yield Value(whole, origin, output, kind)
    jobs = {job.name: job for job in graph.facts_in(step.span.path, WorkflowJob)}
    for name, output in re.findall(r"\bneeds\.([\w-]+)\.outputs\.([\w-]+)", body):
        made = jobs[name].outputs.get(output, "") if name in jobs else ""
        through = f"needs.{name}.outputs.{output}"
        for _, origin, kind in direct(made, bounded):
            yield Value(whole, origin, through, kind)
        for origin, kind, _ in _step_outputs(made, name, steps, graph, bounded):
            yield Value(whole, origin, through, kind)


def _step_outputs(
    text: str,
    job: str,
    steps: list[WorkflowStep],
    graph: SupplyGraph,
    bounded: frozenset[str],
) -> Iterator[tuple[str, str, str]]:
    """Origin, kind and name of the foreign values in the step outputs that a text names."""
    for id_, output in re.findall(r"\bsteps\.([\w-]+)\.outputs\.([\w-]+)", text):
        for earlier in steps:
            if earlier.job == job and earlier.id == id_:
                for origin, kind in _output(earlier, output, graph, bounded):
                    yield origin, kind, f"steps.{id_}.outputs.{output}"


def _fetches_before(step: WorkflowStep, graph: SupplyGraph) -> bool:
    """Whether an earlier step of the job takes an artefact of another run."""
    return any(
        earlier.job == step.job
        and earlier.number < step.number
        and re.search(
            r"download-artifact|downloadArtifact|gh run download",
            " ".join((earlier.uses, earlier.script, *earlier.inputs.values())),
        )
        for earlier in graph.facts_in(step.span.path, WorkflowStep)
    )


def _output(
    step: WorkflowStep, output: str, graph: SupplyGraph, bounded: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """The foreign values that go into one output of a step."""
    if _CARRIERS.match(step.uses) and not re.fullmatch(r".*(?:any_|count|_sha|sha)\w*", output):
        yield f"what {step.uses} reports of the contribution", "outsider"
    if "GITHUB_OUTPUT" not in step.script and "::set-output" not in step.script:
        return
    known = environment(step, graph)
    artefacts = "workflow_run" in step.triggers and _fetches_before(step, graph)
    written = re.compile(rf"\b{re.escape(output)}\s*(?:=|<<|::)(.*)")
    for match in written.finditer(step.script):
        text = match[1]
        if _LISTS_FILES.search(text):
            yield "what git says of the contribution", "outsider"
        elif artefacts and re.search(r"\$\(\s*(?:cat|jq|head|<)", text):
            yield "what the artefact of another run holds", "outsider"
        for name in re.findall(r"\$\{?(\w+)", text):
            text += " " + known.get(name, "")
        for _, origin, kind in direct(text, bounded):
            yield origin, kind
