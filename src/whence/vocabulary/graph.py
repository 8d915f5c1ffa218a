"""The supply graph: everything that flows into the deployed model, and how well it is held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum
from functools import cached_property, wraps
from typing import Annotated, TypeVar, cast

import msgspec

from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact import Fact
from whence.vocabulary.tree import File

F = TypeVar("F", bound=Fact)
Answer = TypeVar("Answer")


class AssetKind(StrEnum):
    """What a node of the supply graph is."""

    SOURCE = "source"
    PACKAGE = "package"
    DATASET = "dataset"
    CODE = "code"
    CONFIG = "config"
    MODEL = "model"
    IMAGE = "image"
    PIPELINE = "pipeline"
    WORKLOAD = "workload"
    IDENTITY = "identity"
    SECRET = "secret"  # noqa: S105
    STORE = "store"


class FlowKind(StrEnum):
    """How one asset reaches another. Read as: source → verb → target."""

    INSTALLS = "installs"
    FETCHES = "fetches"
    READS = "reads"
    WRITES = "writes"
    BUILDS = "builds"
    TRAINS = "trains"
    EVALUATES = "evaluates"
    EXPORTS = "exports"
    DEPLOYS = "deploys"
    SERVES = "serves"
    RUNS_AS = "runs-as"
    GRANTS = "grants"
    TRIGGERS = "triggers"


class Pin(IntEnum):
    """What fixes the thing that flows. Says *the same bytes*, never *whose bytes*."""

    NOTHING = 0
    NAME = 1
    VERSION = 2
    DIGEST = 3


class Certainty(StrEnum):
    """How we know: written down, seen in an artefact, concluded, or not known.

    Of a link between code and what it reads or writes: `declared` by a path or address that is
    written down, `observed` by a file of the tree, whose bytes are at hand, `inferred` by a name in
    a store, a pattern or one of several places, `unknown` where only a guess joins them.
    """

    DECLARED = "declared"
    OBSERVED = "observed"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class Gate(msgspec.Struct, frozen=True, order=True):
    """A check that stands on a flow. `fails_closed` is false where its failure stops nothing."""

    name: str
    fails_closed: bool
    evidence: tuple[Evidence, ...] = ()


class Writers(msgspec.Struct, frozen=True, order=True):
    """Who can change an asset, and which review stands before the change.

    `who` holds roles: `anyone`, `contributor`, `publisher`, `provider`, `maintainer`, or the name
    of a role that the project declares. An empty `review` means none is known.
    """

    who: tuple[str, ...]
    review: str = ""


class Asset(msgspec.Struct, frozen=True):
    """A node. `id` is the kind and a stable name (`package:requests`), never a line number."""

    id: str
    kind: AssetKind
    name: str
    digest: str = ""
    writers: Writers = Writers(())
    evidence: tuple[Evidence, ...] = ()


class Flow(msgspec.Struct, frozen=True):
    """An edge from what supplies to what is supplied, by asset id."""

    source: str
    target: str
    kind: FlowKind
    pin: Pin = Pin.NOTHING
    signer: str = ""
    gates: tuple[Gate, ...] = ()
    certainty: Certainty = Certainty.DECLARED
    evidence: tuple[Evidence, ...] = ()


PackageAsset = Annotated[Asset, AssetKind.PACKAGE]
DatasetAsset = Annotated[Asset, AssetKind.DATASET]
ModelAsset = Annotated[Asset, AssetKind.MODEL]
ImageAsset = Annotated[Asset, AssetKind.IMAGE]
PipelineAsset = Annotated[Asset, AssetKind.PIPELINE]
WorkloadAsset = Annotated[Asset, AssetKind.WORKLOAD]
StoreAsset = Annotated[Asset, AssetKind.STORE]


class SupplyGraph:
    """Files, facts, assets and flows of one project, with the look-ups that rules ask.

    Every answer is in a fixed order: facts by span, assets by id, flows by ends and kind.
    """

    def __init__(
        self,
        files: Iterable[File] = (),
        facts: Iterable[Fact] = (),
        assets: Iterable[Asset] = (),
        flows: Iterable[Flow] = (),
    ) -> None:
        self.files = {file.path: file for file in files}
        self.facts = tuple(sorted(facts, key=lambda fact: fact.span))
        self.assets = {asset.id: asset for asset in sorted(assets, key=lambda asset: asset.id)}
        self.flows = tuple(sorted(flows, key=lambda flow: (flow.source, flow.target, flow.kind)))
        self.answers: dict[Callable[..., object], object] = {}

    @cached_property
    def _by_kind(self) -> dict[type[Fact], list[Fact]]:
        found: dict[type[Fact], list[Fact]] = defaultdict(list)
        for fact in self.facts:
            found[type(fact)].append(fact)
        return found

    @cached_property
    def _by_place(self) -> dict[tuple[str, type[Fact]], list[Fact]]:
        found: dict[tuple[str, type[Fact]], list[Fact]] = defaultdict(list)
        for fact in self.facts:
            found[fact.span.path, type(fact)].append(fact)
        return found

    @cached_property
    def _by_target(self) -> dict[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.target)

    @cached_property
    def _by_source(self) -> dict[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.source)

    @cached_property
    def _by_file_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in self.files:
            found[path.rpartition("/")[2]].append(path)
        return found

    def files_named(self, name: str) -> list[str]:
        """The paths of all files of a name, in whatever folder, in the order of the tree."""
        return self._by_file_name.get(name, [])

    def with_facts(self, facts: Iterable[Fact]) -> SupplyGraph:
        """The same graph with further facts."""
        return SupplyGraph(
            self.files.values(), (*self.facts, *facts), self.assets.values(), self.flows
        )

    def facts_of(self, kind: type[F]) -> list[F]:
        """All facts of exactly this class."""
        return self._by_kind.get(kind, [])  # type: ignore[return-value]

    def facts_in(self, path: str, kind: type[F]) -> list[F]:
        """The facts of exactly this class that one file states."""
        return self._by_place.get((path, kind), [])  # type: ignore[return-value]

    def assets_of(self, kind: AssetKind) -> list[Asset]:
        """All assets of a kind."""
        return [asset for asset in self.assets.values() if asset.kind is kind]

    def into(self, asset_id: str, *kinds: FlowKind) -> list[Flow]:
        """The flows that supply an asset, of the given kinds or of all."""
        flows = self._by_target.get(asset_id, [])
        return [flow for flow in flows if not kinds or flow.kind in kinds]

    def out_of(self, asset_id: str, *kinds: FlowKind) -> list[Flow]:
        """The flows that an asset supplies, of the given kinds or of all."""
        flows = self._by_source.get(asset_id, [])
        return [flow for flow in flows if not kinds or flow.kind in kinds]


def asked_once(question: Callable[[SupplyGraph], Answer]) -> Callable[[SupplyGraph], Answer]:
    """A question that several rules ask of a graph: answered once, forgotten with the graph."""

    @wraps(question)
    def answered(graph: SupplyGraph) -> Answer:
        if question not in graph.answers:
            graph.answers[question] = question(graph)
        return cast(Answer, graph.answers[question])

    return answered


def _grouped(flows: Iterable[Flow], key: Callable[[Flow], str]) -> dict[str, list[Flow]]:
    found: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        found[key(flow)].append(flow)
    return found
