"""Functions and classes of which a library makes a command line.

Sources: the reference pages of fire, typer, tyro, jsonargparse, defopt, simple-parsing, draccus,
pyrallis, transformers, pydantic-settings and typed-argument-parser.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from whence.flow.program.spelling import spelled
from whence.vocabulary.fact.program import Call, Closure, Dict, Name, Sequence

if TYPE_CHECKING:
    from whence.flow.program.callee import Callees
    from whence.flow.program.project import Scope

CALLS = 50
RUNNERS = frozenset(
    {"fire.Fire", "fire.core.Fire", "typer.run", "tyro.cli", "tyro.extras.subcommand_cli_from_dict",
     "jsonargparse.CLI", "jsonargparse.auto_cli", "jsonargparse.auto_parser", "defopt.run",
     "defopt.bind", "chz.entrypoint", "chz.nested_entrypoint", "cyclopts.run", "clize.run",
     "plac.call", "argh.dispatch_command", "argh.dispatch_commands", "cappa.invoke"}
)  # fmt: skip
# Calls that give an instance of the class which they take, filled by options.
FILLERS = frozenset(
    {"tyro.cli", "simple_parsing.parse", "draccus.parse", "pyrallis.parse", "jsonargparse.auto_cli",
     "jsonargparse.CLI", "cappa.parse", "chz.entrypoint", "pydantic_settings.CliApp.run"}
)  # fmt: skip
_TAILS = sorted({name.rpartition(".")[2] for name in RUNNERS | FILLERS})
_WRAPS = ("draccus.wrap", "pyrallis.wrap")
_BASES = ("tap.Tap", "simple_parsing.Serializable", "tap.TypedArgs")
_FIELDS = ("add_arguments", "add_class_arguments", "HfArgumentParser")


class Commanders:
    """Answers which functions and classes of a project options fill."""

    def __init__(self, callees: Callees) -> None:
        self.callees = callees

    @cached_property
    def functions(self) -> frozenset[int]:
        """The ids of the functions that are commands by being handed over."""
        found: set[int] = set()
        for scope, index in self._calls():
            args = scope.call(index).args
            if not args:
                found.update(
                    inner.id for inner in scope.module.scopes.values() if _is_public(inner)
                )
            for target in (t for arg in args for t in self._handed(scope, arg)):
                if target.code.kind == "class":
                    inside = target.children.values()
                    found.update(inner.id for inner in inside if _is_command(inner))
                else:
                    found.add(target.id)
        return frozenset(found)

    @cached_property
    def classes(self) -> frozenset[int]:
        """The ids of the classes whose fields are options."""
        project = self.callees.project
        found = {
            target.id
            for name in _FIELDS
            for scope, index in project.calls.get(name, ())[:CALLS]
            for arg in scope.call(index).args
            for target in self._handed(scope, arg)
        }
        for scope, index in self._calls():
            if spelled(scope, scope.call(index).callee) in FILLERS:
                for arg in scope.call(index).args:
                    found.update(target.id for target in self._handed(scope, arg))
        for scope in project.scopes:
            if any(name in _WRAPS for name in scope.decorator_names):
                named = [project.find(p.annotation, scope.module) for p in scope.code.parameters]
                found.update(each.id for each in named if each is not None)
        for klass in project.classes:
            if any(base in _BASES for base in klass.code.bases):
                found.add(klass.id)
        return frozenset(found)

    def _calls(self) -> Iterator[tuple[Scope, int]]:
        for tail in _TAILS:
            for scope, index in self.callees.project.calls.get(tail, ())[:CALLS]:
                if spelled(scope, scope.call(index).callee) in RUNNERS | FILLERS:
                    yield scope, index

    def _handed(self, scope: Scope, index: int) -> Iterator[Scope]:
        """The functions and classes that an argument names, also in a table or a list."""
        value = scope.values[index]
        if isinstance(value, Dict | Sequence):
            inside = value.values if isinstance(value, Dict) else value.items
            for inner in inside:
                yield from self._handed(scope, inner)
        elif isinstance(value, Name | Closure | Call):
            for target in self.callees.targets(scope, index):
                if target.scope is not None and target.kind in ("function", "class", "instance"):
                    yield target.scope


def _is_command(scope: Scope) -> bool:
    name = scope.code.name.rpartition(".")[2]
    return scope.code.kind == "function" and (not name.startswith("_") or name == "__init__")


def _is_public(scope: Scope) -> bool:
    return _is_command(scope) and "." not in scope.code.name
