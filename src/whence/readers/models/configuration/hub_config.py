"""Transformers' JSON files: code that they name, other repositories that they come from.

Facts: transformers' `dynamic_module_utils` and `pipelines`: `auto_map` maps an auto class to
`module.Class`, or to `owner/name--module.Class` in another repository.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source
from whence.readers.data.structured import json_value, line_of, mappings
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData, ModelOrigin

VERSION = 3
_NAMES = frozenset(
    (
        "config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json",
        "feature_extractor_config.json", "image_processor_config.json", "generation_config.json",
        "video_preprocessor_config.json",
    )
)  # fmt: skip
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_TARGET = re.compile(r"(?:(?P<repository>[\w.-]+/[\w.-]+)--)?(?P<code>[\w.]+)")
_LOCAL = ("./", "../", "/")


def claims(path: str, head: bytes) -> bool:
    """The names that the library looks for, where a model stands behind them."""
    name = posixpath.basename(path)
    if name not in _NAMES and not name.endswith(".index.json"):
        return False
    return head.lstrip()[:1] in (b"{", b"")


def read(source: Source) -> Iterator[ConfiguredCode | ModelOrigin | ExternalData | Unread]:
    """Code by `auto_map`, `custom_pipelines` and hub kernels; the repository it was made from."""
    config = json_value(source.text)
    if not isinstance(config, dict):
        return
    if source.path.endswith(".index.json"):
        yield from _shards(source, config)
        return
    for keys, mapping in mappings(config):
        yield from _auto_map(source, mapping.get("auto_map"), ".".join((*keys, "auto_map"))[:120])
    yield from _pipelines(source, config.get("custom_pipelines"))
    for key in ("attn_implementation", "_attn_implementation"):
        kernel = config.get(key)
        if isinstance(kernel, str) and _REPOSITORY.fullmatch(kernel.split("@")[0].split(":")[0]):
            reason = "a compiled kernel is fetched from the hub and run in the process"
            span = source.span(line_of(source.text, kernel))
            yield ConfiguredCode(span, "hub-kernel", key, kernel, "load", reason, kernel)
    yield from _origin(source, config)


def _auto_map(source: Source, mapping: Any, setting: str) -> Iterator[ConfiguredCode]:
    if not isinstance(mapping, dict):
        return
    for name, value in mapping.items():
        targets = value if isinstance(value, list) else [value]
        for target in targets:
            if isinstance(target, str):
                yield _code(source, "auto_map", f"{setting}.{name}", target)


def _pipelines(source: Source, pipelines: Any) -> Iterator[ConfiguredCode]:
    for name, entry in pipelines.items() if isinstance(pipelines, dict) else ():
        target = entry.get("impl") if isinstance(entry, dict) else None
        if isinstance(target, str):
            yield _code(source, "custom-pipeline", f"custom_pipelines.{name}.impl", target)


def _code(source: Source, mechanism: str, setting: str, target: str) -> ConfiguredCode:
    found = _TARGET.fullmatch(target)
    repository = (found["repository"] or "") if found else ""
    where = f"from another repository, {repository}," if repository else "of this repository"
    reason = f"Python code {where} is imported when a caller allows remote code"
    span = source.span(line_of(source.text, target))
    return ConfiguredCode(span, mechanism, setting, target[:200], "flag", reason, repository)


def _origin(source: Source, config: dict[str, Any]) -> Iterator[ModelOrigin]:
    name = config.get("_name_or_path")
    if not isinstance(name, str) or name.startswith(_LOCAL) or not _is_model(config):
        return
    if _REPOSITORY.fullmatch(name) or re.fullmatch(r"[a-z0-9][\w.-]{2,60}", name):
        commit = config.get("_commit_hash")
        folder = posixpath.dirname(source.path) or "."
        span = source.span(line_of(source.text, f'"{name}"'))
        revision = commit if isinstance(commit, str) else ""
        yield ModelOrigin(span, folder, name, "config", revision, "base")


def _is_model(config: dict[str, Any]) -> bool:
    return bool({"model_type", "architectures", "transformers_version"} & config.keys())


def _shards(source: Source, index: dict[str, Any]) -> Iterator[ExternalData]:
    """Shards outside the index's own folder; those inside are ordinary."""
    names = index.get("weight_map")
    values = (
        {name for name in names.values() if isinstance(name, str)}
        if isinstance(names, dict)
        else set()
    )
    for name in sorted(values):
        escapes = "absolute path" if name.startswith("/") else ""
        escapes = "parent directory" if ".." in name.split("/") else escapes
        if escapes:
            yield ExternalData(source.span(line_of(source.text, name)), name[:200], escapes)
