"""Names of models and data sets on hubs, as code facts give them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.rules.models.publishers import owner_of_known
from whence.vocabulary.fact.code import DatasetLoad, ModelLoad, Origin, OriginKind
from whence.vocabulary.graph import SupplyGraph

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*(?:/[\w.\-]+)?")
_NO_NAME = re.compile(
    r"(?i)(?:true|false|none|null|auto|default|ellipsis|cpu|cuda(?::\d+)?|mps|xpu|npu|hpu|tpu|gpu"
    r"|(?:b?float|fp|bf|u?int)\d+|[\d.]+)|.*\.(?:json|ya?ml|toml|ini|cfg|txt|md|py|csv|log|html?)"
)
_WITH_OWNERS = frozenset(
    {"transformers", "huggingface_hub", "diffusers", "peft", "vllm", "sglang", "lmdeploy"}
)
_FOLDERS = frozenset(
    {
        "model", "models", "checkpoint", "checkpoints", "ckpt", "ckpts", "output", "outputs",
        "artifact", "artifacts", "result", "results", "data", "saved_models", "weights", "runs",
        "exp", "experiments", "tmp", "cache", "build", "dist", "export", "exports",
    }
)  # fmt: skip


def is_commit(revision: str) -> bool:
    """Whether a revision names bytes that cannot change."""
    return _COMMIT.fullmatch(revision) is not None


def named_models(load: ModelLoad | DatasetLoad) -> Iterator[tuple[str, Origin]]:
    """The hub names that a load may ask for, each with the origin that decides it."""
    seen: set[str] = set()
    for origin in load.origins:
        if origin.kind in (OriginKind.UNKNOWN, OriginKind.REQUEST, OriginKind.MESSAGE):
            continue
        name = origin.detail
        if len(load.origins) == 1 and load.artefact and "?" not in load.artefact:
            name = load.artefact
        plain = name.removeprefix("hf-hub:").removeprefix("https://tfhub.dev/")
        if "://" in plain or _NO_NAME.fullmatch(plain):
            continue
        plain = plain.partition(":")[0]
        if load.library == "huggingface_hub" and "/" not in plain and not owner_of_known(plain):
            continue  # the hub's own client wants an owner
        if "_" in plain and "/" not in plain and load.library in _WITH_OWNERS:
            continue  # a key of a table of templates: names without an owner hold no underscore
        if name and name not in seen and _NAME.fullmatch(plain.rstrip("/")):
            seen.add(name)
            yield name, origin


def is_local_name(name: str, load: ModelLoad | DatasetLoad, graph: SupplyGraph) -> bool:
    """Whether a name means a folder of the tree or of the project's own outputs."""
    first = name.partition("/")[0]
    if first in _FOLDERS or name.startswith((".", "/", "~")):
        return True
    beside = posixpath.join(posixpath.dirname(load.span.path), name)
    prefixes = (name.rstrip("/") + "/", posixpath.normpath(beside) + "/")
    return any(path.startswith(prefixes) for path in graph.files)
