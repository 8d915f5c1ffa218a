"""Settings that travel inside model archives: NeMo's configuration, TorchServe's manifest, skops."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.data.structured import json_value, line_of, mappings, yaml_value
from whence.readers.models.configuration.imports import verdict_on
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode

VERSION = 1
_NEMO = ("nemo", "pytorch_lightning", "lightning", "torch", "megatron", "omegaconf", "transformers")
_SKOPS = (
    "sklearn", "numpy", "scipy", "collections", "builtins.dict", "builtins.list", "builtins.tuple",
    "builtins.set", "builtins.int", "builtins.float", "builtins.str", "builtins.bool", "pandas",
    "builtins.slice", "builtins.bytes", "builtins.bytearray", "builtins.frozenset", "functools",
    "joblib", "xgboost", "lightgbm", "catboost", "quantile_forest", "imblearn", "builtins.type",
    "builtins.NoneType", "builtins.complex", "builtins.range", "datetime", "decimal", "skops",
)  # fmt: skip
_BUILTIN_DANGERS = frozenset(("eval", "exec", "compile", "getattr", "open", "__import__"))


def claims(path: str, head: bytes) -> bool:
    """By the names that the loaders look for."""
    name = posixpath.basename(path)
    if name == "model_config.yaml":
        return b"target" in head
    if name == "schema.json":
        return b'"__class__"' in head or b'"__loader__"' in head
    return name == "MANIFEST.json" and b'"handler"' in head


def read(source: Source) -> Iterator[ConfiguredCode | Unread]:
    """Every import that loading makes by name, unless it is the framework's own."""
    name = posixpath.basename(source.path)
    if name == "model_config.yaml":
        yield from _nemo(source)
    elif name == "schema.json":
        yield from _skops(source)
    else:
        yield from _torchserve(source)


def _nemo(source: Source) -> Iterator[ConfiguredCode]:
    told: set[str] = set()
    for keys, mapping in mappings(yaml_value(source.text)):
        for key in ("_target_", "target", "cls"):
            target = mapping.get(key)
            if not isinstance(target, str) or "." not in target or target in told:
                continue
            told.add(target)
            reason = "restoring the model imports this name and calls it"
            yield ConfiguredCode(
                source.span(line_of(source.text, target)), "nemo-target",
                ".".join((*keys, key))[:120], target[:200], "load", reason,
                verdict=verdict_on(target, _NEMO),
            )  # fmt: skip


def _skops(source: Source) -> Iterator[ConfiguredCode]:
    told: set[str] = set()
    for _, mapping in mappings(json_value(source.text)):
        module, kind = mapping.get("__module__"), mapping.get("__class__")
        if not isinstance(module, str) or not isinstance(kind, str):
            continue
        target = f"{module}.{kind}"
        if target in told:
            continue
        told.add(target)
        verdict = "review"
        if any(target == name or target.startswith(name + ".") for name in _SKOPS):
            verdict = "expected"
        elif module != "builtins" or kind in _BUILTIN_DANGERS:
            verdict = verdict_on(module, _SKOPS)
        reason = "skops builds this type; it asks only where the type is not trusted"
        yield ConfiguredCode(
            source.span(line_of(source.text, f'"{kind}"')),
            "skops-type", "schema.json", target[:200], "flag", reason, verdict=verdict,
        )  # fmt: skip


def _torchserve(source: Source) -> Iterator[ConfiguredCode]:
    manifest = json_value(source.text)
    model = manifest.get("model") if isinstance(manifest, dict) else None
    handler = model.get("handler") if isinstance(model, dict) else None
    if isinstance(handler, str) and handler.split(":")[0].endswith(".py"):
        reason = "TorchServe runs this Python file of the archive when it loads the model"
        yield ConfiguredCode(
            source.span(line_of(source.text, handler)),
            "torchserve-handler", "model.handler", handler[:200], "load", reason,
        )  # fmt: skip
