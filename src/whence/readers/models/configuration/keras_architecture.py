"""Keras architectures in JSON files of their own, as `model.to_json()` writes them.

Facts: `model_from_json` rebuilds the layers as `load_model` does, without asking for a safe mode
in Keras 2.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.data.structured import json_value
from whence.readers.models.format import keras
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData

VERSION = 1
_MODELS = (b'"Sequential"', b'"Functional"', b'"Model"', b'"keras', b'"InputLayer"')


def claims(path: str, head: bytes) -> bool:
    """A JSON file that begins with a class of Keras and its configuration."""
    if not path.endswith(".json") or b'"class_name"' not in head or b'"config"' not in head:
        return False
    return any(name in head for name in _MODELS)


def read(source: Source) -> Iterator[ConfiguredCode | ExternalData | Unread]:
    """What rebuilding the architecture imports, runs or reads."""
    yield from keras.judged(json_value(source.text), source.span(1), legacy=True)
