"""`keras_metadata.pb` of a SavedModel: the configurations from which Keras 2 rebuilds its layers.

Facts: `saved_metadata.proto` of Keras 2: nodes (1) with a path (3), an identifier (4) and a JSON
text (5). `load_model` rebuilds every layer that the text describes, Lambda layers included.
"""

from __future__ import annotations

import json

from whence.readers.models.format import keras
from whence.readers.models.format.protobuf import Broken, Field, Wire
from whence.readers.models.part import Found, Part
from whence.vocabulary.fact.models import ConfiguredCode, ModelFile

_NODE_FIELDS = frozenset((2, 3, 4, 5, 6))
_JSON, _IDENTIFIER = 5, 4


def matches(part: Part, wire: Wire) -> bool:
    """Nothing but nodes, the first of which says that it is one of Keras."""
    try:
        first: Field | None = None
        for field in wire.fields(0, part.size):
            if field.number != 1 or field.wire != 2:
                return False
            first = first or field
        if first is None:
            return False
        named = wire.texts(first.start, first.end, _IDENTIFIER)
        return bool(named) and named[0].startswith("_tf_keras")
    except Broken:
        return False


def inspect(part: Part) -> Found:
    """What rebuilding the layers imports or runs."""
    wire = Wire(part.random(), part.size)
    covered, runs = 1.0, False
    told = set()
    try:
        for node in wire.fields(0, part.size):
            for field in wire.fields(node.start, node.end):
                if field.number != _JSON or field.wire != 2:
                    continue
                for fact in keras.judged(_config(wire, field), part.span(), legacy=True):
                    runs = runs or isinstance(fact, ConfiguredCode)
                    if fact not in told:
                        told.add(fact)
                        yield fact
    except (Broken, ValueError, RecursionError) as error:
        covered = 0.5
        yield part.unread(f"the description of the layers breaks off: {error}")
    yield ModelFile(
        part.span(), "keras-metadata", runs, part.size, covered=covered, member=part.member
    )


def _config(wire: Wire, field: Field) -> object:
    return json.loads(wire.whole(field).decode("utf-8", "replace"))
