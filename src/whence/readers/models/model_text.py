"""Models that are text: boosted trees, PMML, OpenVINO, TensorFlow graphs. No XML parser is asked.

Facts: the PMML 4.4 schema, OpenVINO's IR 10 and 11, TensorFlow's text form of its graphs, which is
loaded where the binary one is missing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from whence.readers.contract import TEXT_LIMIT, Source, Unreadable
from whence.readers.models.format.graphdef import EFFECTS
from whence.readers.models.format.onnx import leaves_folder
from whence.readers.models.format.paddle import EFFECTS as PADDLE_EFFECTS
from whence.readers.models.text_end import is_whole
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ExternalData, FormatAnomaly, GraphOperation, ModelFile

VERSION = 4
_KINDS = (
    (re.compile(rb'^\s*\{\s*"(?:learner|version)"\s*:'), "xgboost-json"),
    (re.compile(rb"^tree\nversion="), "lightgbm"),
    (re.compile(rb"<PMML[\s>]"), "pmml"),
    (re.compile(rb'<net [^>]{0,400}name="[^"]*"[^>]{0,400}version="\d+"'), "openvino"),
    (re.compile(rb'^\s*\{\s*"(?:features_info|model_info|oblivious_trees)"\s*:'), "catboost-json"),
    (re.compile(rb'^\s*\{\s*"base_code"\s*:\s*\{\s*"magic"\s*:\s*"pir"'), "paddle-json"),
    (re.compile(rb"^\s*(?:saved_model_schema_version: \d|meta_graphs \{)"), "saved-model-text"),
    (re.compile(rb'^\s*node \{\s+name: "[^"]*"\s+op: "'), "graphdef-text"),
)
# Code and prose may quote such tags: an XML document starts with one.
_XML_KINDS = frozenset(("pmml", "openvino"))
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(r"<\?xml [^>]{0,200}encoding=[\"']([\w.-]{1,40})[\"']")
_ONE_BYTE = frozenset(("iso-8859-1", "latin1", "latin-1", "windows-1252", "us-ascii", "ascii"))
_ENTITY = re.compile(r"<!ENTITY\s+%?\s*\S+\s+(SYSTEM|PUBLIC)?[^>]{0,200}", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+\S+\s+(?:SYSTEM|PUBLIC)\s[^>\[]{0,300}", re.IGNORECASE)
_INCLUDE = re.compile(r"<[\w-]{1,20}:include\s[^>]{0,300}href=[\"']([^\"']{1,300})[\"']")
_LAYER = re.compile(r'<layer [^>]{0,400}type="([^"]{1,80})"[^>]{0,400}version="([^"]{0,60})"')
_KNOWN_SETS = re.compile(
    r"opset\d{1,3}|experimental|type_relaxed_opset|ie_internal_opset|util|internal|gpu_opset|npu_opset"
    r"|cpu_plugin_opset|snippets|TYPE_RELAXED"
)
_WEIGHTS = re.compile(r'<(?:Constant|weights)[^>]{0,400}(?:path|file)="([^"]{1,300})"')
_JAVA = re.compile(
    r'<(?:Apply|DefineFunction)[^>]{0,400}(?:function|name)="((?:java|javax|com|org|sun)\.[\w.$]+)"'
)
_OPERATION = re.compile(rb'\bop: "(\w{1,80})"')
_PADDLE_OPERATION = re.compile(rb'"#"\s*:\s*"\d+\.(\w{1,80})"')

Told = FormatAnomaly | GraphOperation | ExternalData


def claims(path: str, head: bytes) -> bool:
    """By content; a `.pmml` file by its name, because a comment may stand before its first tag."""
    return _kind(path, head) != ""


def read(source: Source) -> Iterator[ModelFile | Told | Unread]:
    """The model, and what it declares besides it."""
    with source.open() as stream:
        kind = _kind(source.path, stream.read(4096))
    covered = 1.0
    if kind == "xgboost-json" and not _is_xgboost(source):
        return
    try:
        if kind in _XML_KINDS:
            yield from _xml(source, kind)
        elif kind.endswith("-text"):
            yield from _operations(source, _OPERATION, EFFECTS)
        elif kind == "paddle-json":
            yield from _operations(source, _PADDLE_OPERATION, PADDLE_EFFECTS)
        if not is_whole(source, kind):
            covered = 0.5
            reason = "the text ends before the model does: an incomplete download?"
            yield Unread(source.span(), "models.model_text", reason)
    except Unreadable as error:
        covered = 0.0
        yield Unread(source.span(error.line), "models.model_text", error.reason)
    yield ModelFile(source.span(), kind, False, source.size, covered=covered)


def _kind(path: str, head: bytes) -> str:
    if head.startswith(_WIDE):
        head = head.decode("utf-16", "ignore").encode()
    is_xml = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<"
    for pattern, name in _KINDS:
        if pattern.search(head) and (is_xml or name not in _XML_KINDS):
            return name
    return "pmml" if is_xml and path.lower().endswith(".pmml") else ""


def _is_xgboost(source: Source) -> bool:
    with source.open() as stream:
        return b'"gradient_booster"' in stream.read(TEXT_LIMIT)


def _decoded(source: Source) -> str:
    """The text of an XML file, by its byte order mark or by what it declares."""
    data = source.data
    if data.startswith(_WIDE):
        return data.decode("utf-16", "replace")
    found = _DECLARED.match(data[:400].decode("latin-1").lstrip("\xef\xbb\xbf \t\r\n"))
    encoding = found[1].lower() if found else "utf-8"
    if encoding in _ONE_BYTE:
        return data.decode("latin-1")
    if encoding not in ("utf-8", "utf8"):
        raise Unreadable(f"it declares the encoding {encoding}, which is not read")
    return source.text


def _xml(source: Source, kind: str) -> Iterator[Told]:
    text = _decoded(source)
    for found in (_ENTITY.search(text), _DOCTYPE.search(text)):
        if found is not None:
            outside = found.re is _DOCTYPE or bool(found[1])
            what = (
                "refers to an external document type"
                if found.re is _DOCTYPE
                else (f"declares {'an external entity' if outside else 'an entity of its own'}")
            )
            line = text.count("\n", 0, found.start()) + 1
            yield FormatAnomaly(source.span(line), kind, what, found[0][:120], True)
    told: set[str] = set()
    for name, at in _native(text):
        if name not in told and len(told) < 100:
            told.add(name)
            line = text.count("\n", 0, at) + 1
            yield GraphOperation(source.span(line), name, kind, "native")
    for found in (*_WEIGHTS.finditer(text), *_INCLUDE.finditer(text)):
        escapes = leaves_folder(found[1])
        if escapes:
            line = text.count("\n", 0, found.start()) + 1
            yield ExternalData(source.span(line), found[1], escapes)


def _native(text: str) -> Iterator[tuple[str, int]]:
    """Operators that only a library of the publisher implements, with where they stand."""
    for found in _LAYER.finditer(text):
        if found[2] and _KNOWN_SETS.fullmatch(found[2]) is None:
            yield found[1], found.start()
    for found in _JAVA.finditer(text):
        yield found[1], found.start()


def _operations(
    source: Source, pattern: re.Pattern[bytes], effects: dict[str, str]
) -> Iterator[GraphOperation]:
    """The operations of a graph in text form that reach beyond tensors."""
    data = source.data
    told: set[str] = set()
    for found in pattern.finditer(data):
        name = found[1].decode()
        effect = effects.get(name, "")
        if effect and name not in told and name != "PrintV2":
            told.add(name)
            line = data.count(b"\n", 0, found.start()) + 1
            yield GraphOperation(source.span(line), name, "graph", effect)
