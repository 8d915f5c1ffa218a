"""Where the commands of scripts, recipes, images and pipelines stand when they run.

A `cd` holds for what follows in a script, in one line of a Makefile, in one instruction of an image
and in one step of a pipeline. A folder that a variable names is not known.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowStep
from whence.vocabulary.graph import SupplyGraph


def placed_commands(graph: SupplyGraph) -> Iterator[tuple[ShellCommand, str]]:
    """Every command with the folder it runs in: empty for the start, `?` where unknown."""
    by_file: dict[str, list[ShellCommand]] = defaultdict(list)
    for command in graph.facts_of(ShellCommand):
        by_file[command.span.path].append(command)
    for path, commands in by_file.items():
        if not any(command.argv[0] in ("cd", "pushd", "popd") for command in commands):
            starts = _starts(path, graph)
            yield from ((command, _within(command.span, starts)[1]) for command in commands)
            continue
        yield from _moved(commands, _starts(path, graph))


def _starts(path: str, graph: SupplyGraph) -> list[tuple[Span, str]]:
    """The instructions and steps of a file, each a shell of its own, with its first folder."""
    found: list[tuple[Span, str]] = []
    folder, stage = "", -1
    for step in graph.facts_in(path, ImageInstruction):
        if step.stage != stage:
            folder, stage = "", step.stage
        if step.keyword == "WORKDIR":
            folder = joined(folder, step.value.strip().strip("\"'"))
        found.append((step.span, folder))
    found += [(step.span, "") for step in graph.facts_in(path, WorkflowStep)]
    return found


def _within(span: Span, starts: Iterable[tuple[Span, str]]) -> tuple[int, str]:
    """The line that a command's shell starts at, and the folder it starts in."""
    for held, folder in starts:
        if held.first <= span.first <= max(held.last, held.first):
            return held.first, folder
    return 0, ""


def _moved(
    commands: list[ShellCommand], starts: list[tuple[Span, str]]
) -> Iterator[tuple[ShellCommand, str]]:
    shell, folder = (-1, -1), ""
    for command in commands:
        start, first = _within(command.span, starts)
        here = (start, command.span.first if command.context == "make" else 0)
        if here != shell:
            shell, folder = here, first
        if command.argv[0] in ("cd", "pushd"):
            aim = command.argv[1] if len(command.argv) > 1 else "?"
            folder = (
                "?" if aim.startswith(("-", "~", "$", "?")) or "$" in aim else joined(folder, aim)
            )
        elif command.argv[0] == "popd":
            folder = "?"
        yield command, folder


def joined(folder: str, name: str) -> str:
    """A path as seen from where the commands started; `?` where that is not known."""
    if name.startswith("/"):
        return posixpath.normpath(name)
    if folder == "?":
        return "?"
    found = posixpath.normpath(posixpath.join(folder, name))
    return "" if found == "." else found
