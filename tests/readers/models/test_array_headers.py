"""Array files whose header hides objects, or behind whose data something waits."""

from __future__ import annotations

import struct

import pytest

from whence.readers.contract import Source
from whence.readers.models import artefact
from whence.vocabulary.evidence import Unread
from whence.vocabulary.example_bytes import assemble
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile, PickleUse


def made(language: str, body: str) -> bytes:
    content = assemble(language, body)
    assert content is not None
    return content


ACTS = made("pickle", "PROTO 2\nGLOBAL os system\nUNICODE echo\nTUPLE1\nREDUCE\nSTOP")


def npy(descr: str, shape: str = "(1,)", data: bytes = b"") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def read(content: bytes) -> list[Fact | Unread]:
    return list(artefact.read(Source.of_bytes("a.npy", content)))


def verdicts(facts: list[Fact | Unread]) -> list[str]:
    return [fact.verdict for fact in facts if isinstance(fact, PickleUse)]


@pytest.mark.parametrize(
    "descr",
    [
        "'|O'", "'O'", "'O8'", "'object'", r"'\x7c\x4f'", r"'\117'", "'|' 'O'", "'i4,O'",
        "[('a', '<f4'), ('b', '|O')]", "[('a', [('b', 'O')])]", "('O', (2,))", "[('a', 'O', (2,))]",
    ],
)  # fmt: skip
def test_objects_are_found_however_the_header_writes_them(descr: str) -> None:
    assert verdicts(read(npy(descr, data=ACTS))) == ["malicious"]


@pytest.mark.parametrize(
    ("descr", "shape", "size"),
    [
        ("'<f8'", "(3,)", 24), ("'|b1'", "()", 1), ("'<U2'", "(2,)", 16), ("'<M8[D]'", "(1,)", 8),
        ("'?'", "(3,)", 3), ("[('TOTAL', '<f4'), ('O', '<i4')]", "(2,)", 16),
        ("[('a', '<i8', (2,))]", "(1,)", 16), ("'<f4'", "(2L,)", 8), ("'|S5'", "(2,)", 10),
    ],
)  # fmt: skip
def test_plain_arrays_are_accounted_for_to_the_last_byte(descr: str, shape: str, size: int) -> None:
    facts = read(npy(descr, shape, bytes(size)))

    assert [(type(fact), getattr(fact, "covered", None)) for fact in facts] == [(ModelFile, 1.0)]


@pytest.mark.parametrize("descr", ["open('x')", "'<f4' if 1 else 'O'", "[" * 300, "'<f4'}, {1: 2"])
def test_a_header_that_is_no_literal_is_not_read(descr: str) -> None:
    facts = read(npy(descr, data=ACTS))

    assert any(isinstance(fact, Unread) for fact in facts)
    assert [fact.covered for fact in facts if isinstance(fact, ModelFile)] == [0.0]


def test_an_impossible_shape_is_no_reason_to_compute() -> None:
    facts = read(npy("'<f8'", f"({'9' * 30}, {'9' * 30})", bytes(8)))

    assert [fact.format for fact in facts if isinstance(fact, ModelFile)] == ["npy"]


def test_a_pickle_behind_an_array_is_read() -> None:
    assert verdicts(read(npy("'<f8'", "(1,)", bytes(8) + ACTS))) == ["malicious"]


def tensors(header: str, data: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header.encode() + data


ONE = '"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


def test_a_pickle_behind_the_tensors_is_read() -> None:
    facts = read(tensors(f"{{{ONE}}}", bytes(8) + ACTS))

    assert verdicts(facts) == ["malicious"]
    assert any("behind" in fact.kind for fact in facts if isinstance(fact, FormatAnomaly))


@pytest.mark.parametrize("metadata", ['{"a":{"b":1}}', '["a"]', '{"a":1}'])
def test_metadata_that_the_library_refuses_are_told(metadata: str) -> None:
    facts = read(tensors(f'{{"__metadata__":{metadata},{ONE}}}', bytes(8)))

    assert [f.kind for f in facts if isinstance(f, FormatAnomaly)] == ["metadata that are no texts"]
