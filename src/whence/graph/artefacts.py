"""One name for each file of data or model, however code, commands and images spell it."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import takewhile

from whence.graph.mounts import ImagePaths, Mounts, contexts_of, copied
from whence.graph.name_patterns import NamePatterns
from whence.graph.place_names import is_pattern, is_whole, located, plain
from whence.graph.uses import uses_of
from whence.vocabulary.evidence import Evidence, Span
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
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.datasets import PipelineStage
from whence.vocabulary.fact.lineage import ArtefactUse
from whence.vocabulary.fact.models import ModelFile, PointerFile
from whence.vocabulary.graph import Asset, AssetKind, Certainty, SupplyGraph, Writers, asked_once
from whence.vocabulary.stage_parameters import parameters, with_parameters

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
_PICKLED = re.compile(
    r"model|weights|\.(?:pkl|pickle|joblib|sav|dill|cpkl|bin|pt|pth)(?:$|\.)", re.I
)
_DATA = re.compile(
    r"(?:^|/)(?:data|datasets?|corpus|features)/(?!.*(?:model|weight|ckpt|checkpoint))", re.I
)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|ico|webp|bmp|wav|mp3|txt)$", re.IGNORECASE)
BUILDERS = frozenset({"csv", "json", "parquet", "text", "arrow", "imagefolder", "audiofolder"})
_BY_NAME = ("models:/", "wandb://", "bentoml://", "metaflow://", "zenml://", "azureml://models/")
_OF_MODELS = ("models:/", "runs:/", "bentoml://", "azureml://models/", "metaflow://", "sagemaker://",
              "/opt/ml/model", "$AZUREML_MODEL_DIR", "$AIP_MODEL_DIR")  # fmt: skip
_MODEL = re.compile(
    r"\.(?:pt|pth|ckpt|safetensors|onnx|gguf|keras|h5|joblib|tflite|mlmodel|engine|mar)$"
    r"|(?:^|[/_.-])model[^/]*\.(?:pkl|pickle|txt|bin|json|ubj|cbm)$",
    re.IGNORECASE,
)  # fmt: skip


class Artefacts:
    """Answers which asset a place is."""

    def __init__(self, graph: SupplyGraph) -> None:
        self.graph = graph
        self.mounts = Mounts(graph)
        self.images = ImagePaths(graph)
        self.models = {fact.span.path for kind in (ModelFile, PointerFile)
                       for fact in graph.facts_of(kind)}  # fmt: skip
        self.made: set[str] = set()
        self.written: set[str] = set()
        self.read: dict[str, tuple[Evidence, ...]] = {}
        self.patterns = NamePatterns(())
        self._sorted: list[str] = []
        self.guesses: set[str] = set()
        self._known: dict[int, list[tuple[str, bool]]] = {}
        for use in _uses(graph):
            of_model = _is_of_model(use)
            writes = _writes(use)
            for name, _, _ in self._plain(use):
                self.made.add(name)
                if writes:
                    self.written.add(name)
                if of_model and (isinstance(use, ModelExport) or not _is_batch(use, name)):
                    self.models.add(name)
        for got in graph.facts_of(Download):
            self.made.update(self._mounted(place.name, got.span, place.decision)[0]
                             for place in got.targets if is_whole(place.name))  # fmt: skip
        carried = {self._mounted(fact.target, fact.span, fact.span)[0]
                   for fact in graph.facts_of(FileTransfer) if is_whole(fact.target)}  # fmt: skip
        for stage in graph.facts_of(PipelineStage):
            held = parameters(stage.span.path, graph)
            carried.update(with_parameters(output, held) for output in stage.outputs)
        self.used = set(self.made)
        self.made |= carried
        self.written |= carried
        self.folders = _folders_over(self.made)
        self.written_in = _folders_over(self.written)
        self.used = {self._canonical(name) for name in self.used}
        self.used |= _folders_over(self.used)
        self.made = {self._canonical(name) for name in self.made}
        self.models = {self._canonical(name) for name in self.models}
        self._carry()
        self._take_reads()
        self.patterns = NamePatterns({*self.made, *graph.files})

    def _take_reads(self) -> None:
        """What is read, or taken from somewhere, by its name; and where."""
        for use in _uses(self.graph):
            if not _writes(use):
                for name, _, decided in self._plain(use):
                    known = self._canonical(name, use.span.path, decided)
                    self.read.setdefault(known, (Evidence(use.span, use.callee),))
        for fact in self.graph.facts_of(FileTransfer):
            if is_whole(fact.source):
                known = self.meant(fact.source, fact.span)[0]
                self.read.setdefault(known, (Evidence(fact.span, fact.by),))

    def of(self, use: Use) -> list[tuple[str, bool]]:
        """The assets of what a fact names, each with whether that is certain."""
        known = self._known.get(id(use))
        if known is None:
            found: dict[str, bool] = {}
            for name, certain, decided in self._plain(use):
                whole = self._canonical(name, use.span.path, decided)
                for each in self._meant(whole, _writes(use)):
                    found.setdefault(self._asset(each), certain and each == whole)
            known = self._known[id(use)] = list(found.items())
        return known

    def certainty(self, asset: str, certain: bool) -> Certainty:
        """How sure a link to an asset is: by its bytes, its path, its name in a store, or a guess."""
        name = asset.partition(":")[2]
        if name in self.guesses or name.startswith("runs:/*"):
            return Certainty.UNKNOWN
        if not certain or name.startswith(_BY_NAME):
            return Certainty.INFERRED
        seen = name in self.graph.files and name not in self.written
        return Certainty.OBSERVED if seen else Certainty.DECLARED

    def named(self, name: str, span: Span | None = None) -> str:
        """The asset of a place, as what stands at `span` names it."""
        if span is None:
            return self._asset(self._canonical(plain(name)))
        return self._asset(self.meant(name, span)[0])

    def meant(self, name: str, span: Span) -> tuple[str, bool]:
        """The name of a place that something at `span` names, and whether that is sure."""
        found, sure = self._mounted(name, span, span)
        return self._canonical(found, span.path, span.path), sure

    def sources(self, name: str, span: Span) -> list[str]:
        """The assets that a name means which something takes: all of a pattern, or a source."""
        known = self.meant(name, span)[0]
        if "://" in known:
            return [self.remote(known)]
        return [self._asset(each) for each in self._meant(known, False)]

    def _mounted(self, name: str, used: Span, decided: Span) -> tuple[str, bool]:
        return self.mounts.outside(located(name, used.path, self.graph), used, decided)

    def _meant(self, name: str, writes: bool) -> list[str]:
        """What a pattern means that the project makes, or which pattern it makes means a name."""
        if "*" in name:
            return [name] if writes else self.patterns.of(name) or [name]
        if writes or name in self.written or name in self.graph.files:
            return [name]
        return self.patterns.meaning(name) or [name]

    def _asset(self, name: str) -> str:
        kind = AssetKind.MODEL if self._is_model(name) else AssetKind.DATASET
        return f"{kind.value}:{name}"

    def copied_into(self, dockerfile: str) -> Iterator[tuple[str, ImageInstruction]]:
        """What the project makes and an image takes in, whether or not it stands in the tree."""
        for step in self.graph.facts_in(dockerfile, ImageInstruction):
            for inside, outside in copied(step, "/", contexts_of(self.graph)):
                for name in sorted(self.made - self.graph.files.keys()) if inside else ():
                    if name == outside or name.startswith(f"{outside}/"):
                        yield self.named(name), step

    def remote(self, name: str) -> str:
        """The asset of a place outside: what the project itself writes there, or a source."""
        known = plain(name)
        own = known in self.written or known in self.written_in or self._lies_in_written(known)
        return self._asset(known) if own else f"source:{name}"

    def owns(self, asset: str) -> bool:
        """Whether an asset lies in a store into which the project puts it by name."""
        name = asset.partition(":")[2]
        return (
            "://" in name
            and not name.startswith("http")
            and (name in self.written or name in self.written_in or self._lies_in_written(name))
        )

    def tells(self, asset: str, model: bool) -> bool:
        """Whether what a library reads by itself is a file or folder, and no name of a hub, no logo."""
        name = asset.partition(":")[2]
        if "*" in name or "://" in name or name in self.written or name in self.written_in:
            return True
        if self._lies_in_written(name):
            return True
        if not model:
            return not _PICTURE.search(name)
        return name in self.graph.files or name.startswith(("/", "$")) or bool(_MODEL.search(name))

    def _lies_in_written(self, name: str) -> bool:
        """Whether a folder over a name is written as a whole."""
        while "/" in name.rpartition("://")[2]:
            name = name.rpartition("/")[0]
            if name in self.written:
                return True
        return False

    def inside(self, folder: str) -> list[str]:
        """What something of the project names below a folder, but for patterns."""
        return [name for name in self.within(folder) if "*" not in name]

    def within(self, folder: str) -> list[str]:
        """What something of the project names below a folder, sorted."""
        start = f"{folder.rstrip('/')}/"
        if len(self._sorted) != len(self.made):
            self._sorted = sorted(self.made)
        at = bisect_left(self._sorted, start)
        return list(takewhile(lambda name: name.startswith(start), self._sorted[at:]))

    def _is_model(self, name: str) -> bool:
        if name.startswith(_OF_MODELS):
            return True
        if _DATA.search(name) and "://" not in name and name not in self.graph.files:
            return False
        if name.endswith((".db", ".sqlite", ".sqlite3")):
            return False
        if name.startswith("wandb://") and any(each in self.models for each in self.within(name)):
            return True
        return name in self.models or bool(_MODEL.search(name))

    def _plain(self, use: Use) -> Iterator[tuple[str, bool, str]]:
        """Names with whether they are certain and the file that decides them; what is mounted is
        told by where it lies. The place is as written where nothing else is known.
        """
        held = use.places or ((Place(use.artefact, use.span),) if _is_told(use) else ())
        for place in held:
            whole = is_whole(place.name) or is_pattern(place.name)
            if whole and not re.match(r"(?i)\s*select\s", place.name):
                name, sure = self._mounted(place.name, use.span, place.decision)
                yield name, sure and place.certain, place.decision.path

    def _canonical(self, name: str, used: str = "", decided: str = "", depth: int = 2) -> str:
        """The tree's name for a path inside an image."""
        if not name.startswith("/") or not depth:
            return name
        for found in self.images.outside(name, used, decided):
            if found in self.made or found in self.graph.files or found in self.folders:
                return found
            further = self._canonical(found, used, decided, depth - 1)
            if further != found:
                return further
        guess = self.mounts.guessed(name)
        if guess in self.written or guess in self.written_in:
            self.guesses.add(guess)
            return guess
        return name

    def _carry(self) -> None:
        """What a model is copied to or from is a model."""
        pairs = [(self.meant(fact.source, fact.span)[0], self.meant(fact.target, fact.span)[0])
                 for fact in self.graph.facts_of(FileTransfer)]  # fmt: skip
        for got in self.graph.facts_of(Download):
            pairs += [(plain(one.name), plain(target.name))
                      for one in got.places for target in got.targets]  # fmt: skip
        for folder, there in list(pairs):
            if "://" not in folder and not posixpath.splitext(folder + there)[1]:
                for name in self.inside(folder) if not f"{there}/".startswith(f"{folder}/") else ():
                    moved = posixpath.join(there, name[len(folder) :].lstrip("/"))
                    pairs.append((name, moved))
                    self.made.add(moved)
                    self.written.add(moved)
        for _ in range(3):
            for source, target in pairs:
                if self._is_model(source) or self._is_model(target):
                    self.models |= {source, target}


