"""HDF5 files, and the Keras models in them: configuration, links out of the file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

from whence.readers.models.content import is_pickle
from whence.readers.models.format import keras, pickled
from whence.readers.models.format.hdf5_objects import (
    Attribute,
    Broken,
    Objects,
    Outside,
    Pickled,
)
from whence.readers.models.format.onnx import leaves_folder
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData, ModelFile, PickleUse

_MOST_OUTSIDE = 100


def inspect(part: Part) -> Found:
    """What loading the file would import, run or read elsewhere."""
    covered, is_keras, runs = 1.0, False, False
    outside: set[str] = set()
    try:
        objects = Objects(part.random(), part.size)
        for found in objects.walk():
            is_keras = is_keras or isinstance(found, Attribute)
            for fact in _judged(part, found, outside):
                runs = runs or isinstance(fact, ConfiguredCode | PickleUse)
                yield fact
        if 0 < objects.end < part.size:
            covered = 0.9
            yield part.unread(
                f"{part.size - objects.end} bytes stand behind the end that it states"
            )
        if objects.objects:
            covered, runs = 0.9, True
            yield part.unread(
                "PyTables keeps pickled objects in it, which were not followed: pandas unpickles"
                " them when it reads the file"
            )
        if objects.dense:
            covered = 0.9
            yield part.unread(f"{objects.dense} groups or attributes are kept dense, not followed")
    except Broken as error:
        covered = 0.5
        yield part.unread(f"the HDF5 file could not be followed: {error}")
    name = "keras-h5" if is_keras else "hdf5"
    yield ModelFile(part.span(), name, runs, part.size, covered=covered, member=part.member)


def _judged(part: Part, found: Attribute | Pickled | Outside, told: set[str]) -> Found:
    if isinstance(found, Attribute):
        yield from _configuration(part, found)
    elif isinstance(found, Pickled):
        yield from _unpickled(part, found)
    elif found.file not in told and len(told) < _MOST_OUTSIDE:
        told.add(found.file)
        shown = printable(f"{found.file} ({found.how})")
        yield ExternalData(part.span(), shown, leaves_folder(found.file))


def _unpickled(part: Part, found: Pickled) -> Iterator[PickleUse]:
    """What PyTables, and pandas through it, would do with an attribute of bytes."""
    inner = part.inside(f"attribute {found.name}", len(found.data), lambda: io.BytesIO(found.data))
    if is_pickle(found.data):
        yield from (fact for fact in pickled.inspect(inner) if isinstance(fact, PickleUse))


def _configuration(part: Part, attribute: Attribute) -> Found:
    if attribute.name != "model_config":
        return
    try:
        config = json.loads(attribute.value)
    except (ValueError, RecursionError):
        yield part.unread("its model_config is not JSON")
        return
    yield from keras.judged(config, part.span("model_config"), legacy=True)
