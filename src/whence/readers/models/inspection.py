"""What a run of bytes is, and what it holds: every interpretation that a loader might choose."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from whence.readers.contract import Reader, Source, Unreadable
from whence.readers.models.archive import compression, sevenzip, tarred, zip_directory, zipped
from whence.readers.models.configuration import READERS, keras_architecture
from whence.readers.models.content import has_pickle_name, is_text, kinds
from whence.readers.models.format import (
    coreml,
    executorch,
    gguf,
    graphdef,
    hdf5,
    keras,
    keras_metadata,
    native,
    npy,
    onnx,
    opaque,
    paddle,
    paddle_tensors,
    pickled,
    safetensors,
    tflite,
    torchscript,
)
from whence.readers.models.format.protobuf import Wire
from whence.readers.models.opcode_run import may_run_on
from whence.readers.models.part import Budget, Found, Part
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile, PickleUse

_ARCHIVES = {"zip": zipped.inspect, "tar": tarred.inspect, "7z": sevenzip.inspect}
_FORMATS: dict[str, Callable[[Part], Found]] = {
    "pickle": pickled.inspect,
    "safetensors": safetensors.inspect,
    "npy": npy.inspect,
    "gguf": gguf.inspect,
    "hdf5": hdf5.inspect,
    "tflite": tflite.inspect,
    "executorch": executorch.inspect,
    "executorch-tensors": executorch.inspect_tensors,
    "native": native.inspect,
    "paddle-tensors": paddle_tensors.inspect,
}
_OPAQUE = frozenset(("tensorrt", "xgboost-binary", "xgboost-ubj", "catboost"))
_CLOSED = {
    "zstandard": "zstandard compression is not read: expand it (zstd -d) and ask about the result",
    "rar": "RAR archives are not read: unpack it and ask about the folder",
}
# What this one reads of a file alone, an archive's configuration was asked already.
_ALONE = keras_architecture
_TAIL = 64 * 1024 + 22
_TEXT_LIMIT = 16 * 1024 * 1024
_FIRST_TAGS = frozenset(b"\x08\x0a\x12")
# A program with an archive behind it is how installers and llamafiles are made.
_CARRIES_ARCHIVES = frozenset(("native",))


def inspect(part: Part) -> Found:
    """The facts of a part and of all that it holds, and what of it was not read."""
    try:
        yield from _inspected(part)
    finally:
        part.close()


def _inspected(part: Part) -> Found:
    if len(part.chain) > Budget.DEEPEST:
        yield part.unread(f"nested more than {Budget.DEEPEST} deep")
        return
    found = kinds(part)
    if part.chain and part.chain[-1] == "config.json":
        yield from keras.inspect(part)
    elif part.chain and part.name.endswith(".py") and "/code/" in "/" + part.name:
        yield from torchscript.inspect(part)
    if not found and part.chain and _is_settings(part) and not _is_unpickled(part):
        yield from _text_member(part)
        return
    behind = "zip" not in found and ends_as_zip(part)
    if not found and not behind:
        found = _by_structure(part)
    if not found and not behind and _is_unpickled(part):
        yield from _perhaps_a_pickle(part)
        return
    whole = bool(found)
    for kind in found:
        for fact in _told(part, kind):
            whole = whole and not (isinstance(fact, ModelFile) and fact.covered < 1.0)
            yield fact
    if behind:
        yield from _archive_behind(part, found, whole=whole)


def _is_settings(part: Part) -> bool:
    return is_text(part.head) or any(each.claims(part.chain[-1], part.head) for each in READERS)


def _is_unpickled(part: Part) -> bool:
    return has_pickle_name(part.name) or may_run_on(part.head)


def _perhaps_a_pickle(part: Part) -> Found:
    """What an unpickler makes of bytes that begin like none, under a name that it is given.

    A torch archive is loaded by the names of its members.
    """
    told = list(pickled.inspect(part))
    whole = any(isinstance(fact, ModelFile) and fact.covered == 1.0 for fact in told)
    acts = any(isinstance(fact, PickleUse) and fact.use != "import" for fact in told)
    if acts or (whole and has_pickle_name(part.name)):
        yield from told
    elif part.chain and part.name.endswith(".pkl"):
        yield part.unread("it has a pickle's name and is none")


def _archive_behind(part: Part, found: list[str], *, whole: bool) -> Found:
    """A ZIP directory at the end of something else.

    Where the other format accounts for every byte, the archive is data in it, such as a model
    kept as bytes in a pickle: only what the archive would do counts.
    """
    if found and not whole and not _CARRIES_ARCHIVES & {*found}:
        detail = f"{found[0]} and zip"
        yield FormatAnomaly(part.span(), found[0], "two formats in one file", detail, True)
    for fact in _told(part, "zip"):
        if not whole or not isinstance(fact, FormatAnomaly | ModelFile | Unread):
            yield fact


def _told(part: Part, kind: str) -> Found:
    try:
        yield from _as(part, kind)
    except Unreadable as error:
        yield part.unread(error.reason)


def _as(part: Part, kind: str) -> Found:
    if kind in _ARCHIVES:
        yield from _ARCHIVES[kind](part, inspect)
    elif kind in compression.CODECS:
        yield from compression.inspect(part, kind, inspect)
    elif kind in _FORMATS:
        yield from _FORMATS[kind](part)
    elif kind in _MESSAGES:
        yield from _MESSAGES[kind](part)
    elif kind in _OPAQUE:
        yield from opaque.inspect(part, kind)
    elif kind in _CLOSED:
        yield part.unread(_CLOSED[kind])


_MESSAGES: dict[str, Callable[[Part], Found]] = {
    "onnx": onnx.inspect,
    "graphdef": graphdef.inspect,
    "coreml": coreml.inspect,
    "paddle": paddle.inspect,
    "keras-metadata": keras_metadata.inspect,
}


def _by_structure(part: Part) -> list[str]:
    """Formats without a magic number, told by how their messages are built."""
    if len(part.head) < 8 or part.head[0] not in _FIRST_TAGS:
        return []
    stream = part.random()
    for kind, matches in (
        ("onnx", onnx.matches),
        ("coreml", coreml.matches),
        ("paddle", paddle.matches),
        ("keras-metadata", keras_metadata.matches),
        ("graphdef", graphdef.matches),
    ):
        if matches(part, Wire(stream, part.size)):
            return [kind]
    return []


def _text_member(part: Part) -> Found:
    """A text inside an archive that a loader acts upon, as its reader sees it."""
    name = part.chain[-1]
    for reader in READERS:
        if not reader.claims(name, part.head) or (name == "config.json" and reader is _ALONE):
            continue
        for found in _as_its_reader_sees_it(reader, part):
            place = ":".join(filter(None, (part.member, str(found.span.first or ""))))
            span = msgspec.structs.replace(part.span(), place=place)
            if isinstance(found, ModelFile):
                found = msgspec.structs.replace(found, member=part.member)
            if not isinstance(found, Unread) or not found.whole:
                yield msgspec.structs.replace(found, span=span)


def _as_its_reader_sees_it(reader: Reader, part: Part) -> Found:
    source = Source.of_bytes(part.chain[-1], part.read_all(_TEXT_LIMIT))
    try:
        yield from reader.read(source)
    except Unreadable as error:
        yield Unread(source.span(error.line), "models", error.reason)


def ends_as_zip(part: Part) -> bool:
    """Whether a ZIP directory stands at the end of a file that does not begin like one."""
    if part.size < 22 or (part.chain and part.size > 64 * 1024 * 1024):
        return False
    stream = part.random()
    stream.seek(max(0, part.size - _TAIL))
    if b"PK\x05\x06" not in stream.read(_TAIL):
        return False
    return bool(zip_directory.directories(stream, part.size))
