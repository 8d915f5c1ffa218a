"""One small model of each format, cut and mangled: facts or reasons, never a crash, never clean.

The models are written here byte by byte; nothing is loaded.
"""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import io
import json
import lzma
import random
import re
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from whence.readers.contract import HEAD_SIZE, Source, Unreadable
from whence.readers.models import artefact, model_text
from whence.vocabulary.evidence import Unread
from whence.vocabulary.example_bytes import assemble
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import ModelFile

_SPEC = importlib.util.spec_from_file_location(
    "flat_tables", Path(__file__).with_name("flat_tables.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
_TABLES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_TABLES)

PICKLE = (
    b"\x80\x04\x95\x3e\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x07weights\x94]\x94(G?\xe0\0\0\0\0\0\0"
    b"G?\xf0\0\0\0\0\0\0K\x01K\x02K\x03e\x8c\x05names\x94(\x8c\x01a\x94\x8c\x01b\x94t\x94u."
)
MOST_MEMORY = 48 * 1024 * 1024
CHANGES = 60


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, method)
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("model/weights.pkl")
        member.size = len(PICKLE)
        archive.addfile(member, io.BytesIO(PICKLE))
    return stream.getvalue()


def npy(descr: str, data: bytes) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (3,), }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf() -> bytes:
    keys = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    tensor = text("w") + struct.pack("<IQIQ", 1, 8, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + keys + tensor
    return head + bytes(-len(head) % 32) + bytes(32)


def safetensors() -> bytes:
    header = b'{"w":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}'
    return struct.pack("<Q", len(header)) + header + bytes(range(32))


def executorch() -> bytes:
    plan = ["forward", ["i", "o"], (), None, None, (), (["aten::add", "out"],), (), None]
    return bytes(_TABLES.flat([0, (plan,), ([bytes(64)],), (), ()], b"ET12"))


def tflite() -> bytes:
    graph = [([None, None, None, "x"],), None, None, ([0, b"\1\0\0\0"],), "main"]
    return bytes(_TABLES.flat([3, ([0, None, 1, 0],), (graph,), "", ([bytes(99)],)], b"TFL3"))


def paddle_tensors() -> bytes:
    described = b"\x08\x05\x10\x08"
    return bytes(16) + struct.pack("<I", len(described)) + described + b"\x3f" * 32


def onnx() -> bytes:
    return made(
        "protobuf",
        '1: 8\n2: "test"\n7 {\n1 {\n1: "x"\n2: "y"\n4: "Relu"\n}\n2: "g"\n}\n8 {\n2: 18\n}\n',
    )


def seven_zip() -> bytes:
    name = "m.pkl\0".encode("utf-16-le")
    size = bytes([len(PICKLE)])
    header = (
        b"\x01\x04\x06\x00\x01\x09" + size + b"\x00\x07\x0b\x01\x00\x01\x01\x00\x0c" + size
        + b"\x00\x08\x00\x00\x05\x01\x11" + bytes([len(name) + 1]) + b"\x00" + name + b"\x00\x00"
    )  # fmt: skip
    start = struct.pack("<QQI", len(PICKLE), len(header), zlib.crc32(header))
    mark = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start))
    return mark + start + PICKLE + header


def lz4() -> bytes:
    block = struct.pack("<I", len(PICKLE) | 0x80000000) + PICKLE
    return b"\x04\x22\x4d\x18\x60\x40\x82" + block + bytes(4)


