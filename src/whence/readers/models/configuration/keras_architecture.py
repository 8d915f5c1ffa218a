"""Keras architectures in JSON files of their own, as `model.to_json()` writes them.

Facts: `model_from_json` rebuilds the layers as `load_model` does, without asking for a safe mode
in Keras 2.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import HEAD_SIZE, Source, Unreadable
from whence.readers.data.structured import json_value
from whence.readers.models.format import keras
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData

VERSION = 2
_LARGEST = 4 * 1024 * 1024
_NAMED = re.compile(r"model|arch|keras|network", re.IGNORECASE)
_MODELS = (b'"Sequential"', b'"Functional"', b'"Model"', b'"keras', b'"InputLayer"')


def claims(path: str, head: bytes) -> bool:
    """A JSON file that begins with a class of Keras and its configuration, or may go on with them."""
    return path.endswith(".json") and (_begins(head) or _may_go_on(path, head))


def read(source: Source) -> Iterator[ConfiguredCode | ExternalData | Unread]:
    """What rebuilding the architecture imports, runs or reads."""
    with source.open() as stream:
        begins = _begins(stream.read(HEAD_SIZE))
    if not begins and source.size > _LARGEST:
        return
    try:
        config = json_value(source.text)
    except Unreadable:
        if begins:
            raise
        return
    if begins or _is_architecture(config):
        yield from keras.judged(config, source.span(1), legacy=True)


def _begins(head: bytes) -> bool:
    if b'"class_name"' not in head or b'"config"' not in head:
        return False
    return any(name in head for name in _MODELS)


def _may_go_on(path: str, head: bytes) -> bool:
    """The order of keys is free, and so is how they are written."""
    if _NAMED.search(posixpath.basename(path)) is None or head.lstrip()[:1] not in (b"{", b""):
        return False
    return len(head) >= HEAD_SIZE or b"\\u" in head


def _is_architecture(config: Any) -> bool:
    return isinstance(config, dict) and {"class_name", "config"} <= config.keys()
