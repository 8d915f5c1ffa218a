"""Indexes and constraints that environment variables name: in images, pipelines and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.containers import ComposeService, ImageBuild, ImageInstruction
from whence.vocabulary.fact.dependencies import (
    Include,
    PackageIndex,
    is_public_index,
    without_credentials,
)
from whence.vocabulary.fact.deployment import (
    ShellAssignment,
    Workflow,
    WorkflowJob,
    WorkflowStep,
)
from whence.vocabulary.graph import SupplyGraph

CONTEXT = "environment"

_SETTINGS = {
    "PIP_INDEX_URL": ("pip", "primary"),
    "PIP_EXTRA_INDEX_URL": ("pip", "extra"),
    "PIP_FIND_LINKS": ("pip", "links"),
    "PIP_TRUSTED_HOST": ("pip", "trusted"),
    "PIP_NO_INDEX": ("pip", "none"),
    "UV_INDEX_URL": ("uv", "primary"),
    "UV_DEFAULT_INDEX": ("uv", "primary"),
    "UV_EXTRA_INDEX_URL": ("uv", "extra"),
    "UV_INDEX": ("uv", "extra"),
    "UV_FIND_LINKS": ("uv", "links"),
    "UV_INSECURE_HOST": ("uv", "trusted"),
    "UV_NO_INDEX": ("uv", "none"),
    "PIPENV_PYPI_MIRROR": ("pipenv", "primary"),
}
_CONSTRAINTS = ("PIP_CONSTRAINT", "UV_CONSTRAINT")
# Variables that switch off the check of certificates, with the values that do so.
_UNVERIFIED = {
    "CONDA_SSL_VERIFY": ("conda", "every channel", ("0", "false", "no")),
    "NODE_TLS_REJECT_UNAUTHORIZED": ("npm", "every registry", ("0",)),
    "NPM_CONFIG_STRICT_SSL": ("npm", "every registry", ("false",)),
    "GIT_SSL_NO_VERIFY": ("git", "every repository", ("1", "true", "yes")),
    "PYTHONHTTPSVERIFY": ("pip", "every index", ("0",)),
}
_PAIR = re.compile(r"""\b([A-Za-z_][A-Za-z0-9_]*+)=("[^"]*"|'[^']*'|\S*)""")
_OFF = frozenset(("", "0", "false", "no"))
_EXPRESSION = re.compile(r"\$\{\{(.{0,500}?)\}\}")


def settings(graph: SupplyGraph) -> Iterator[PackageIndex | Include]:
    """What variables of installers name, each at the line that sets it."""
    seen: set[PackageIndex | Include] = set()
    every = list(_settings(graph))
    strategies = {
        span.path: values["UV_INDEX_STRATEGY"]
        for span, _, values in every
        if "UV_INDEX_STRATEGY" in values
    }
    for span, lines, values in every:
        strategy = strategies.get(span.path, "first-index")
        for name, value in sorted(values.items()):
            line = lines.get(f"env.{name}", 0)
            place = Span(span.path, line, line) if line else span
            said: list[PackageIndex | Include] = [*_named(place, name, value, strategy)]
            for found in [*said, *_constraints(place, name, value)]:
                if found not in seen:
                    seen.add(found)
                    yield found


def _settings(graph: SupplyGraph) -> Iterator[tuple[Span, dict[str, int], dict[str, str]]]:
    """Where variables are set, the line of each where that is known, and their values."""
    for instruction in graph.facts_of(ImageInstruction):
        if instruction.keyword in ("ENV", "ARG"):
            yield instruction.span, {}, _assigned(instruction.value)
    for assignment in graph.facts_of(ShellAssignment):
        yield assignment.span, {}, {assignment.name: assignment.value}
    for build in graph.facts_of(ImageBuild):
        yield build.span, {}, build.arguments
    told: list[Workflow | WorkflowJob | WorkflowStep | ComposeService] = [
        *graph.facts_of(Workflow),
        *graph.facts_of(WorkflowJob),
        *graph.facts_of(WorkflowStep),
        *graph.facts_of(ComposeService),
    ]
    for each in told:
        yield each.span, each.lines, each.env


def _assigned(value: str) -> dict[str, str]:
    """The variables of an ENV instruction, in either of its forms."""
    name, _, rest = value.partition(" ")
    if "=" not in name and rest:
        return {name: rest.strip().strip("\"'")}
    return {name: value.strip("\"'") for name, value in _PAIR.findall(value)}


def _named(span: Span, name: str, value: str, strategy: str) -> Iterator[PackageIndex]:
    if name in _UNVERIFIED and value.lower() in _UNVERIFIED[name][2]:
        tool, what, _ = _UNVERIFIED[name]
        yield PackageIndex(span, tool, "trusted", what, verify=False, context=CONTEXT)
    if name not in _SETTINGS or value.lower() in _OFF:
        return
    tool, role = _SETTINGS[name]
    for word in _words(value) if role != "none" else [""]:
        label, _, address = (
            word.rpartition("=") if name in ("UV_INDEX", "UV_DEFAULT_INDEX") else ("", "", word)
        )
        url = without_credentials(address)
        yield PackageIndex(
            span,
            tool,
            role,
            url,
            label if re.fullmatch(r"[A-Za-z0-9._-]*", label) else "",
            strategy if tool == "uv" else "",
            verify=role != "trusted",
            public=is_public_index(url),
            context=CONTEXT,
        )


def _words(value: str) -> list[str]:
    """The addresses in a value; an expression of a pipeline is one word, whatever it holds."""
    return _EXPRESSION.sub(lambda found: f"${{{{{''.join(found[1].split())}}}}}", value).split()


def _constraints(span: Span, name: str, value: str) -> Iterator[Include]:
    for word in _words(value) if name in _CONSTRAINTS else ():
        yield Include(span, without_credentials(word), "constraint")
