"""Models that a serving program is told to load: the program's command names a file or folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise

from whence.graph.artefacts import Artefacts, artefacts_of, is_whole
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.containers import ImageInstruction
from whence.vocabulary.fact.deployment import ManifestContainer, ShellCommand
from whence.vocabulary.graph import Asset, AssetKind, Certainty, Flow, FlowKind, Pin, SupplyGraph

_SERVERS = re.compile(
    r"(?:^|/)(?:tritonserver|torchserve|tensorflow_model_server|llama-server|mlserver|ovms|vllm|text-generation-launcher)$"
)
_STORES = frozenset(
    {"--model-repository", "--model-store", "--model_base_path", "--model_config_file", "--model-path", "--model_path",
     "--model", "-m", "--model-uri", "--model-id", "--models"}
)  # fmt: skip


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """models → the image, workload or script whose command serves them."""
    for command in graph.facts_of(ShellCommand):
        if not _serves(command):
            continue
        known = artefacts_of(graph)
        target = _runner(command, graph)
        evidence = (Evidence(command.span, " ".join(command.argv)[:80]),)
        for name, certain in sorted(_served(command, known)):
            kind, _, bare = name.partition(":")
            yield Asset(name, AssetKind(kind), bare, evidence=evidence)
            yield target
            yield Flow(
                name, target.id, FlowKind.SERVES, Pin.NAME,
                certainty=Certainty.DECLARED if certain else Certainty.INFERRED, evidence=evidence,
            )  # fmt: skip


def _serves(command: ShellCommand) -> bool:
    words = command.argv
    return _SERVERS.search(words[0]) is not None or (
        words[0].rpartition("/")[2] in ("mlflow", "bentoml") and "serve" in words[1:3]
    )


def _runner(command: ShellCommand, graph: SupplyGraph) -> Asset:
    path = command.span.path
    if graph.facts_in(path, ImageInstruction):
        return Asset(f"image:{path}", AssetKind.IMAGE, path)
    for container in graph.facts_in(path, ManifestContainer):
        if container.span.first <= command.span.first <= container.span.last:
            return Asset(f"workload:{container.owner}", AssetKind.WORKLOAD, container.owner)
    return Asset(f"code:{path}", AssetKind.CODE, path)


def _served(command: ShellCommand, known: Artefacts) -> Iterator[tuple[str, bool]]:
    """The models that the options of a server name: a file, or all that a folder holds."""
    options: dict[str, str] = {}
    for before, word in pairwise((*command.argv, "")):
        flag, equals, value = before.partition("=")
        if flag in _STORES:
            options[flag] = value if equals else word
    store = options.get("--model-store", "")
    listed = options.pop("--models", "").rpartition("=")[2]
    if listed.endswith(".mar"):
        options["--models"] = posixpath.join(store, listed)
        options.pop("--model-store", None)
    for place in options.values():
        if not is_whole(place):
            continue
        name = known.named(place, command.span.path)
        bare = name.partition(":")[2]
        models = [known.named(made) for made in known.inside(bare)]
        yield from ((model, False) for model in models if model.startswith("model:"))
        if not models and name.startswith("model:"):
            yield name, True
