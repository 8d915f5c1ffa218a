"""One name for each file of data or model, however code, commands and images spell it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import (
    DataRead,
    DataWrite,
    Deserialization,
    Download,
    FileTransfer,
    ModelExport,
    ModelLoad,
    Place,
    Use,
)
from whence.vocabulary.fact.containers import ComposeService, ImageBuild, ImageInstruction
from whence.vocabulary.fact.datasets import PipelineStage
from whence.vocabulary.fact.models import ModelFile, PointerFile
from whence.vocabulary.graph import Asset, AssetKind, Certainty, SupplyGraph, Writers, asked_once

NO_MODEL = frozenset(
    {
        "yaml",
        "yaml-safe",
        "yaml-full",
        "yaml-unsafe",
        "ruamel",
        "jsonpickle",
        "pandas-pickle",
        "numpy",
    }
)
_NO_PLACE = re.compile(
    r"[-\d.]+|[A-Za-z]{1,2}|True|False|None|.*\(\).*|(?:[A-Z][a-z]+){2,}|[A-Z_]+|file:.*"
    r"|.*\.(?:py|ya?ml|toml|md|cfg|ini|sh)"
    r"|(?:huggingface_hub|requests|urllib3?|httpx|boto3|gcsfs|s3fs|adlfs|fsspec|google|azure|minio|wandb|mlflow)(?:\.\w+)+",
    re.DOTALL,
)
_REGISTERED = re.compile(r"models:/+[\w.-]+")
_DATA = re.compile(
    r"(?:^|/)(?:data|datasets?|corpus|features)/(?!.*(?:model|weight|ckpt|checkpoint))", re.I
)
TESTS = ("test",)
_MODEL = re.compile(
    r"\.(?:pt|pth|ckpt|safetensors|onnx|gguf|keras|h5|joblib|tflite|mlmodel|engine|mar)$"
    r"|(?:^|[/_.-])model[^/]*\.(?:pkl|pickle|txt|bin|json|ubj|cbm)$",
    re.IGNORECASE,
)  # fmt: skip


class Artefacts:
    """Answers which asset a place is."""

    def __init__(self, graph: SupplyGraph) -> None:
        self.graph = graph
        self.aliases = sorted(_aliases(graph), key=lambda pair: (-len(pair[0]), pair))
        self.models = {fact.span.path for kind in (ModelFile, PointerFile)
                       for fact in graph.facts_of(kind)}  # fmt: skip
        self.made: set[str] = set()
        self.written: set[str] = set()
        for use in _uses(graph):
            of_model = isinstance(use, ModelExport | ModelLoad) or (
                isinstance(use, Deserialization) and use.format not in NO_MODEL
            )
            for name, _ in self._plain(use):
                self.made.add(name)
                if isinstance(use, ModelExport | DataWrite):
                    self.written.add(name)
                if of_model:
                    self.models.add(name)
        for got in graph.facts_of(Download):
            self.made.update(plain(place.name) for place in got.targets)
        carried = {plain(fact.target) for fact in graph.facts_of(FileTransfer)}
        for stage in graph.facts_of(PipelineStage):
            carried.update(stage.outputs)
        self.made |= carried
        self.written |= carried
        self.models = {self._canonical(name) for name in self.models}
        self._carry()

    def of(self, use: Use) -> list[tuple[str, bool]]:
        """The assets of what a fact names, each with whether that is certain."""
        return [(self.named(name), certain) for name, certain in self._plain(use)]

    def named(self, name: str, path: str = "") -> str:
        """The asset of a place, as a file at `path` names it."""
        known = self._canonical(located(name, path, self.graph) if path else plain(name))
        kind = AssetKind.MODEL if self._is_model(known) else AssetKind.DATASET
        return f"{kind.value}:{known}"

    def copied_into(self, dockerfile: str) -> Iterator[tuple[str, ImageInstruction]]:
        """What the project makes and an image takes in, whether or not it stands in the tree."""
        for step in self.graph.facts_in(dockerfile, ImageInstruction):
            for inside, outside in copied(step, "/", _contexts(self.graph)):
                for name in sorted(self.made - self.graph.files.keys()) if inside else ():
                    if name == outside or name.startswith(f"{outside}/"):
                        yield self.named(name), step

    def remote(self, name: str) -> str:
        """The asset of a place outside: what the project itself writes there, or a source."""
        return self.named(name) if plain(name) in self.made else f"source:{name}"

    def inside(self, folder: str) -> list[str]:
        """What something of the project names below a folder."""
        start = f"{folder.rstrip('/')}/"
        return [name for name in sorted(self.made) if name.startswith(start)]

    def _is_model(self, name: str) -> bool:
        if name.startswith("models:/"):
            return True
        if _DATA.search(name) and "://" not in name and name not in self.graph.files:
            return False
        return name in self.models or bool(_MODEL.search(name))

    def _plain(self, use: Use) -> Iterator[tuple[str, bool]]:
        """Whole names; the place as written where nothing else is known."""
        held = use.places or ((Place(use.artefact, use.span),) if is_whole(use.artefact) else ())
        for place in held:
            if is_whole(place.name) and not re.match(r"(?i)\s*select\s", place.name):
                yield located(place.name, use.span.path, self.graph), place.certain

    def _canonical(self, name: str) -> str:
        """The tree's name for a path inside an image or a mounted folder."""
        if not name.startswith("/"):
            return name
        for inside, outside in self.aliases:
            if name == inside or name.startswith(inside.rstrip("/") + "/"):
                found = posixpath.normpath(posixpath.join(outside, name[len(inside) :].lstrip("/")))
                if found in self.made or found in self.graph.files or self._holds(found):
                    return found
        return name

    def _holds(self, folder: str) -> bool:
        """Whether the project makes something in a folder."""
        return any(name.startswith(f"{folder}/") for name in self.made)

    def _carry(self) -> None:
        """What a model is copied to or from is a model."""
        pairs = [(self._canonical(plain(fact.source)), self._canonical(plain(fact.target)))
                 for fact in self.graph.facts_of(FileTransfer)]  # fmt: skip
        for got in self.graph.facts_of(Download):
            pairs += [(plain(one.name), plain(target.name))
                      for one in got.places for target in got.targets]  # fmt: skip
        for folder, there in list(pairs):
            if "://" not in folder and not posixpath.splitext(folder)[1]:
                for name in self.inside(folder):
                    moved = posixpath.join(there, name[len(folder) :].lstrip("/"))
                    pairs.append((name, moved))
                    self.made.add(moved)
                    self.written.add(moved)
        for _ in range(3):
            for source, target in pairs:
                if self._is_model(source) or self._is_model(target):
                    self.models |= {source, target}


