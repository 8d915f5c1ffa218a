"""PEFT adapters: the base model that they need and the library that they make PEFT import.

Facts: peft's `AutoPeftModel` and `PeftConfig`: `auto_mapping.parent_library` is imported by name and
asked for `base_model_class`, without any question to the caller.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.data.structured import json_value, line_of
from whence.readers.models.named_imports import verdict_on
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode, ModelOrigin

VERSION = 1
_EXPECTED = (
    "transformers", "diffusers", "sentence_transformers", "torch.nn", "timm", "peft", "trl",
    "open_clip", "torchvision.models", "__main__",
)  # fmt: skip


def claims(path: str, head: bytes) -> bool:
    """By name."""
    return posixpath.basename(path) == "adapter_config.json"


def read(source: Source) -> Iterator[ConfiguredCode | ModelOrigin | Unread]:
    """What the adapter is made from and what loading it imports."""
    config = json_value(source.text)
    if not isinstance(config, dict):
        return
    base = config.get("base_model_name_or_path")
    if isinstance(base, str) and base:
        revision = config.get("revision")
        yield ModelOrigin(
            source.span(line_of(source.text, "base_model_name_or_path")),
            posixpath.dirname(source.path) or ".",
            base,
            "adapter",
            revision if isinstance(revision, str) else "",
            "base",
        )
    mapping = config.get("auto_mapping")
    library = mapping.get("parent_library") if isinstance(mapping, dict) else None
    if isinstance(mapping, dict) and isinstance(library, str):
        verdict = verdict_on(library, _EXPECTED)
        target = f"{library}.{mapping.get('base_model_class', '')}"
        reason = "loading the adapter imports this library by name and calls the class"
        yield ConfiguredCode(
            source.span(line_of(source.text, "parent_library")),
            "adapter-mapping", "auto_mapping.parent_library", target[:200], "load", reason,
            verdict=verdict,
        )  # fmt: skip
