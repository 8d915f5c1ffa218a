"""Models that a serving program is told to load: the program's command names a file or folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise

from whence.graph.artefacts import Artefacts, artefacts_of, asset_of
from whence.graph.place_names import is_whole
from whence.graph.runners import runner_of
from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.containers import BaseImage, ComposeService, ImageInstruction
from whence.vocabulary.fact.deployment import ManifestContainer, ManifestObject, ShellCommand
from whence.vocabulary.graph import Asset, Flow, FlowKind, Pin, SupplyGraph

_SERVERS = re.compile(
    r"(?:^|/)(?:tritonserver|torchserve|tensorflow_model_server|llama-server|llama-cli|mlserver|ovms|vllm"
    r"|text-generation-launcher|text-embeddings-router|sglang|lmdeploy|ollama|whisper-server|infinity_emb)$"
)
_MODULES = re.compile(
    r"(?:vllm\.entrypoints|sglang\.launch_server|llama_cpp\.server|fastchat\.serve|mlx_lm\.server)"
)
_IMAGES = re.compile(
    r"vllm|sglang|text-generation-inference|text-embeddings-inference|tritonserver|torchserve|tensorflow/serving"
    r"|llama\.cpp|openvino/model_server|mlserver|lmdeploy|localai"
)
_STORES = frozenset(
    {"--model-repository", "--model-store", "--model_base_path", "--model_config_file", "--model-path", "--model_path",
     "--model", "-m", "--model-uri", "--model-id", "--models", "--model_id", "--lora-modules"}
)  # fmt: skip
_URI_KEY = re.compile(r"(?:^|\.)(?:storageUri|modelUri|modelURI|model_uri)$")
_FOLDERS = {
    "tensorflow/serving": "/models",
    "tritonserver": "/models",
    "torchserve": "/home/model-server/model-store",
}


def link(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """models → the image, workload or script that serves them."""
    images = _images(graph)
    for command in graph.facts_of(ShellCommand):
        if not _serves(command) and not (
            command.argv[0].startswith("-") and _image_at(command.span, images)
        ):
            continue
        known = artefacts_of(graph)
        for name, certain in sorted(_served(command, known)):
            yield from _flow(name, certain, command.span, " ".join(command.argv)[:80], graph)
    for value in graph.facts_of(ConfigValue):
        if _URI_KEY.search(value.key) and graph.facts_in(value.span.path, ManifestObject):
            known = artefacts_of(graph)
            for name, certain in sorted(_behind(value.value, value.span, known)):
                yield from _flow(
                    name, certain, value.span, f"{value.key}: {value.value}"[:80], graph
                )
    yield from _in_images(graph)


def _flow(
    name: str, certain: bool, span: Span, says: str, graph: SupplyGraph
) -> Iterator[Asset | Flow]:
    target = runner_of(span, graph)
    evidence = (Evidence(span, says),)
    yield asset_of(name, graph, evidence)
    yield target
    yield Flow(
        name, target.id, FlowKind.SERVES, Pin.NAME, certainty=artefacts_of(graph).certainty(name, certain),
        evidence=evidence,
    )  # fmt: skip


def _images(graph: SupplyGraph) -> dict[str, list[tuple[Span, str]]]:
    """By file, the containers and services whose image is a server's, which knows options alone."""
    found: dict[str, list[tuple[Span, str]]] = {}
    holders: list[ManifestContainer | ComposeService] = [
        *graph.facts_of(ManifestContainer),
        *graph.facts_of(ComposeService),
    ]
    for holder in holders:
        if _IMAGES.search(holder.image):
            found.setdefault(holder.span.path, []).append((holder.span, holder.image))
    return found


def _image_at(span: Span, images: dict[str, list[tuple[Span, str]]]) -> str:
    return next((image for around, image in images.get(span.path, ())
                 if around.first <= span.first <= around.last), "")  # fmt: skip


def _serves(command: ShellCommand) -> bool:
    words = command.argv
    tool = words[0].rpartition("/")[2]
    if tool in ("mlflow", "bentoml", "ollama") and {"serve", "create"} & set(words[1:3]):
        return True
    if tool.startswith("python") and words[1:2] == ("-m",) and len(words) > 2:
        return _MODULES.match(words[2]) is not None
    return _SERVERS.search(words[0]) is not None


def _served(command: ShellCommand, known: Artefacts) -> Iterator[tuple[str, bool]]:
    """The models that the options of a server name: a file, or all that a folder holds."""
    options: dict[str, str] = {}
    for before, word in pairwise((*command.argv, "")):
        flag, equals, value = before.partition("=")
        if flag in _STORES:
            options[flag] = value if equals else word
        elif before == "serve" and not word.startswith("-"):
            options[before] = word
    store = options.get("--model-store", "")
    listed = options.pop("--models", "").rpartition("=")[2]
    if listed.endswith(".mar"):
        options["--models"] = posixpath.join(store, listed)
        options.pop("--model-store", None)
    for place in options.values():
        yield from _behind(place, command.span, known)


def _behind(place: str, span: Span, known: Artefacts) -> Iterator[tuple[str, bool]]:
    """The models that a place means: itself, all that a folder holds, or a source outside."""
    if not is_whole(place):
        return
    bare, sure = known.meant(place, span)
    models = [known.named(made) for made in known.inside(bare)]
    models = [model for model in models if model.startswith("model:")]
    yield from ((model, False) for model in models)
    name = known.named(bare)
    outside = "://" in bare or re.fullmatch(r"[\w.-]+/[\w.-]+", bare) is not None
    if models or (not name.startswith("model:") and not outside):
        return
    yield (known.remote(bare) if outside else name), sure


def _in_images(graph: SupplyGraph) -> Iterator[Asset | Flow]:
    """Images that stand on a server's image and take in a model where that server looks for it."""
    for base in graph.facts_of(BaseImage):
        start = next((at for name, at in _FOLDERS.items() if name in base.reference), "")
        if not start or base.used_for != "build":
            continue
        known = artefacts_of(graph)
        for step in graph.facts_in(base.span.path, ImageInstruction):
            if step.keyword not in ("COPY", "ADD") or not (step.arguments or ("",))[-1].startswith(
                start
            ):
                continue
            for place in step.arguments[:-1]:
                for name, certain in sorted(_behind(posixpath.normpath(place), step.span, known)):
                    yield from _flow(name, certain, step.span, f"copies {step.value[:60]}", graph)
