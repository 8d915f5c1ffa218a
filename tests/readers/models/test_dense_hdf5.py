"""HDF5 files that keep their links or attributes in heaps: they are followed like all others.

They hold nothing but links, numbers and one configuration; h5py wrote them, and they are kept as text
(xz in Base64), so that no model file lies in the tree.
"""

from __future__ import annotations

import base64
import lzma
from pathlib import Path

import pytest

from whence.readers.contract import Source
from whence.readers.models import artefact
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import ConfiguredCode, ExternalData, ModelFile, PickleUse

FILES = Path(__file__).parent / "files"


def content(name: str) -> bytes:
    return lzma.decompress(base64.b64decode((FILES / f"{name}.txt").read_text()))


def read(data: bytes) -> list[Fact | Unread]:
    return list(artefact.read(Source.of_bytes("model.h5", data)))


@pytest.mark.parametrize(
    ("name", "location"),
    [("many_links", "/etc/hosts"), ("ordered_links", "../other.h5")],
)
def test_finds_the_one_link_that_leaves_among_many(name: str, location: str) -> None:
    facts = read(content(name))

    assert [f.location.split(" ")[0] for f in facts if isinstance(f, ExternalData)] == [location]
    assert [f.covered for f in facts if isinstance(f, ModelFile)] == [1.0]


@pytest.mark.parametrize("name", ["many_attributes", "huge_attribute"])
def test_reads_a_configuration_among_many_attributes(name: str) -> None:
    facts = read(content(name))

    assert [f.target for f in facts if isinstance(f, ConfiguredCode)] == ["os.system"]
    assert [(f.format, f.covered) for f in facts if isinstance(f, ModelFile)] == [("keras-h5", 1.0)]


@pytest.mark.parametrize("mark", [b"FRHP", b"BTHD", b"FHIB", b"BTLF", b"BTIN"])
def test_says_when_a_heap_cannot_be_followed(mark: bytes) -> None:
    data = content("many_links")
    assert mark in data
    facts = read(data.replace(mark, b"XXXX"))

    assert any("kept dense" in f.reason for f in facts if isinstance(f, Unread))
    assert all(f.covered < 1.0 for f in facts if isinstance(f, ModelFile))


def test_a_soft_link_that_leads_nowhere_is_no_damage() -> None:
    facts = read(content("ordered_links"))

    assert not any(isinstance(f, Unread) for f in facts)


@pytest.mark.parametrize(
    ("pickle", "verdicts"),
    [
        (b"V" + b"a" * 40 + b"\n0cos\nsystem\n(Vecho\ntR.", ["malicious"]),
        (b"(dp0\nVname\np1\nV" + b"a" * 43 + b"\np2\ns.", []),
        (b"a title that ends like any sentence in any file of numbers does.", []),
    ],
)
def test_an_attribute_that_pytables_unpickles_is_judged(pickle: bytes, verdicts: list[str]) -> None:
    assert len(pickle) == 64
    facts = read(content("titled_table").replace(b"N" * 63 + b".", pickle))

    assert [fact.verdict for fact in facts if isinstance(fact, PickleUse)] == verdicts
    assert [fact.covered for fact in facts if isinstance(fact, ModelFile)] == [1.0]


def test_objects_in_a_table_are_never_called_read() -> None:
    facts = read(content("table_of_objects"))

    assert ["pandas unpickles" in fact.reason for fact in facts if isinstance(fact, Unread)] == [
        True
    ]
    assert [fact.covered < 1.0 for fact in facts if isinstance(fact, ModelFile)] == [True]
