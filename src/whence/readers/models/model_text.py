"""Models that are text: boosted trees, PMML, OpenVINO. Nothing in them is parsed as XML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.models.format.onnx import leaves_folder
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ExternalData, FormatAnomaly, GraphOperation, ModelFile

VERSION = 1
_LIMIT = 64 * 1024 * 1024
_KINDS = (
    (re.compile(rb'^\s*\{\s*"(?:learner|version)"\s*:'), "xgboost-json"),
    (re.compile(rb"^tree\nversion="), "lightgbm"),
    (re.compile(rb"<PMML[\s>]"), "pmml"),
    (re.compile(rb'<net [^>]{0,400}name="[^"]*"[^>]{0,400}version="\d+"'), "openvino"),
    (re.compile(rb'^\s*\{\s*"(?:features_info|model_info|oblivious_trees)"\s*:'), "catboost-json"),
)
_ENTITY = re.compile(r"<!ENTITY\s+%?\s*\S+\s+(SYSTEM|PUBLIC)?[^>]{0,200}", re.IGNORECASE)
_EXTENSION = re.compile(
    r'<layer [^>]{0,400}type="([^"]{1,80})"[^>]{0,400}version="(extension[^"]{0,40})"'
)
_WEIGHTS = re.compile(r'<(?:Constant|weights)[^>]{0,400}(?:path|file)="([^"]{1,300})"')
_JAVA = re.compile(
    r'<(?:Apply|DefineFunction)[^>]{0,400}(?:function|name)="((?:java|javax|com|org|sun)\.[\w.$]+)"'
)


def claims(path: str, head: bytes) -> bool:
    """By content."""
    return _kind(head) != ""


def read(
    source: Source,
) -> Iterator[ModelFile | FormatAnomaly | GraphOperation | ExternalData | Unread]:
    """The model, and what its XML declares besides it."""
    with source.open() as stream:
        kind = _kind(stream.read(4096))
    covered = 1.0
    if kind in ("pmml", "openvino"):
        if source.size > _LIMIT:
            yield Unread(source.span(), "model_text", "larger than whence reads of a text model")
            covered = 0.0
        else:
            yield from _xml(source, kind)
    elif kind == "xgboost-json" and not _is_xgboost(source):
        return
    yield ModelFile(source.span(), kind, False, source.size, covered=covered)


def _kind(head: bytes) -> str:
    for pattern, name in _KINDS:
        if pattern.search(head):
            return name
    return ""


def _is_xgboost(source: Source) -> bool:
    with source.open() as stream:
        return b'"gradient_booster"' in stream.read(_LIMIT)


def _xml(source: Source, kind: str) -> Iterator[FormatAnomaly | GraphOperation | ExternalData]:
    text = source.text
    if entity := _ENTITY.search(text):
        line = text.count("\n", 0, entity.start()) + 1
        what = "an external entity" if entity[1] else "an entity of its own"
        yield FormatAnomaly(source.span(line), kind, f"declares {what}", entity[0][:120], True)
    told: set[str] = set()
    for found in (*_EXTENSION.finditer(text), *_JAVA.finditer(text)):
        if found[1] not in told and len(told) < 100:
            told.add(found[1])
            line = text.count("\n", 0, found.start()) + 1
            yield GraphOperation(source.span(line), found[1], kind, "native")
    for found in _WEIGHTS.finditer(text):
        escapes = leaves_folder(found[1])
        if escapes:
            line = text.count("\n", 0, found.start()) + 1
            yield ExternalData(source.span(line), found[1], escapes)
