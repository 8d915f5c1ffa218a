"""Files as libraries save them, in many versions: none is malicious, and all are read in full.

`scripts/write_benign_models.py` wrote them, in environments of their own.
"""

from __future__ import annotations

import base64
import csv
import zlib
from pathlib import Path
from typing import NamedTuple

import pytest

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ModelFile, PickleUse

TABLE = Path(__file__).with_name("benign.tsv")
OLD_BOOSTER = "XGBoost's old binary format is not interpreted"


class Row(NamedTuple):
    """A file of the corpus."""

    file: str
    library: str
    version: str
    python: str
    form: str
    what: str
    held: str

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return zlib.decompress(base64.b64decode(self.held))


with TABLE.open(encoding="utf-8", newline="") as table:
    ROWS = [Row(*cells) for cells in csv.reader(table, delimiter="\t")]
LIBRARIES = sorted({row.library for row in ROWS})


def test_the_corpus_is_wide() -> None:
    assert len(ROWS) >= 150
    assert len({(row.library, row.version) for row in ROWS}) >= 20
    assert len({row.python.rpartition(".")[0] for row in ROWS}) >= 5
    assert len({row.file for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_that_a_library_writes_is_malicious_or_unread(library: str) -> None:
    accused: list[str] = []
    unread: list[str] = []
    for row in [row for row in ROWS if row.library == library]:
        assert artefact.claims(row.file, row.content[:HEAD_SIZE]), row.file
        facts = list(artefact.read(Source.of_bytes(row.file, row.content)))
        assert any(isinstance(fact, ModelFile) for fact in facts), row.file
        accused += [
            f"{row.file}: {fact.reason}"
            for fact in facts
            if isinstance(fact, PickleUse) and fact.verdict == "malicious"
        ]
        unread += [
            f"{row.file}: {fact.reason}"
            for fact in facts
            if isinstance(fact, Unread)
            and not (library == "xgboost" and fact.reason == OLD_BOOSTER)
        ]
    assert accused == []
    assert unread == []


@pytest.mark.parametrize(
    "library", ["lightgbm", "numpy", "pandas", "sklearn", "torch", "xgboost", "joblib"]
)
def test_ordinary_data_of_the_large_libraries_needs_no_review(library: str) -> None:
    asked = []
    for row in [row for row in ROWS if row.library == library]:
        facts = artefact.read(Source.of_bytes(row.file, row.content))
        asked += [
            f"{row.file}: {fact.reason}"
            for fact in facts
            if isinstance(fact, PickleUse) and fact.verdict == "review"
        ]
    assert asked == []
