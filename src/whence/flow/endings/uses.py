"""The value that matters to a dangerous call, and the fields that all facts on such calls share."""

from __future__ import annotations

from typing import Any

from whence.flow.engine import Engine
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.tables.sink import Sink
from whence.vocabulary.fact.code import OriginKind
from whence.vocabulary.fact.program import Attribute

_NAMING = frozenset({"Deserialization", "ModelLoad", "DatasetLoad"})


def value_of(scope: Scope, index: int, sink: Sink) -> int | None:
    """The argument that matters; the receiver for -1."""
    if sink.position < 0:
        callee = scope.values[scope.call(index).callee]
        return callee.base if callee.__class__ is Attribute else None
    return argument_of(scope, index, (*sink.names, sink.position))


def shared_fields(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink, is_file: bool | None = None
) -> dict[str, Any] | None:
    received = sink.fact == "Deserialization" and sink.position < 0
    value = index if received else value_of(scope, index, sink)
    if value is None:
        return None
    as_file = sink.is_file if is_file is None else is_file
    origins = engine.origins.of(scope, index, value, as_file)
    artefact = engine.texts.rendered(scope, value)
    if "{" in artefact or artefact == "{?}":
        known = [o.detail for o in origins if o.kind is not OriginKind.UNKNOWN and o.detail]
        artefact = known[0] if known and "{?}" in artefact else artefact
    named = value if sink.fact in _NAMING else None
    return engine.use(scope, index, dotted, origins, artefact, named, told=True)
