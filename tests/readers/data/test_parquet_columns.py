"""Parquet files: the names of their columns, read from the footer and nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence.auditing import audit
from whence.config import Config
from whence.readers.contract import Source, Unreadable
from whence.readers.data import parquet_columns
from whence.vocabulary.fact.datasets import DataColumns

TRAIN = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression

rows = pd.read_parquet("data/members.parquet")
LogisticRegression().fit(rows[["visits"]], rows["label"])
"""


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def element(name: str, children: int = 0) -> bytes:
    """A SchemaElement: type and repetition for a leaf, the name, the number of children."""
    text = name.encode()
    named = b"\x48" if children else b"\x15\x04\x25\x02\x18"
    body = named + varint(len(text)) + text
    return body + (b"\x15" + varint(children * 2) if children else b"\x6c\x5c\x00\x00") + b"\x00"


def parquet(*elements: bytes) -> bytes:
    """A file with no rows: version, schema, an empty list of row groups."""
    footer = b"\x15\x04\x19" + bytes([len(elements) << 4 | 12]) + b"".join(elements) + b"\x00"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def columns(content: bytes) -> list[str]:
    facts = parquet_columns.read(Source.of_bytes("data/rows.parquet", content))
    return [name for fact in facts if isinstance(fact, DataColumns) for name in fact.columns]


MEMBERS = parquet(
    element("schema", 3), element("email"), element("label"), element("visits", 1), element("count")
)


def test_columns_are_the_leaves_of_the_schema() -> None:
    assert columns(MEMBERS) == ["email", "label", "count"]


@pytest.mark.parametrize(
    "content",
    [
        b"PAR1PAR1",
        MEMBERS[:-4] + b"PARE",
        MEMBERS[:-8] + (1 << 31).to_bytes(4, "little") + b"PAR1",
        b"PAR1\x19\xfc\xff\xff\xff\x7f\x05\x00\x00\x00PAR1",
    ],
)
def test_a_broken_footer_is_told(content: bytes) -> None:
    with pytest.raises(Unreadable):
        columns(content)


@given(st.binary(max_size=200))
def test_any_footer_gives_columns_or_is_told(footer: bytes) -> None:
    with contextlib.suppress(Unreadable):
        columns(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def test_people_in_a_parquet_file_are_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/members.parquet").write_bytes(MEMBERS)
    (tmp_path / "train.py").write_text(TRAIN)

    result = audit(tmp_path, config=Config(offline=True), use_cache=False)

    found = [f for f in result.findings if f.rule == "personal-data-unreviewed"]
    assert ["email" in f.description for f in found] == [True]
