"""Command lines of jobs: written as configuration, or handed to Azure Machine Learning by code.

Facts: the reference of `azure.ai.ml.command`, `Input` and `Output`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from whence.flow.inputs.jobs import filled, jobs, named_by_azure
from whence.flow.inputs.written_commands import Written, split
from whence.flow.program.project import Project, Scope
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Call, Const, Dict
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.stage_parameters import parameters, with_parameters


def of_jobs(graph: SupplyGraph, project: Project) -> Iterator[Written]:
    """What the jobs of a project start, with the paths that their inputs and outputs have."""
    yield from ((job.words, job.span) for job in jobs(graph))
    yield from _on_azure(project)
    yield from _of_stages(graph)


def _of_stages(graph: SupplyGraph) -> Iterator[Written]:
    """Commands of DVC's stages, with the parameters of `params.yaml` that they name filled in."""
    for path in graph.files_named("dvc.yaml"):
        held = parameters(path, graph)
        for command in graph.facts_in(path, ShellCommand) if held else ():
            words = tuple(with_parameters(word, held) for word in command.argv)
            if words != command.argv:
                yield words, command.span


def _on_azure(project: Project) -> Iterator[Written]:
    """Command lines that Azure's SDK is handed, with the paths of the inputs and outputs they name."""
    for scope, index, call in project.calls_spelled(("command",)):
        named = dict(call.named)
        text = scope.values[named["command"]] if "command" in named else None
        if "azure" not in scope.module.imports or not isinstance(text, Const):
            continue
        paths = {
            f"{way}.{name}": path
            for way in ("inputs", "outputs")
            if way in named
            for name, path in _paths(scope, scope.values[named[way]])
        }
        for words in split(filled(str(text.value), partial(_known, paths))):
            yield words, scope.place(index)


def _known(paths: dict[str, str], name: str) -> str:
    return paths.get(name, "?")


def _paths(scope: Scope, table: object) -> Iterator[tuple[str, str]]:
    """The names of a table of inputs or outputs, with the paths that they are given."""
    for key, at in zip(table.keys, table.values, strict=True) if isinstance(table, Dict) else ():
        name, made = scope.values[key], scope.values[at]
        given = dict(made.named) if isinstance(made, Call) else {"path": at}
        path, kind = (
            scope.values[given[each]] if each in given else None for each in ("path", "type")
        )
        if isinstance(name, Const) and isinstance(path, Const):
            model = isinstance(kind, Const) and "model" in str(kind.value)
            yield str(name.value), named_by_azure(str(path.value), model)
