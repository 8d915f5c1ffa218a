"""Programs for phones and accelerators: what they need from the app, and code that they carry."""

from __future__ import annotations

import importlib.util
import io
import struct
import zipfile
from pathlib import Path

import pytest

from whence.readers.contract import Source
from whence.readers.models import artefact, model_text
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import (
    ExternalData,
    GraphOperation,
    ModelFile,
    NativeCode,
    PickleUse,
)

_SPEC = importlib.util.spec_from_file_location(
    "flat_tables", Path(__file__).with_name("flat_tables.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
_TABLES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_TABLES)
flat = _TABLES.flat

ELF = b"\x7fELF\x02\x01\x01" + bytes(60)


def read(content: bytes, name: str = "model.pte") -> list[Fact | Unread]:
    return list(artefact.read(Source.of_bytes(name, content)))


def covered(facts: list[Fact | Unread]) -> list[float]:
    return [fact.covered for fact in facts if isinstance(fact, ModelFile) and not fact.member]


def operations(facts: list[Fact | Unread]) -> list[tuple[str, str]]:
    return [(fact.operator, fact.effect) for fact in facts if isinstance(fact, GraphOperation)]


def program(
    operators: tuple[str, ...] = ("aten::add",),
    delegate: str = "",
    compiled: bytes = b"",
    *,
    segment: bytes = b"",
) -> bytes:
    """An ExecuTorch program; what is compiled for the delegate stands inline or in a segment."""
    delegates = ([delegate, [1 if segment else 0, 0], ()],) if delegate else ()
    kernels = tuple([name, "out"] for name in operators)
    plan = ["forward", ["", ""], (), None, None, (), kernels, delegates, None]
    segments = ([0, len(segment)],) if segment else ()
    tables = [0, (plan,), (), ([compiled],) if compiled else (), segments]
    if not segment:
        return bytes(flat(tables, b"ET12"))
    size = len(flat(tables, b"ET12", bytes(32)))
    header = b"eh00" + struct.pack("<IQQQ", 32, size, size, len(segment))
    return bytes(flat(tables, b"ET12", header)) + segment


def test_a_program_of_known_kernels_is_read_in_full() -> None:
    facts = read(program(("aten::add", "quantized_decomposed::dequantize_per_tensor")))

    assert operations(facts) == []
    assert covered(facts) == [1.0]


def test_graphs_for_a_delegate_that_knows_its_kernels_are_numbers() -> None:
    assert covered(read(program(delegate="XnnpackBackend", compiled=b"XH00" + bytes(40)))) == [1.0]


@pytest.mark.parametrize(
    ("kernels", "delegate", "needs"),
    [
        (("acme::decrypt_weights", "aten::add"), "", [("acme::decrypt_weights", "native")]),
        ((), "AcmeAccelerator", [("AcmeAccelerator", "native")]),
    ],
)
def test_kernels_and_delegates_that_the_publisher_brings_are_told(
    kernels: tuple[str, ...], delegate: str, needs: list[tuple[str, str]]
) -> None:
    assert operations(read(program(kernels, delegate, b"1234"))) == needs


def test_a_device_program_is_not_called_read() -> None:
    facts = read(program(delegate="QnnBackend", compiled=bytes(50)))

    assert covered(facts) == [0.5]
    assert "QnnBackend" in "".join(each.reason for each in facts if isinstance(each, Unread))


@pytest.mark.parametrize("where", ["inline", "segment"])
def test_a_library_inside_a_program_is_found(where: str) -> None:
    inline = {"compiled": ELF} if where == "inline" else {"segment": ELF}

    facts = read(program((), "CudaBackend", **inline))  # type: ignore[arg-type]

    assert [fact.format for fact in facts if isinstance(fact, NativeCode)] == ["ELF"]
    assert [fact.executable for fact in facts if isinstance(fact, ModelFile)] == [True]


def test_a_program_that_breaks_off_is_not_read_in_full() -> None:
    whole = program(delegate="XnnpackBackend", segment=bytes(400))

    assert covered(read(whole)) == [1.0]
    assert covered(read(whole[:-1])) == [0.5]


def test_a_file_of_tensors_has_to_hold_them_all() -> None:
    whole = bytes(4) + b"FT01FH01" + struct.pack("<IQQQQ", 40, 48, 16, 64, 16) + bytes(32)

    assert covered(read(whole, "w.ptd")) == [1.0]
    assert covered(read(whole[:-1], "w.ptd")) == [0.5]


def tflite(operator: str, weights: bytes = bytes(200)) -> bytes:
    code = [32, operator, None, 32]
    graph = [([None, None, None, "x"],), None, None, ([0, b"\x01\0\0\0"],), "main"]
    return bytes(flat([3, (code,), (graph,), "", ([weights],)], b"TFL3"))


def test_a_lite_model_has_to_hold_its_weights() -> None:
    whole = tflite("Mfcc")

    assert covered(read(whole, "m.tflite")) == [1.0]
    assert covered(read(whole[:-100], "m.tflite")) == [0.5]


def test_a_lite_operator_of_the_publisher_is_told() -> None:
    assert operations(read(tflite("AcmeDecode"), "m.tflite")) == [("AcmeDecode", "native")]


@pytest.mark.parametrize("mark", [b"ftrt", b"ptrt"])
def test_an_engine_is_never_called_read(mark: bytes) -> None:
    facts = read(mark + bytes(range(256)) * 4, "model.engine")

    assert covered(facts) == [0.0]
    assert [fact.executable for fact in facts if isinstance(fact, ModelFile)] == [True]


def paddle_tensor(*shape: int, short: int = 0) -> bytes:
    described = b"\x08\x05" + b"".join(b"\x10" + bytes([size]) for size in shape)
    count = 4
    for size in shape:
        count *= size
    head = bytes(16) + struct.pack("<I", len(described)) + described
    return head + b"\x3f" * (count - short)


@pytest.mark.parametrize(("short", "share"), [(0, 1.0), (1, 0.5), (127, 0.5)])
def test_tensors_of_paddle_are_followed_to_the_last_byte(short: int, share: float) -> None:
    assert covered(read(paddle_tensor(3) + paddle_tensor(8, 4, short=short), "p.pdiparams")) == [
        share
    ]


def test_a_pickle_behind_the_tensors_of_paddle_is_not_passed_over() -> None:
    assert covered(read(paddle_tensor(3) + b"cos\nsystem\n(Vecho\ntR.", "p.pdiparams")) == [0.5]


def test_parameters_of_paddle_that_are_a_pickle_are_judged_as_one() -> None:
    facts = read(b"\x80\x04cos\nsystem\n(Vecho\ntR.", "model.pdparams")

    assert [fact.verdict for fact in facts if isinstance(fact, PickleUse)] == ["malicious"]


@pytest.mark.parametrize(
    ("operation", "effects"),
    [("relu", []), ("py_func", [("py_func", "python")]), ("save", [("save", "file-write")])],
)
def test_operations_of_a_paddle_program_in_text_are_read(
    operation: str, effects: list[tuple[str, str]]
) -> None:
    text = (
        '{"base_code":{"magic":"pir","version":4},"program":{"regions":[{"#":"region_0","blocks":'
        f'[{{"#":"block_0","ops":[{{"#":"p"}},{{"#":"1.{operation}"}}]}}]}}]}}}}'
    ).encode()
    facts = list(model_text.read(Source.of_bytes("model.json", text)))

    assert model_text.claims("model.json", text)
    assert operations(facts) == effects
    assert covered(facts) == [1.0]


def message(*fields: tuple[int, bytes]) -> bytes:
    return b"".join(_varint(number << 3 | 2) + _varint(len(body)) + body for number, body in fields)


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def core_ml(location: str) -> bytes:
    value = message((5, message((1, location.encode()))))
    operation = message((1, b"const"), (5, message((1, b"val"), (2, value))))
    block = message((1, b"CoreML5"), (2, message((3, operation))))
    program = message((2, message((1, b"main"), (2, message((3, block))))))
    return b"\x08\x07" + message((2, b""), (502, program))


@pytest.mark.parametrize(
    ("location", "escapes"),
    [
        ("@model_path/weights/weight.bin", ""),
        ("@model_path/../../../home/model.bin", "parent directory"),
        ("/etc/passwd", "absolute path"),
    ],
)
def test_constants_that_a_program_takes_from_elsewhere_are_told(
    location: str, escapes: str
) -> None:
    facts = read(core_ml(location), "model.mlmodel")

    assert [(fact.location, fact.escapes) for fact in facts if isinstance(fact, ExternalData)] == [
        (location, escapes)
    ]


def test_a_program_with_a_model_behind_it_is_machine_code_and_its_model_is_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("weights.pkl", b"\x80\x04cos\nsystem\n(Vecho\ntR.")
    facts = read(b"MZqFpD='\n" + bytes(4096) + stream.getvalue(), "model.llamafile")

    assert {fact.format for fact in facts if isinstance(fact, NativeCode)} == {"APE"}
    assert [fact.verdict for fact in facts if isinstance(fact, PickleUse)] == ["malicious"]
