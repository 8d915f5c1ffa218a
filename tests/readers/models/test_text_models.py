"""Models in XML and text: what they open besides themselves, in any encoding and behind padding."""

from __future__ import annotations

import pytest

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import model_text
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import ExternalData, FormatAnomaly, GraphOperation, ModelFile

ENTITY = '<!DOCTYPE PMML [<!ENTITY e SYSTEM "file:///etc/hosts">]>'
BODY = '<PMML version="4.4"><Header description="d"/></PMML>'


def read(content: bytes, name: str = "m.pmml") -> list[Fact | Unread]:
    assert model_text.claims(name, content[:HEAD_SIZE])
    return list(model_text.read(Source.of_bytes(name, content)))


def kinds(facts: list[Fact | Unread]) -> list[str]:
    return [fact.kind for fact in facts if isinstance(fact, FormatAnomaly)]


@pytest.mark.parametrize(
    "content",
    [
        (ENTITY + BODY).encode(),
        ('<?xml version="1.0" encoding="UTF-16"?>' + ENTITY + BODY).encode("utf-16"),
        ('<?xml version="1.0" encoding="UTF-16"?>' + ENTITY + BODY).encode("utf-16-be").join(
            [b"\xfe\xff", b""]
        ),
        f'<?xml version="1.0" encoding="ISO-8859-1"?><!-- caf\xe9 -->{ENTITY}{BODY}'.encode("latin-1"),
        f"<!--{'x' * 9000}-->{ENTITY}{BODY}".encode(),
    ],
)  # fmt: skip
def test_an_external_entity_is_found(content: bytes) -> None:
    assert kinds(read(content)) == ["declares an external entity"]


def test_an_external_document_type_is_found() -> None:
    text = '<!DOCTYPE PMML SYSTEM "https://models.example.com/pmml.dtd">' + BODY

    assert kinds(read(text.encode())) == ["refers to an external document type"]


def test_an_inclusion_of_a_file_is_found() -> None:
    text = BODY.replace("<Header", '<xi:include parse="text" href="file:///etc/hosts"/><Header')

    assert [f.escapes for f in read(text.encode()) if isinstance(f, ExternalData)] == ["URL"]


def test_an_encoding_that_is_not_read_is_said() -> None:
    facts = read(b'<?xml version="1.0" encoding="UTF-7"?>' + BODY.encode())

    assert any("utf-7" in fact.reason for fact in facts if isinstance(fact, Unread))
    assert [fact.covered for fact in facts if isinstance(fact, ModelFile)] == [0.0]


def test_an_ordinary_document_is_quiet() -> None:
    facts = read(b'<?xml version="1.0" encoding="UTF-8"?>\n' + BODY.encode())

    assert [(type(fact), getattr(fact, "covered", 0)) for fact in facts] == [(ModelFile, 1.0)]


@pytest.mark.parametrize(
    ("version", "operators"),
    [
        ("opset13", []),
        ("experimental", []),
        ("", []),
        ("extension", ["Own"]),
        ("acme_set", ["Own"]),
    ],
)
def test_layers_of_a_foreign_operator_set_need_a_library(
    version: str, operators: list[str]
) -> None:
    text = (
        '<net name="m" version="11"><layers>'
        f'<layer id="0" name="x" type="Own" version="{version}"/></layers></net>'
    )
    found = read(text.encode(), "m.xml")

    assert [f.operator for f in found if isinstance(f, GraphOperation)] == operators


@pytest.mark.parametrize(
    ("operation", "effects"),
    [("ReadFile", ["file-read"]), ("WriteFile", ["file-write"]), ("MatMul", []), ("PrintV2", [])],
)
def test_a_graph_in_text_is_read_like_a_binary_one(operation: str, effects: list[str]) -> None:
    text = f'node {{\n  name: "x"\n  op: "{operation}"\n}}\n'
    facts = read(text.encode(), "graph.pbtxt")

    assert [f.effect for f in facts if isinstance(f, GraphOperation)] == effects
    assert [f.format for f in facts if isinstance(f, ModelFile)] == ["graphdef-text"]


def test_a_program_that_quotes_a_model_is_no_model() -> None:
    quoted = b'EXAMPLE = """<PMML version="4.4"><!ENTITY e SYSTEM "file:///a"></PMML>"""\n'

    assert not model_text.claims("tests/test_models.py", quoted)
