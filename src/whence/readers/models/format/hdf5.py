"""HDF5 files, and the Keras models in them: configuration, links out of the file."""

from __future__ import annotations

import json

from whence.readers.models.format import keras
from whence.readers.models.format.hdf5_objects import Attribute, Broken, Objects
from whence.readers.models.format.onnx import leaves_folder
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData, ModelFile

_MOST_OUTSIDE = 100


def inspect(part: Part) -> Found:
    """What loading the file would import, run or read elsewhere."""
    covered, is_keras, runs = 1.0, False, False
    outside: set[str] = set()
    try:
        objects = Objects(part.random(), part.size)
        for found in objects.walk():
            if isinstance(found, Attribute):
                is_keras = True
                for fact in _configuration(part, found):
                    runs = runs or isinstance(fact, ConfiguredCode)
                    yield fact
            elif found.file not in outside and len(outside) < _MOST_OUTSIDE:
                outside.add(found.file)
                shown = printable(f"{found.file} ({found.how})")
                yield ExternalData(part.span(), shown, leaves_folder(found.file))
        if 0 < objects.end < part.size:
            covered = 0.9
            yield part.unread(
                f"{part.size - objects.end} bytes stand behind the end that it states"
            )
        if objects.dense:
            covered = 0.9
            yield part.unread(f"{objects.dense} groups or attributes are kept dense, not followed")
    except Broken as error:
        covered = 0.5
        yield part.unread(f"the HDF5 file could not be followed: {error}")
    name = "keras-h5" if is_keras else "hdf5"
    yield ModelFile(part.span(), name, runs, part.size, covered=covered, member=part.member)


def _configuration(part: Part, attribute: Attribute) -> Found:
    if attribute.name != "model_config":
        return
    try:
        config = json.loads(attribute.value)
    except (ValueError, RecursionError):
        yield part.unread("its model_config is not JSON")
        return
    yield from keras.judged(config, part.span("model_config"), legacy=True)
