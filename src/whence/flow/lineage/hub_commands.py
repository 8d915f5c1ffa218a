"""Models that commands load from a hub: servers, converters, trainers and the hub's own tool.

Sources: the reference pages of vLLM, SGLang, text-generation-inference, lm-evaluation-harness, optimum,
trl, LLaMA-Factory, Axolotl, CTranslate2, llama.cpp, FastChat and huggingface_hub.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue, ModelLoad, Origin, OriginKind
from whence.vocabulary.fact.containers import ComposeService
from whence.vocabulary.fact.deployment import ManifestContainer, ShellCommand
from whence.vocabulary.graph import SupplyGraph

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_NAMES = frozenset(
    {"--model", "--model-path", "--model-id", "--model_id", "--model_name_or_path", "--model-name-or-path",
     "--tokenizer", "--draft-model", "--speculative-model", "-hf", "--hf-repo", "--embedding-model"}
)  # fmt: skip
_REVISIONS = frozenset({"--revision", "--model-revision", "--model_revision", "--code-revision"})
_TRUST = frozenset({"--trust-remote-code", "--trust_remote_code"})
_FOLDERS = re.compile(
    r"(?:out(?:puts?)?|models?|checkpoints?|ckpts?|runs?|results?|build|dist|artifacts?|data|weights|tmp|exp|logs?|merged)/"
)
_FILE = re.compile(r"\.(?:gguf|bin|pt|pth|safetensors|onnx|py|ya?ml|json)$")
_TOOLS = re.compile(
    r"(?:^|/)(?:vllm|sglang|text-generation-launcher|text-embeddings-router|lm_eval|lm-eval|optimum-cli|llamafactory-cli"
    r"|trl|ct2-transformers-converter|llama-server|llama-cli|infinity_emb|lmdeploy|tgi|mlx_lm\.\w+|olive|lighteval)$"
    r"|^(?:vllm|sglang|fastchat|lm_eval|optimum|mlx_lm|axolotl|llamafactory|trl|lmdeploy)(?:\.|$)"
)
_IMAGES = re.compile(
    r"vllm|sglang|text-generation-inference|text-embeddings-inference|tei-|lmdeploy|infinity"
)
_CALLS = re.compile(
    r"(?:\.from_pretrained|\bpipeline|\bSentenceTransformer|\bCrossEncoder|\bsnapshot_download|\bhf_hub_download|\bWhisperModel)"
    r"\((?P<arguments>[^()]*)\)"
)
_MODEL_NAME = re.compile(
    r"(?:model|repo_id|pretrained_model_name_or_path|model_name_or_path)\s*=\s*['\"]([^'\"]+)|^\s*['\"]([^'\"]+/[^'\"]+)['\"]"
)
_RECIPES = re.compile(
    r"axolotl|llamafactory|llama-factory|(?:^|/)trl$|(?:^|/)tune$|recipes?/|autotrain"
)
_RECIPE_NAMES = (
    "base_model",
    "model_name_or_path",
    "base_model_name",
    "pretrained_model_name_or_path",
)
_RECIPE_REVISIONS = ("revision_of_model", "model_revision", "revision", "base_model_revision")


class _Asked(msgspec.Struct, frozen=True):
    """What is asked of a hub: the name, what fixes it, and whether its code runs."""

    name: str
    revision: str
    trusted: bool


def hub_command_facts(graph: SupplyGraph) -> Iterator[ModelLoad]:
    """A load for every model that a command, a container or a recipe of a tool names."""
    images = _images(graph)
    for command in graph.facts_of(ShellCommand):
        words = list(command.argv)
        tool = _tool(words)
        bare = not tool and words[0].startswith("-")
        if bare and images.get((command.span.path, words[0])):
            tool = images[command.span.path, words[0]]
        for asked in _asked(words, tool) if tool else ():
            yield _load(asked, tool, command.span)
        for asked in _inline(words):
            yield _load(asked, "from_pretrained", command.span)
        if tool and _RECIPES.search(tool):
            yield from _of_recipe(words, tool, graph)
    holders: list[ManifestContainer | ComposeService] = [
        *graph.facts_of(ManifestContainer),
        *graph.facts_of(ComposeService),
    ]
    for holder in holders:
        if _IMAGES.search(holder.image) and _NAME.fullmatch(holder.env.get("MODEL_ID", "")):
            line = holder.lines.get("env.MODEL_ID", holder.span.first)
            trusted = holder.env.get("TRUST_REMOTE_CODE", "").lower() in ("1", "true")
            asked = _Asked(holder.env["MODEL_ID"], holder.env.get("REVISION", ""), trusted)
            yield _load(asked, holder.image.partition(":")[0], Span(holder.span.path, line, line))


def _inline(words: list[str]) -> Iterator[_Asked]:
    """What the text behind `python -c` loads by a constant name."""
    for before, text in pairwise(words):
        if before != "-c" or not re.match(r"(?:.*/)?python[\d.]*$", words[0]):
            continue
        for call in _CALLS.finditer(text[:4000]):
            name = _MODEL_NAME.search(call["arguments"])
            told = (name[1] or name[2]) if name else ""
            if _NAME.fullmatch(told):
                revision = re.search(r"revision\s*=\s*['\"]([^'\"]+)", call["arguments"])
                trusted = re.search(r"trust_remote_code\s*=\s*True", call["arguments"])
                yield _Asked(told, revision[1] if revision else "", trusted is not None)


def _images(graph: SupplyGraph) -> dict[tuple[str, str], str]:
    """By file and first word, the images that know what to do with options alone."""
    found: dict[tuple[str, str], str] = {}
    for container in graph.facts_of(ManifestContainer):
        if container.command and _IMAGES.search(container.image):
            found[container.span.path, container.command[0]] = container.image.partition(":")[0]
    for service in graph.facts_of(ComposeService):
        if _IMAGES.search(service.image):
            for word in _NAMES:
                found.setdefault((service.span.path, word), service.image.partition(":")[0])
    return found


def _tool(words: list[str]) -> str:
    """The program or module that a command runs, where it is one that loads models by name."""
    for number, word in enumerate(words[:8]):
        if word == "-m" and number + 1 < len(words):
            return words[number + 1] if _TOOLS.search(words[number + 1]) else ""
        if _TOOLS.search(word) and (
            not number or words[number - 1] in ("run", "launch", "exec", "uvx", "--")
        ):
            return word
    if words[0].rpartition("/")[2] in ("huggingface-cli", "hf") and words[1:2] == ["download"]:
        return words[0]
    return ""


def _asked(words: list[str], tool: str) -> Iterator[_Asked]:
    given = dict(_options(words))
    if given.get("--repo-type", "model") != "model":
        return
    parts = dict(
        pair.split("=", 1) for pair in given.get("--model_args", "").split(",") if "=" in pair
    )
    names = [value for flag, value in _options(words) if flag in _NAMES]
    names += [parts.get("pretrained", ""), *_positional(words, tool)]
    revisions = [given[flag] for flag in sorted(_REVISIONS) if given.get(flag)]
    revision = next(iter(revisions), parts.get("revision", ""))
    trust = next((given[flag] for flag in sorted(_TRUST) if flag in given), "false")
    trust = parts.get("trust_remote_code", trust)
    for name in dict.fromkeys(names):
        if _NAME.fullmatch(name) and not _FILE.search(name) and not _FOLDERS.match(name):
            trusted = trust.lower() not in ("false", "0", "no")
            yield _Asked(name, "?" if "$" in revision else revision, trusted)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """The options of a command with what is given for them."""
    for number, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if word.startswith("-"):
            after = words[number + 1] if number + 1 < len(words) else ""
            yield flag, value if equals else "" if after.startswith("-") else after


def _positional(words: list[str], tool: str) -> list[str]:
    """The word behind `vllm serve` and `hf download`."""
    for verb in ("serve", "download"):
        if verb in words[:6] and tool.rpartition("/")[2] in (
            "vllm",
            "hf",
            "huggingface-cli",
            "lmdeploy",
        ):
            return words[words.index(verb) + 1 :][:1]
    return []


def _of_recipe(words: list[str], tool: str, graph: SupplyGraph) -> Iterator[ModelLoad]:
    """The model that the configuration of a training tool names."""
    for word in words:
        if not word.endswith((".yaml", ".yml", ".json")):
            continue
        path = word.removeprefix("./")
        values = {value.key: value for value in graph.facts_in(path, ConfigValue)}
        named = next((values[key] for key in _RECIPE_NAMES if key in values), None)
        if named is None or not _NAME.fullmatch(named.value):
            continue
        revision = next((values[key].value for key in _RECIPE_REVISIONS if key in values), "")
        trust = values.get("trust_remote_code")
        trusted = trust is not None and trust.value.lower() == "true"
        span = trust.span if trusted and trust is not None else named.span
        yield _load(_Asked(named.value, revision, trusted), tool, span)


def _load(asked: _Asked, tool: str, span: Span) -> ModelLoad:
    origin = Origin(OriginKind.CONSTANT, asked.name, span, span)
    return ModelLoad(
        span, tool, tool.rpartition("/")[2].partition(".")[0], (origin,), asked.name,
        revision=asked.revision, remote_code=str(asked.trusted), decision=span,
    )  # fmt: skip
