"""The beginning of a table tells its columns, without the people in it."""

from __future__ import annotations

import pytest

from whence.readers.contract import Source
from whence.readers.data import table_columns
from whence.vocabulary.fact.datasets import DataColumns


def read(path: str, text: str | bytes) -> list[DataColumns]:
    data = text.encode() if isinstance(text, str) else text
    assert table_columns.claims(path, data[:4096]) or b"\0" in data
    return [f for f in table_columns.read(Source.of_bytes(path, data))
            if isinstance(f, DataColumns)]  # fmt: skip


TABLES = {
    "commas": ("a.csv", "id,email\n1,x@post.example.org\n"),
    "tabs": ("a.tsv", "id\temail\n1\tx@post.example.org\n"),
    "semicolons": ("a.csv", "id;email\n1;x@post.example.org\n"),
    "a mark at the beginning": ("a.csv", b"\xef\xbb\xbfid,email\n1,x@post.example.org\n"),
    "quotes": ("a.csv", '"id","email"\n1,"x@post.example.org"\n'),
    "JSON lines": ("a.jsonl", '{"id": "1", "email": "x@post.example.org"}\n'),
}


@pytest.mark.parametrize(("path", "text"), TABLES.values(), ids=TABLES.keys())
def test_a_table_gives_its_columns_and_masked_values(path: str, text: str | bytes) -> None:
    (fact,) = read(path, text)
    assert (fact.subject, fact.columns) == (path, ("id", "email"))
    assert fact.samples["email"] == ("x@post.example.org",)


def test_no_value_is_carried_in_the_clear() -> None:
    (fact,) = read("a.csv", "name,phone,mail\nAda Byron,+44 20 79,ada.b@post.example.org\n")
    assert fact.samples == {
        "name": ("xxx xxxxx",), "phone": ("+00 00 00",), "mail": ("xxx.x@post.example.org",),
    }  # fmt: skip


@pytest.mark.parametrize(
    "value", ["***", "<EMAIL>", "[REDACTED]", "masked", "9f86d081884c7d659a2f"]
)
def test_what_was_masked_before_is_told(value: str) -> None:
    (fact,) = read("a.csv", f"id,email\n1,{value}\n")
    assert fact.samples["email"] == ("***",)


NO_HEADER = ["", "1,2,3\n4,5,6\n", "one\ntwo\n", "a,a\n1,2\n", "x@post.example.org,1\n"]


@pytest.mark.parametrize("text", NO_HEADER)
def test_a_table_without_a_header_gives_nothing(text: str) -> None:
    assert read("a.csv", text) == []


@pytest.mark.parametrize("text", ["[1]\n", "{broken\n", "3\n", '{"a": ' + "[" * 5000])
def test_lines_that_are_no_objects_give_nothing(text: str) -> None:
    assert read("a.jsonl", text) == []


def test_only_the_beginning_is_read() -> None:
    rows = "1,x@post.example.org\n" * 50_000
    (fact,) = read("a.csv", "id,email\n" + rows)
    assert len(fact.samples["email"]) == table_columns.SAMPLES
