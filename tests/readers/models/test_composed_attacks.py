"""Malicious model files put together from parts: gadget, way of writing it, container, name.

The payloads only say `echo`, are assembled opcode by opcode, and are never loaded.
"""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import pytest

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact
from whence.vocabulary.fact.models import ModelFile, PickleUse

GADGETS: dict[str, tuple[str, str]] = {
    "os.system": ("os", "system"),
    "posix.system": ("posix", "system"),
    "nt.system": ("nt", "system"),
    "os.popen": ("os", "popen"),
    "os.execv": ("os", "execv"),
    "os.spawnlp": ("os", "spawnlp"),
    "subprocess.Popen": ("subprocess", "Popen"),
    "subprocess.run": ("subprocess", "run"),
    "subprocess.call": ("subprocess", "call"),
    "subprocess.check_output": ("subprocess", "check_output"),
    "subprocess.getoutput": ("subprocess", "getoutput"),
    "builtins.eval": ("builtins", "eval"),
    "builtins.exec": ("builtins", "exec"),
    "python 2 eval": ("__builtin__", "eval"),
    "builtins.__import__": ("builtins", "__import__"),
    "pty.spawn": ("pty", "spawn"),
    "runpy.run_path": ("runpy", "run_path"),
    "shutil.rmtree": ("shutil", "rmtree"),
    "timeit.timeit": ("timeit", "timeit"),
    "pdb.run": ("pdb", "run"),
    "cProfile.run": ("cProfile", "run"),
    "urlretrieve": ("urllib.request", "urlretrieve"),
    "ctypes.CDLL": ("ctypes", "CDLL"),
    "webbrowser.open": ("webbrowser", "open"),
}