def _uses(graph: SupplyGraph) -> Iterator[Use]:
    for kind in (DataRead, DataWrite, Deserialization, ModelLoad, ModelExport):
        yield from (use for use in graph.facts_of(kind) if use.reached_from != TESTS)


def is_whole(name: str) -> bool:
    """Whether a name leaves nothing open."""
    if not name.strip("?/. ") or _NO_PLACE.fullmatch(name):
        return False
    return "?" not in name and "\n" not in name and "*" not in name


def plain(name: str) -> str:
    """A path without steps that change nothing; a URI as it is."""
    registered = _REGISTERED.match(name)
    if registered:
        return registered[0]
    if "://" in name or not name:
        return name
    return posixpath.normpath(name.replace("\\", "/"))


def located(name: str, path: str, graph: SupplyGraph) -> str:
    """A file of the tree by its path from the root; anything else as it is written.

    Code names files from where it is started, which is the root or the folder of the code; what is
    in the tree decides, and a path that leaves the root can only mean the latter.
    """
    bare = plain(name)
    if "://" in bare or bare.startswith("/"):
        return bare
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), bare))
    if bare in graph.files or beside.startswith("../"):
        return _inside(bare)
    return beside if beside in graph.files or bare.startswith("../") else bare


def _inside(path: str) -> str:
    while path.startswith("../"):
        path = path[3:]
    return path


def _contexts(graph: SupplyGraph) -> dict[str, str]:
    return {build.dockerfile: build.context for build in graph.facts_of(ImageBuild)
            if not build.unknown}  # fmt: skip


def copied(
    step: ImageInstruction, here: str, contexts: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Paths inside an image, and the paths of the tree that a COPY puts there."""
    if step.keyword not in ("COPY", "ADD") or any(f.startswith("--from") for f in step.flags):
        return
    context = contexts.get(step.span.path, posixpath.dirname(step.span.path))
    *sources, target = step.arguments or ("",)
    for source in sources:
        outside = posixpath.normpath(posixpath.join(context, source.lstrip("/")))
        inside = posixpath.join(here, target)
        if target.endswith(("/", ".")) and posixpath.splitext(source)[1]:
            inside = posixpath.join(inside, posixpath.basename(source))
        yield posixpath.normpath(inside), outside


def _aliases(graph: SupplyGraph) -> Iterator[tuple[str, str]]:
    """Paths inside images and services, and what of the tree stands there."""
    contexts = _contexts(graph)
    folders: dict[tuple[str, int], str] = {}
    for step in graph.facts_of(ImageInstruction):
        stage = step.span.path, step.stage
        here = folders.get(stage, "/")
        if step.keyword == "WORKDIR":
            folders[stage] = posixpath.join(here, step.value.strip())
        yield from copied(step, here, contexts)
    for service in graph.facts_of(ComposeService):
        for volume in service.volumes:
            source, _, rest = volume.partition(":")
            if source.startswith(".") and rest:
                folder = posixpath.dirname(service.span.path)
                yield rest.partition(":")[0], posixpath.normpath(posixpath.join(folder, source))


@asked_once
def artefacts_of(graph: SupplyGraph) -> Artefacts:
    """The names of a project's files of data and models; several linkers ask for the same."""
    return Artefacts(graph)


def asset_of(name: str, graph: SupplyGraph | None, evidence: tuple[Evidence, ...]) -> Asset:
    """The asset of an id, with its digest where the file stands in the tree."""
    kind, _, bare = name.partition(":")
    digest = graph.files[bare].digest if graph is not None and bare in graph.files else ""
    writers = Writers(("provider",)) if "://" in bare or kind == "source" else Writers(())
    return Asset(name, AssetKind(kind), bare, digest, writers, evidence)


def certainty_of(certain: bool) -> Certainty:
    """How sure a link is that one place, or one of several, stands for."""
    return Certainty.DECLARED if certain else Certainty.INFERRED
