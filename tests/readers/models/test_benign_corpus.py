"""Files as libraries save them, in many versions: none is malicious, and all are read in full.

`scripts/write_benign_models.py` wrote them, in environments of their own.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import ModelFile, PickleUse

FOLDER = Path(__file__).with_name("benign")
OLD_BOOSTER = "XGBoost's old binary format is not interpreted"


class Row(NamedTuple):
    """A file of the corpus."""

    file: str
    library: str
    version: str
    python: str
    form: str
    what: str


with (FOLDER / "table.tsv").open(encoding="utf-8", newline="") as table:
    ROWS = [Row(*cells) for cells in csv.reader(table, delimiter="\t")]
LIBRARIES = sorted({row.library for row in ROWS})


def test_the_corpus_is_wide_and_every_file_has_its_row() -> None:
    assert len(ROWS) >= 150
    assert len({(row.library, row.version) for row in ROWS}) >= 20
    assert len({row.python.rpartition(".")[0] for row in ROWS}) >= 5
    names = {path.name for path in FOLDER.iterdir() if path.name != "table.tsv"}
    assert sorted(names) == sorted(row.file for row in ROWS)


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_that_a_library_writes_is_malicious_or_unread(library: str) -> None:
    accused: list[str] = []
    unread: list[str] = []
    for row in [row for row in ROWS if row.library == library]:
        content = (FOLDER / row.file).read_bytes()
        assert artefact.claims(row.file, content[:HEAD_SIZE]), row.file
        facts = list(artefact.read(Source.of_bytes(row.file, content)))
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
        facts = artefact.read(Source.of_bytes(row.file, (FOLDER / row.file).read_bytes()))
        asked += [
            f"{row.file}: {fact.reason}"
            for fact in facts
            if isinstance(fact, PickleUse) and fact.verdict == "review"
        ]
    assert asked == []