def _uses(graph: SupplyGraph) -> Iterator[Use]:
    yield from uses_of(
        graph, DataRead, DataWrite, Deserialization, ModelLoad, ModelExport, ArtefactUse
    )


def _is_told(use: Use) -> bool:
    """Whether the text of an artefact is one: no builder of data sets, no path below nothing."""
    builds = isinstance(use, DataRead) and use.artefact in BUILDERS
    return is_whole(use.artefact) and not builds and use.artefact.rfind("/") != 0


def _is_of_model(use: Use) -> bool:
    if isinstance(use, ArtefactUse):
        return use.model
    return isinstance(use, ModelExport | ModelLoad) or (
        isinstance(use, Deserialization) and use.format not in NO_MODEL
    )


def _is_batch(use: Use, name: str) -> bool:
    """Whether a pickle has no ending that says more: then it holds rows as likely as a model."""
    pickled = getattr(use, "format", "") in ("pickle", "cloudpickle", "dill")
    return pickled and not name.startswith(_OF_MODELS) and not _PICKLED.search(name)


def _writes(use: Use) -> bool:
    if isinstance(use, ArtefactUse):
        return use.does == "writes"
    return isinstance(use, ModelExport | DataWrite)


def _folders_over(names: set[str]) -> set[str]:
    """The folders that names lie in, up to the sixth above each."""
    found: set[str] = set()
    for name in names:
        above = name
        for _ in range(6):
            above = above.rpartition("/")[0]
            if not above or above in found:
                break
            found.add(above)
    return found


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
