"""Settings that travel inside model archives: NeMo's configuration, TorchServe's manifest, skops."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.data.structured import json_value, line_of, mappings, yaml_value
from whence.readers.models.named_imports import verdict_on, yaml_objects
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode

VERSION = 4
_NEMO = ("nemo", "pytorch_lightning", "lightning", "torch", "megatron", "omegaconf", "transformers")
_SKOPS = (
    "sklearn", "numpy", "scipy", "collections", "builtins.dict", "builtins.list", "builtins.tuple",
    "builtins.set", "builtins.int", "builtins.float", "builtins.str", "builtins.bool", "pandas",
    "builtins.slice", "builtins.bytes", "builtins.bytearray", "builtins.frozenset", "functools",
    "joblib", "xgboost", "lightgbm", "catboost", "quantile_forest", "imblearn", "builtins.type",
    "builtins.NoneType", "builtins.complex", "builtins.range", "datetime", "decimal", "skops",
)  # fmt: skip
_SIGNS = {
    "model_config.yaml": (b"target", b"cls", b"!!python"),
    "schema.json": (b'"__class__"', b'"__loader__"'),
    "MANIFEST.json": (b'"handler"',),
}
_GETTERS = frozenset(("attrgetter", "itemgetter", "methodcaller"))
_BUILTIN_DANGERS = frozenset(("eval", "exec", "compile", "getattr", "open", "__import__"))


def claims(path: str, head: bytes) -> bool:
    """By the names that the loaders look for."""
    words = _SIGNS.get(posixpath.basename(path), ())
    if not words:
        return False
    # Behind the head, escaped, or in another encoding, the words are not to be seen here.
    hidden = len(head) >= HEAD_SIZE or b"\\" in head or not head.isascii() or b"\0" in head
    return hidden or any(word in head for word in words)


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
    yield from yaml_objects(source)
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
        for target, verdict in _built_by(mapping):
            if target in told:
                continue
            told.add(target)
            hidden = verdict == "hidden"
            reason = "skops builds this type; it asks only where the type is not trusted"
            if hidden:
                reason = (
                    "skops asks about this name and calls another: before 0.12 it runs without"
                    " a question (CVE-2025-54412, CVE-2025-54413)"
                )
            yield ConfiguredCode(
                source.span(line_of(source.text, f'"{target.rpartition(".")[2]}"')),
                "skops-type", "schema.json", target[:200], "flag", reason,
                verdict="malicious" if hidden else verdict,
            )  # fmt: skip


def _built_by(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What one node of the schema builds or calls, each with a verdict; `hidden` for a lie."""
    module, kind = node.get("__module__"), node.get("__class__")
    content, loader = node.get("content"), node.get("__loader__")
    if not isinstance(module, str) or not isinstance(kind, str):
        return
    target = f"{module}.{kind}"
    if loader == "FunctionNode" and isinstance(content, dict):
        named = content.get("module_path"), content.get("function")
        if all(isinstance(each, str) for each in named):
            yield f"{named[0]}.{named[1]}", _skops_verdict(str(named[0]), str(named[1]))
            return
    if loader == "OperatorFuncNode":
        yield target, "review" if module == "operator" and kind in _GETTERS else "hidden"
    elif loader == "MethodNode" and not _is_own_method(node, content):
        yield target, "hidden"
    else:
        yield target, _skops_verdict(module, kind)


def _is_own_method(node: dict[str, Any], content: Any) -> bool:
    """Whether a method node names the class of the very object that it holds, as skops writes it."""
    owner = content.get("obj") if isinstance(content, dict) else None
    if not isinstance(owner, dict) or not str(content.get("func")).isidentifier():
        return False
    same = all(owner.get(key) == node.get(key) for key in ("__class__", "__module__"))
    return same and not str(content["func"]).startswith("__")


def _skops_verdict(module: str, kind: str) -> str:
    target = f"{module}.{kind}"
    if any(target == name or target.startswith(name + ".") for name in _SKOPS):
        return "expected"
    if module != "builtins" or kind in _BUILTIN_DANGERS:
        return verdict_on(module, _SKOPS)
    return "review"


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
