"""All that the builders of facts ask, made once for a project."""

from __future__ import annotations

from typing import Any

from whence.flow.checks.guards import Guards
from whence.flow.endings.load_switches import LoadSwitches
from whence.flow.entrances.roles import Roles
from whence.flow.inputs.fetched_files import fetched_files
from whence.flow.inputs.settings import Settings
from whence.flow.inputs.versions import Versions
from whence.flow.program.callee import Callees
from whence.flow.program.project import Project, Scope
from whence.flow.program.text import Texts
from whence.flow.values.arguments import Arguments
from whence.flow.values.materials import Materials
from whence.flow.values.origins import Origins, unknown_marked
from whence.flow.values.places import Places
from whence.flow.values.trace import Tracer
from whence.vocabulary.fact.code import Origin
from whence.vocabulary.fact.program import PythonModule
from whence.vocabulary.graph import SupplyGraph


class Engine:
    """The parts of the analysis, wired together."""

    def __init__(self, graph: SupplyGraph) -> None:
        self.project = Project(graph.facts_of(PythonModule))
        self.callees = Callees(self.project)
        self.texts = Texts(self.callees)
        self.settings = Settings(graph, self.project)
        self.roles = Roles(self.callees)
        self.tracer = Tracer(self.project, self.callees, self.texts, self.settings, self.roles)
        self.guards = Guards(self.callees, self.tracer)
        self.versions = Versions(graph)
        self.switches = LoadSwitches(self.project, self.callees, self.settings)
        self.arguments = Arguments(self.project, self.callees, self.tracer, self.settings)
        self.places = Places(self.callees, self.tracer, self.settings)
        self.materials = Materials(self.project, self.callees, self.tracer)
        self.materials.take_in(fetched_files(graph))
        self.origins = Origins(
            self.tracer, self.guards, self.roles, self.settings, self.materials, self.places
        )

    def use(
        self,
        scope: Scope,
        index: int,
        callee: str,
        origins: tuple[Origin, ...],
        artefact: str,
        named: int | None = None,
        *,
        told: bool = False,
    ) -> dict[str, Any]:
        """The fields that all facts share. `named` is the value that names data or a model.

        `told` asks for what the call is given, where that decides.
        """
        library = callee.partition(".")[0]
        return {
            "span": scope.place(index),
            "callee": callee,
            "library": library,
            "origins": origins,
            "artefact": unknown_marked(artefact),
            "arguments": self.arguments.of(scope, index) if told else {},
            "function": scope.code.name,
            "reached_from": self.roles.reached_from(scope),
            "versions": self.versions.of(library),
            "pinned": self.versions.is_exact(library),
            "places": self.places.of(scope, named) if named is not None else (),
        }