def _short(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def _call(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n(Vecho\ntR".encode()


def _framed(body: bytes) -> bytes:
    return b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body


WRITINGS: dict[str, Callable[[str, str], bytes]] = {
    "protocol 0": lambda m, n: _call(m, n) + b".",
    "protocol 2": lambda m, n: b"\x80\x02" + f"c{m}\n{n}\n".encode() + b"X\x04\0\0\0echo\x85R.",
    "protocol 4, framed": lambda m, n: _framed(
        _short(m) + _short(n) + b"\x93" + _short("echo") + b"\x85R."
    ),
    "names from the memo": lambda m, n: (
        b"\x80\x04"
        + _short(n)
        + b"\x94"
        + _short(m)
        + b"\x94h\x01h\x00\x93"
        + _short("echo")
        + b"\x85R."
    ),
    "far memo, text form": lambda m, n: (
        f"V{m}\np70000\n0V{n}\np70001\n0g70000\ng70001\n\x93Vecho\n\x85R.".encode("latin-1")
    ),
    "INST": lambda m, n: f"(Vecho\ni{m}\n{n}\n.".encode(),
    "OBJ": lambda m, n: f"(c{m}\n{n}\nVecho\no.".encode(),
    "inside a dictionary": lambda m, n: b"}Vweights\n" + _call(m, n) + b"s.",
    "behind a harmless pickle": lambda m, n: b"\x80\x02}q\x00." + b"\x80\x02" + _call(m, n) + b".",
    "behind padding": lambda m, n: b"\x80\x02]." + b"\0" * 32 + b"\x80\x02" + _call(m, n) + b".",
    "behind a long text": lambda m, n: b"V" + b"a" * 5000 + b"\n0" + _call(m, n) + b".",
    "behind a long counted text": lambda m, n: (
        b"X" + struct.pack("<I", 5000) + b"a" * 5000 + b"0" + _call(m, n) + b"."
    ),
    "behind many texts": lambda m, n: b"Vabc\n0" * 900 + _call(m, n) + b".",
    "no end": lambda m, n: b"\x80\x02" + _call(m, n),
    "broken behind": lambda m, n: b"\x80\x02" + _call(m, n) + b"0\xff\xff\xff.",
    "result thrown away": lambda m, n: b"\x80\x02" + _call(m, n) + b"0}.",
    "duplicated": lambda m, n: f"c{m}\n{n}\n20(Vecho\ntR.".encode(),
    "after numbers": lambda m, n: b"I01\n0I 7\n0L5L\n0F1.5\n0" + _call(m, n) + b".",
    "as state of an object": lambda m, n: (
        b"\x80\x02ccollections\nOrderedDict\n)R}Vk\n" + _call(m, n) + b"sb."
    ),
}


def _zip(name: str, data: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, method)
    return stream.getvalue()


def _torch(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in (
            ("archive/data.pkl", data),
            ("archive/byteorder", b"little"),
            ("archive/data/0", bytes(64)),
            ("archive/version", b"3\n"),
        ):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return stream.getvalue()


def _patched(data: bytes, where: int, value: bytes) -> bytes:
    return data[:where] + value + data[where + len(value) :]


def _bad_sum(data: bytes) -> bytes:
    made = _torch(data)
    first, central = made.find(b"PK\3\4"), made.find(b"PK\1\2")
    return _patched(_patched(made, first + 14, b"\1\2\3\4"), central + 16, b"\1\2\3\4")


def _encrypted_mark(data: bytes) -> bytes:
    made = _torch(data)
    return _patched(_patched(made, 6, b"\1\0"), made.find(b"PK\1\2") + 8, b"\1\0")


def _two_names(data: bytes) -> bytes:
    made = _torch(data)
    return _patched(made, 30, b"archive/data.txt")


def _wrong_method(data: bytes) -> bytes:
    made = _torch(data)
    return _patched(made, made.find(b"PK\1\2") + 10, b"\x08\0")


def _unlisted(data: bytes) -> bytes:
    hidden = _zip("archive/data.pkl", data)
    hidden = hidden[: hidden.find(b"PK\1\2")]
    shown = _torch(b"\x80\x02}.")
    central, end = shown.find(b"PK\1\2"), shown.rfind(b"PK\5\6")
    moved = struct.pack("<I", central + len(hidden))
    return _patched(shown[:central] + hidden + shown[central:], end + len(hidden) + 16, moved)


def _no_directory(data: bytes) -> bytes:
    made = _torch(data)
    return made[: made.find(b"PK\1\2")]


def _tar(data: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("model/weights.bin")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def _lz4(data: bytes) -> bytes:
    blocks = b"".join(
        struct.pack("<I", len(data[at : at + 65536]) | 0x80000000) + data[at : at + 65536]
        for at in range(0, len(data), 65536)
    )
    return b"\x04\x22\x4d\x18\x60\x40\x82" + blocks + bytes(4)


def _npy(data: bytes) -> bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def _number(value: int) -> bytes:
    return bytes([value]) if value < 0x80 else bytes([0x80 | value >> 8, value & 0xFF])


def _seven_zip(data: bytes, coder: bytes, packed: bytes) -> bytes:
    name = "m/a.bin\0".encode("utf-16-le")
    header = (
        b"\x01\x04\x06\x00\x01\x09" + _number(len(packed)) + b"\x00\x07\x0b\x01\x00\x01" + coder
        + b"\x0c" + _number(len(data)) + b"\x00\x08\x00\x00\x05\x01\x11" + _number(len(name) + 1)
        + b"\x00" + name + b"\x00\x00"
    )  # fmt: skip
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    mark = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start))
    return mark + start + packed + header


def _seven_zip_lzma(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    return _seven_zip(data, b"\x21\x21\x01\x10", packed)


def _distributed(data: bytes) -> bytes:
    harmless = _torch(b"\x80\x02}.")
    return harmless + _torch(data) + harmless


def _bad_gzip_sum(data: bytes) -> bytes:
    made = gzip.compress(data, mtime=0)
    return made[:-8] + b"\1\2\3\4" + made[-4:]


CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda data: data,
    "zip, stored": lambda data: _zip("m/notes.txt", data),
    "zip, deflated": lambda data: _zip("m/a.bin", data, zipfile.ZIP_DEFLATED),
    "zip, bzip2": lambda data: _zip("m/a.bin", data, zipfile.ZIP_BZIP2),
    "zip, lzma": lambda data: _zip("m/a.bin", data, zipfile.ZIP_LZMA),
    "torch": _torch,
    "torch, wrong check sum": _bad_sum,
    "torch, marked as encrypted": _encrypted_mark,
    "torch, two names": _two_names,
    "torch, two methods": _wrong_method,
    "torch, member not listed": _unlisted,
    "torch, bytes in front": lambda data: b"\x7f front" * 3 + _torch(data),
    "torch, no directory": _no_directory,
    "torch, one of several in a shard": _distributed,
    "7z, stored": lambda data: _seven_zip(data, b"\x01\x00", data),
    "7z, LZMA2": _seven_zip_lzma,
    "7z in tar": lambda data: _tar(_seven_zip_lzma(data)),
    "tar": _tar,
    "tar.gz": lambda data: gzip.compress(_tar(data), mtime=0),
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "gzip, wrong check sum": _bad_gzip_sum,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
    "lz4": _lz4,
    "object array": _npy,
    "npz": lambda data: _zip("a.npy", _npy(data), zipfile.ZIP_DEFLATED),
    "torch in gzip in tar": lambda data: _tar(gzip.compress(_torch(data), mtime=0)),
    "zip in zip in zip": lambda data: _zip("a", _zip("b", _zip("c", data), zipfile.ZIP_DEFLATED)),
}
NAMES = (
    "model.pkl", "model.pt", "model.bin", "model.joblib", "model.ckpt", "model.dat", "model.txt",
    "model.safetensors", "model.npy", "model", "model.onnx", "model.zip", "images/cat.png",
)  # fmt: skip
# Names of Python 2 are translated up to protocol 2 only; later ones fail to load.
LOADABLE = [
    (gadget, writing)
    for gadget, writing in itertools.product(GADGETS, WRITINGS)
    if GADGETS[gadget][0] != "__builtin__"
    or writing not in ("protocol 4, framed", "names from the memo")
]


def is_found(name: str, content: bytes) -> bool:
    if not artefact.claims(name, content[:HEAD_SIZE]):
        return False
    facts = list(artefact.read(Source.of_bytes(name, content)))
    return any(isinstance(fact, PickleUse) and fact.verdict == "malicious" for fact in facts)


@pytest.mark.parametrize("container", CONTAINERS)
def test_finds_each_gadget_however_it_is_written_and_packed(container: str) -> None:
    pack = CONTAINERS[container]
    cases = zip(LOADABLE, itertools.cycle(NAMES), strict=False)

    missed = [
        (gadget, writing, name)
        for (gadget, writing), name in cases
        if not is_found(name, pack(WRITINGS[writing](*GADGETS[gadget])))
    ]

    assert missed == []


def test_composes_more_than_fifteen_hundred_cases() -> None:
    assert len(LOADABLE) * len(CONTAINERS) >= 1500


@pytest.mark.parametrize("container", CONTAINERS)
def test_calls_no_harmless_pickle_malicious_in_any_container(container: str) -> None:
    harmless = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01K\x02eX\x09\x00\x00\x00os.systemq\x03K\x05u."
    facts = list(artefact.read(Source.of_bytes("model.bin", CONTAINERS[container](harmless))))

    assert not [fact for fact in facts if isinstance(fact, PickleUse)]
    assert [fact for fact in facts if isinstance(fact, ModelFile)]
