"""Where a job takes a contributor's code, and where it runs it."""

from __future__ import annotations

import re

from whence.rules.deployment.ci.outsider_access import asked_before, callers
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowStep
from whence.vocabulary.graph import SupplyGraph

_FOREIGN = re.compile(
    r"github\.event\.pull_request\.(?:head\.(?:sha|ref)|merge_commit_sha|number)"
    r"|github\.head_ref|refs/pull/|github\.event\.(?:issue\.)?number|github\.event\.issue\.number"
    r"|github\.event\.workflow_run\.(?:head_sha|head_branch|head_commit\.id|pull_requests)"
    r"|github\.event\.workflow_run\.head_repository|github\.event\.pull_request\.head\.repo"
    r"|(?:steps|needs)\.[\w-]+\.outputs\.(?!\w*base)\w*(?:head|pr_|pull|merge_commit|ref\b|sha\b|branch\b)",
    re.IGNORECASE,
)
_FOREIGN_GIT = re.compile(r"refs/pull/|pull/\S+/(?:head|merge)|github\.head_ref|head\.(?:sha|ref)")
# Steps that only look at the code and run nothing of it.
_READING = re.compile(
    r"(?:actions/(?:labeler|github-script|upload-artifact|download-artifact|cache|setup-\w+|stale)"
    r"|peter-evans/|github/codeql-action/upload-sarif|dorny/paths-filter|tj-actions/)"
)
# Actions that build, run hooks, or let an agent obey the instruction files of the checkout.
_BUILDS = re.compile(
    r"docker/build-push-action|pre-commit/action|pypa/cibuildwheel|anthropics/claude-code"
    r"|google-github-actions/run-gemini-cli|openai/codex-action|gradle/|cypress-io/"
)
_HARMLESS = frozenset(
    {"git", "echo", "cat", "ls", "grep", "diff", "cp", "mv", "mkdir", "cd", "printf", "set", "exit"}
    | {"export", "test", "[", "[[", "true", "jq", "gh", "wc", "head", "tail", "sed", "tar", "date"}
    | {"sleep", "read", "cut", "sort", "uniq", "tr", "awk", "curl", "wget", "rm", "touch", "find"}
    | {"basename", "dirname", "tee", "pwd", "which", "command", "false", ":", "local", "return"}
)


def checks_out(step: WorkflowStep, graph: SupplyGraph) -> int:
    """The line on which a step takes a contributor's commit, or 0.

    A step after one that asks for the starter's rights counts as taking what somebody allowed.
    """
    if asked_before(step, graph):
        return 0
    if step.uses.startswith("actions/checkout@"):
        for name in ("ref", "repository"):
            if _FOREIGN.search(_given(step.inputs.get(name, ""), step, graph)):
                return step.lines.get(f"with.{name}", step.span.first)
        return 0
    for command in commands_in(step, graph):
        text = " ".join(command.argv)
        if command.argv[:3] == ("gh", "pr", "checkout"):
            return command.span.first
        fetches = command.argv[0] == "git" and {"checkout", "fetch", "pull", "clone"} & set(
            command.argv
        )
        values = " ".join(step.env.values())
        if fetches and (_FOREIGN_GIT.search(text) or ("$" in text and _FOREIGN.search(values))):
            return command.span.first
    return 0


def runs(step: WorkflowStep, graph: SupplyGraph, after: int) -> Span | None:
    """Where a step runs code of the working directory, after a line."""
    if step.uses:
        local = step.uses.startswith("./")
        other = not _READING.match(step.uses) and not step.uses.startswith("actions/checkout@")
        line = step.lines.get("uses", step.span.first)
        builds = bool(_BUILDS.match(step.uses))
        return Span(step.span.path, line, line) if local or (other and builds) else None
    for command in commands_in(step, graph):
        name = command.argv[0].rpartition("/")[2]
        if command.span.first > after and name not in _HARMLESS:
            return command.span
    return None


def commands_in(step: WorkflowStep, graph: SupplyGraph) -> list[ShellCommand]:
    """The commands of a step."""
    return [
        command
        for command in graph.facts_in(step.span.path, ShellCommand)
        if step.span.first <= command.span.first <= step.span.last
    ]


def _given(text: str, step: WorkflowStep, graph: SupplyGraph) -> str:
    """A text with what the callers in the tree hand over for the inputs that it names."""
    for name in re.findall(r"\binputs\.([\w-]+)", text):
        for caller in callers(step.span.path, graph):
            text += " " + caller.inputs.get(name, "")
    return text
