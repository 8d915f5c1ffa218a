"""Where in a Dockerfile something stands."""

from __future__ import annotations

import re

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph

_TESTS = re.compile(
    r"(?:^|/)(?:tests?|testing|test[-_][\w-]+|[\w-]+[-_]tests?|e2e|fixtures?|\.devcontainer)/"
)


def for_tests(path: str) -> bool:
    """Whether a file lies where a project keeps what only its tests use."""
    return bool(_TESTS.search(path))


def instruction_at(span: Span, graph: SupplyGraph) -> ImageInstruction | None:
    """The instruction that a place of a Dockerfile belongs to."""
    for found in graph.facts_in(span.path, ImageInstruction):
        if found.span.first <= span.first <= found.span.last:
            return found
    return None


def run_of(command: ShellCommand, graph: SupplyGraph) -> ImageInstruction | None:
    """The RUN that a command belongs to; None for what a container runs when it starts."""
    found = instruction_at(command.span, graph)
    return found if found is not None and found.keyword == "RUN" else None


def commands_of(run: ImageInstruction, graph: SupplyGraph) -> list[ShellCommand]:
    """The commands of one RUN."""
    return [
        command
        for command in graph.facts_in(run.span.path, ShellCommand)
        if run.span.first <= command.span.first <= run.span.last
    ]
