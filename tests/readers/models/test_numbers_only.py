"""Formats that hold nothing but numbers: clean where all of it is there, and not otherwise."""

from __future__ import annotations

import struct

import pytest

from whence.readers.contract import Source
from whence.readers.models import artefact
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import ModelFile


def text(words: str) -> bytes:
    return b"L" + struct.pack(">q", len(words)) + words.encode()


NUMBERS = b"[$d#L" + struct.pack(">q", 3) + bytes(12)
INNER = (
    b"{"
    + text("values")
    + NUMBERS
    + text("flag")
    + b"T"
    + text("name")
    + b"S"
    + text("tree")
    + b"}"
)
TREES = b"{" + text("learner") + INNER + text("version") + b"[i\x03i\x00i\x01]}"
COUNTED = (
    b"{" + text("learner") + b"[#i\x02U\x07{}" + text("keys") + b"{$i#i\x01" + text("a") + b"\x05}"
)


def read(content: bytes) -> list[Fact | Unread]:
    return list(artefact.read(Source.of_bytes("m.ubj", content)))


def covered(facts: list[Fact | Unread]) -> list[float]:
    return [fact.covered for fact in facts if isinstance(fact, ModelFile)]


@pytest.mark.parametrize("content", [TREES, COUNTED])
def test_trees_are_followed_to_their_end(content: bytes) -> None:
    facts = read(content)

    assert covered(facts) == [1.0]
    assert len(facts) == 1


@pytest.mark.parametrize("length", range(len(TREES) - 1, 20, -3))
def test_trees_that_break_off_are_not_read_in_full(length: int) -> None:
    facts = read(TREES[:length])

    assert covered(facts) == [0.5]
    assert any("cannot be followed" in fact.reason for fact in facts if isinstance(fact, Unread))


def test_bytes_behind_the_trees_are_told() -> None:
    facts = read(TREES + b"more")

    assert any("4 bytes stand behind" in fact.reason for fact in facts if isinstance(fact, Unread))


@pytest.mark.parametrize(
    "tail",
    [
        b"[$d#L" + b"\x7f" + b"\xff" * 7, b"[#L" + b"\x7f" + b"\xff" * 7, b"SL" + b"\xff" * 8,
        b"[" * 4000, b"[$[#L" + struct.pack(">q", 9), b"[$d]", b"?",
    ],
)  # fmt: skip
def test_lengths_that_no_file_can_hold_are_refused(tail: bytes) -> None:
    assert covered(read(b"{" + text("learner") + tail)) == [0.5]


@pytest.mark.parametrize(("stated", "share"), [(40, 1.0), (4000, 0.5)])
def test_the_length_that_catboost_states_is_compared(stated: int, share: float) -> None:
    assert covered(read(b"CBM1" + struct.pack("<I", stated) + bytes(60))) == [share]
