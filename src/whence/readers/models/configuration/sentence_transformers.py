"""sentence-transformers: classes that `modules.json` and the modules' configurations name.

Facts: `SentenceTransformer._load_sbert_model` imports `type` of every module; since 3.1 types from
outside the library ask for `trust_remote_code`. `Dense` imports its `activation_function` by name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source
from whence.readers.data.structured import json_value, line_of
from whence.readers.models.named_imports import verdict_on
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData

VERSION = 1
_OWN = ("sentence_transformers",)
_ACTIVATIONS = ("torch.nn", "sentence_transformers", "torch.nn.modules")
_MODULE_CONFIG = re.compile(r"(?:^|/)\d+_[A-Za-z]\w*/config\.json$")


def claims(path: str, head: bytes) -> bool:
    """`modules.json`, and `config.json` of a numbered module folder."""
    return posixpath.basename(path) == "modules.json" or bool(_MODULE_CONFIG.search(path))


def read(source: Source) -> Iterator[ConfiguredCode | ExternalData | Unread]:
    """Classes from outside the library, and modules outside the model's folder."""
    config = json_value(source.text)
    if isinstance(config, dict):
        name = config.get("activation_function")
        if isinstance(name, str) and "." in name:
            reason = "the class is imported by name and called when the model is loaded"
            yield _code(source, "activation_function", name, "load", reason, _ACTIVATIONS)
        return
    for module in config if isinstance(config, list) else ():
        if isinstance(module, dict):
            yield from _module(source, module)


def _module(source: Source, module: dict[str, Any]) -> Iterator[ConfiguredCode | ExternalData]:
    kind, path = module.get("type"), module.get("path")
    if isinstance(kind, str):
        reason = "the class is imported by name when the model is loaded"
        yield _code(source, f"{module.get('name', '')}.type", kind, "flag", reason, _OWN)
    if isinstance(path, str) and (path.startswith("/") or ".." in path.split("/")):
        escapes = "absolute path" if path.startswith("/") else "parent directory"
        yield ExternalData(source.span(line_of(source.text, path)), path[:200], escapes)


def _code(
    source: Source, setting: str, target: str, runs: str, reason: str, expected: tuple[str, ...]
) -> ConfiguredCode:
    repository, _, name = target.rpartition("--")
    verdict = "review" if repository else verdict_on(name, expected)
    span = source.span(line_of(source.text, target))
    return ConfiguredCode(
        span, "modules.json", setting, target[:200], runs, reason, repository, verdict
    )
