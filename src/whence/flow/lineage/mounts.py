"""Where what a program sees at a path really lies: volumes, bind mounts, artefacts, channels.

Facts: the Compose specification (`volumes`), the Kubernetes reference of pods (`volumeMounts`,
`volumes`), the pages of SageMaker, Vertex AI and Azure Machine Learning on training jobs.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from whence.flow.engine import Engine
from whence.flow.inputs.jobs import jobs
from whence.flow.program.project import Module, Project
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.containers import ComposeService, ImageBuild
from whence.vocabulary.fact.deployment import ManifestContainer, ManifestObject
from whence.vocabulary.fact.lineage import MountedPlace
from whence.vocabulary.fact.program import Name
from whence.vocabulary.graph import SupplyGraph

MODULES = 40
_MOUNT = re.compile(r"(?<![^.])((?:initC|c)ontainers\.\d+)\.volumeMounts\.(\d+)\.(mountPath|name|subPath)$")  # fmt: skip
_VOLUME = re.compile(r"(?<![^.])volumes\.(\d+)\.")
_KINDS = {
    "persistentVolumeClaim.claimName": "pvc",
    "configMap.name": "configmap",
    "hostPath.path": "hostpath",
    "nfs.path": "nfs",
}


class Programs:
    """Which files of the project a container runs: by its own command, or by its image's."""

    def __init__(self, engine: Engine, graph: SupplyGraph) -> None:
        self.project = engine.project
        self.by_path = {module.path: module for module in engine.project.modules}
        self._started: dict[str, list[tuple[Span, str]]] = defaultdict(list)
        for program, lines in sorted(engine.settings.lines.of.items()):
            for line in lines:
                self._started[line.span.path].append((line.span, program))
        self._images = {
            re.sub(r":[^/:]*$", "", tag): build.dockerfile
            for build in graph.facts_of(ImageBuild)
            for tag in build.tags
        }
        self._closures: dict[str, frozenset[str]] = {}

    def of(self, span: Span, image: str = "", dockerfile: str = "") -> tuple[str, ...]:
        """The files, sorted: those that are started, and what they import of the project."""
        started = [
            program
            for place, program in self._started.get(span.path, ())
            if span.first <= place.first <= max(span.last, span.first)
        ]
        built = dockerfile or self._images.get(re.sub(r":[^/:]*$", "", image), "")
        if not started and built:
            started = [program for _, program in self._started.get(built, ())]
        return tuple(sorted({path for each in started for path in self.imported(each)}))

    def imported(self, program: str) -> frozenset[str]:
        """A file and the modules of the project that it imports, however far."""
        found = self._closures.get(program)
        if found is None:
            found = self._closures[program] = frozenset(_imports(self.project, self.by_path.get(program)))  # fmt: skip
        return found or frozenset({program})


def _imports(project: Project, start: Module | None) -> set[str]:
    waiting = [start] if start is not None else []
    found: set[str] = set()
    while waiting and len(found) < MODULES:
        module = waiting.pop()
        if module.path in found:
            continue
        found.add(module.path)
        names = {
            value.dotted
            for scope in module.scopes.values()
            for value in scope.values
            if isinstance(value, Name) and value.imported
        }
        for name in sorted(names):
            other = project.module_named(name, module) or project.module_named(
                name.rpartition(".")[0] or name, module
            )
            if other is not None:
                waiting.append(other)
    return found


def mount_facts(programs: Programs, graph: SupplyGraph) -> Iterator[MountedPlace]:
    """A fact for every place that is mounted where the project's programs run."""
    for service in graph.facts_of(ComposeService):
        yield from _of_service(service, programs, graph)
    yield from _of_pods(programs, graph)
    for job in jobs(graph):
        for inside, outside in job.mounts:
            yield MountedPlace(job.span, inside, outside, job.by, programs.of(job.span))


def _of_service(
    service: ComposeService, programs: Programs, graph: SupplyGraph
) -> Iterator[MountedPlace]:
    built = next(
        (build.dockerfile for build in graph.facts_in(service.span.path, ImageBuild)
         if service.span.first <= build.span.first <= service.span.last), "",
    )  # fmt: skip
    for volume in service.volumes:
        source, _, rest = volume.partition(":")
        inside = rest.partition(":")[0]
        if not inside.startswith("/") or "$" in source:
            continue
        if source.startswith("."):
            folder = posixpath.dirname(service.span.path)
            outside = posixpath.normpath(posixpath.join(folder, source))
        else:
            outside = f"hostpath://{source}" if source.startswith(("/", "~")) else f"volume://{source}"  # fmt: skip
        if not outside.startswith("../"):
            by = "a volume of the service"
            run = programs.of(service.span, service.image, built)
            yield MountedPlace(service.span, inside.rstrip("/"), outside, by, run)


def _of_pods(programs: Programs, graph: SupplyGraph) -> Iterator[MountedPlace]:
    containers: dict[str, list[ManifestContainer]] = defaultdict(list)
    for container in graph.facts_of(ManifestContainer):
        containers[container.span.path].append(container)
    for held in graph.facts_of(ManifestObject):
        path = held.span.path
        if path not in containers:
            continue
        values = [v for v in graph.facts_in(path, ConfigValue) if _is_in(v.span, held.span)]
        sources = _sources(values, f"{held.kind}/{held.name}")
        for inside, outside, line in _mounted(values, sources):
            for container in containers[path]:
                if _is_in(Span(path, line, line), container.span):
                    run = programs.of(container.span, container.image)
                    yield MountedPlace(container.span, inside, outside, "a volume", run)


def _sources(values: Iterable[ConfigValue], owner: str) -> dict[tuple[str, str], str]:
    """By the pod and the volume's name, what it holds, as a URI."""
    volumes: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for value in values:
        found = _VOLUME.search(value.key)
        if found:
            pod = value.key[: found.start()]
            volumes[pod, found[1]][value.key[found.end() :]] = value.value
    held: dict[tuple[str, str], str] = {}
    for (pod, _), told in volumes.items():
        name = told.get("name", "")
        uri = next((f"{scheme}://{told[key]}" for key, scheme in _KINDS.items() if key in told), "")
        shared = any(key.startswith("emptyDir") for key in told) or len(told) == 1
        held[pod, name] = uri or (f"emptydir://{owner}/{name}" if shared else "")
    return held


def _mounted(
    values: Iterable[ConfigValue], sources: dict[tuple[str, str], str]
) -> Iterator[tuple[str, str, int]]:
    mounts: dict[tuple[str, str, str], dict[str, ConfigValue]] = defaultdict(dict)
    for value in values:
        found = _MOUNT.search(value.key)
        if found:
            mounts[value.key[: found.start()], found[1], found[2]][found[3]] = value
    for (pod, _, _), told in mounts.items():
        name, inside = told.get("name"), told.get("mountPath")
        outside = sources.get((pod, name.value), "") if name is not None else ""
        if outside and inside is not None and inside.value.startswith("/"):
            below = told.get("subPath")
            if below is not None:
                outside = posixpath.join(outside, below.value)
            yield inside.value.rstrip("/"), outside, inside.span.first


def _is_in(span: Span, around: Span) -> bool:
    return around.first <= span.first <= around.last