TORCH = {"a/data.pkl": PICKLE, "a/data/0": bytes(range(64)), "a/version": b"3\n"}
KERAS = {
    "config.json": b'{"class_name": "Sequential", "module": "keras", "config": {"layers": []}}',
    "metadata.json": b'{"keras_version": "3.8.0"}',
}
MODELS: dict[str, bytes] = {
    "pickle": PICKLE,
    "torch": zipped(TORCH),
    "torch, deflated": zipped(TORCH, zipfile.ZIP_DEFLATED),
    "torch, two in a file": zipped(TORCH) * 2,
    "keras": zipped(KERAS),
    "npz": zipped({"a.npy": npy("'<f4'", bytes(12))}),
    "npy": npy("'<f4'", bytes(12)),
    "npy of fields": npy("[('a', '<f4'), ('b', '|S5', (2,))]", bytes(42)),
    "npy of objects": npy("'|O'", PICKLE),
    "tar": tarred(),
    "7z": seven_zip(),
    "gzip": gzip.compress(PICKLE, mtime=0),
    "bzip2": bz2.compress(PICKLE),
    "xz": lzma.compress(PICKLE),
    "zlib": zlib.compress(PICKLE),
    "lz4": lz4(),
    "safetensors": safetensors(),
    "gguf": gguf(),
    "onnx": onnx(),
    "tflite": tflite(),
    "executorch": executorch(),
    "paddle tensors": paddle_tensors(),
    "catboost": b"CBM1" + struct.pack("<I", 40) + bytes(40),
    "xgboost": b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\x01aU\x01}}",
    "xgboost, text": json.dumps({"learner": {"gradient_booster": {}}, "version": [3]}).encode(),
    "lightgbm": b"tree\nversion=v4\n\nTree=0\nleaf_value=1\n\nend of trees\n\nparameters:\n[a: b]\n"
    b"end of parameters\n",
    "pmml": b'<?xml version="1.0"?>\n<PMML version="4.4"><Header/></PMML>',
    "openvino": b'<?xml version="1.0"?>\n<net name="m" version="11"><layers/></net>',
}  # fmt: skip
# Of these a first part may be a whole one: padding behind the end, archives one after the other.
WHOLE_IN_PART = frozenset(("tar", "torch, two in a file"))


def told(content: bytes) -> list[Fact | Unread]:
    found: list[Fact | Unread] = []
    head = content[:HEAD_SIZE]
    readers: tuple[tuple[Callable[[str, bytes], bool], Callable[[Source], object]], ...] = (
        (artefact.claims, artefact.read),
        (model_text.claims, model_text.read),
    )
    for claims, read in readers:
        if claims("model", head):
            source = Source.of_bytes("model", content)
            try:
                found += list(read(source))  # type: ignore[call-overload]
            except Unreadable as error:
                found.append(Unread(source.span(), "models", error.reason, whole=True))
    return found


def is_clean(found: list[Fact | Unread]) -> bool:
    models = [fact for fact in found if isinstance(fact, ModelFile)]
    unread = any(isinstance(fact, Unread) for fact in found)
    return bool(models) and not unread and all(model.covered == 1.0 for model in models)


@pytest.mark.parametrize("name", MODELS)
def test_a_whole_model_is_clean(name: str) -> None:
    assert is_clean(told(MODELS[name]))


def test_the_documentation_names_every_format_that_is_read_in_full() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "trust.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    in_full = {
        name for row in rows for name in re.findall(r"`([\w.-]+)`", row[1]) if "in full" in row[2]
    }
    read = {
        model.format
        for content in MODELS.values()
        for model in told(content)
        if isinstance(model, ModelFile) and not model.member
    }

    assert read - {"zip"} <= in_full
    assert len(read) > 15


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_broke_off_is_never_clean(name: str) -> None:
    content = MODELS[name]
    cuts = {len(content) * tenth // 10 for tenth in range(1, 10)} | {len(content) - 1}
    clean = sorted(cut for cut in cuts if is_clean(told(content[:cut])))

    assert clean == [] or name in WHOLE_IN_PART


@pytest.mark.parametrize("name", MODELS)
def test_a_mangled_model_gives_facts_or_reasons_in_little_memory(name: str) -> None:
    chance = random.Random(name)
    tracemalloc.start()
    for _ in range(CHANGES):
        content = bytearray(MODELS[name])
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(content))
            content[at] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        found = told(bytes(content))
        assert all(isinstance(each, Fact | Unread) for each in found)
        assert all(0.0 <= each.covered <= 1.0 for each in found if isinstance(each, ModelFile))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < MOST_MEMORY


@pytest.mark.parametrize("name", MODELS)
def test_lengths_that_no_file_can_hold_are_not_believed(name: str) -> None:
    """Every four bytes in turn become the largest number there is."""
    content = MODELS[name]
    tracemalloc.start()
    for at in range(0, min(len(content), 200) - 4, 3):
        bomb = content[:at] + b"\xff\xff\xff\x7f" + content[at + 4 :]
        assert all(isinstance(each, Fact | Unread) for each in told(bomb))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < MOST_MEMORY
