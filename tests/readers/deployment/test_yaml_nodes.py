"""YAML: values as written, on their lines, whatever the file tries."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.contract import Unreadable
from whence.readers.yaml_nodes import documents, script


def test_keys_and_values_stay_text() -> None:
    (root,) = documents("on: push\nyes: no\n1: 0x10\nn: null\ne:\nd: 2020-01-01\n")
    assert root.strings == ["on", "yes", "1", "n", "e", "d"]
    assert [root.get(key).text for key in root.strings] == [
        "push",
        "no",
        "0x10",
        "",
        "",
        "2020-01-01",
    ]


def test_tags_construct_nothing() -> None:
    (root,) = documents("a: !!python/object/apply:os.system ['x']\nb: !Ref y\n")
    assert root.get("a").strings == ["x"]
    assert root.get("b").text == "y"


def test_nodes_know_their_lines_over_all_documents() -> None:
    first, second = documents(
        "a:\n  b: 1\n  c:\n    - x\n    - y\n---\nd: |\n  one\n  two\n\ne: 1\n"
    )
    assert (first.get("a").first, first.get("a").last) == (2, 5)
    assert first.get("a", "c").items[1].first == 5
    assert (second.get("d").first, second.get("d").last) == (7, 9)
    assert second.get("e").first == 11


def test_merge_keys_fill_in_and_never_override() -> None:
    (root,) = documents("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz:\n  <<: [*x, {c: 4}]\n")
    assert {k.value: v.text for k, v in root.get("y").pairs} == {"b": "3", "a": "1"}
    assert root.get("z", "c").text == "4"


def test_the_last_of_duplicate_keys_counts_and_the_first_is_kept() -> None:
    (root,) = documents("a: 1\na: 2\n")
    assert root.get("a").text == "2"
    assert [value.text for _, value in root.duplicates] == ["1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r: one\n", ("one", 1)),
        ("r: |\n  one\n  two\n", ("one\ntwo\n", 2)),
        ("r: |-\n\n  one\n", ("\none", 2)),
        ("r: >\n  one\n  two\n", ("one \\\ntwo\n", 2)),
        ("r: >-\n  one\n    two\n  three\n", ("one\n  two\nthree\n", 2)),
        ("r: one\n  two\n", ("one \\\ntwo", 1)),
        ('r: "one\\ntwo"\n', ("one\ntwo", 1)),
    ],
)
def test_scripts_keep_the_lines_of_the_file(text: str, expected: tuple[str, int]) -> None:
    body, line, _ = script(documents(text)[0].get("r"), text.split("\n"))
    assert (body, line) == expected


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\nb: [\n", 3, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("\nx: " + "[" * 200, 2, "deeper"),
        ("a: *missing\n", 1, "not YAML"),
        ("a: &a [*a]\n", 1, "contains itself"),
        ("a: {{ x }}\n b: {{ y }}\n", 2, "template"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int, word: str) -> None:
    with pytest.raises(Unreadable) as caught:
        documents(text)
    assert caught.value.line == line
    assert word in caught.value.reason or "alias" in caught.value.reason


def test_an_alias_bomb_is_refused_quickly() -> None:
    names = "abcdefghijklmnop"
    text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    for before, name in itertools.pairwise(names):
        text += f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
    started = time.process_time()
    with pytest.raises(Unreadable, match="aliases"):
        documents(text)
    assert time.process_time() - started < 1


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(["a: ", "- ", "\n", "  ", "&a ", "*a", "[", "]", "{", "}", "|\n", ">", "<<: ", "---\n", "!t ", '"', "'", "#", "? ", "\t", "%", "é"]),
        max_size=25,
    ).map("".join)
)  # fmt: skip
def test_any_text_gives_nodes_or_unreadable(text: str) -> None:
    try:
        for node in documents(text):
            assert (
                1 <= node.first <= node.last <= text.count("\n") + text.count("\r") + 2 + len(text)
            )
    except Unreadable:
        pass
