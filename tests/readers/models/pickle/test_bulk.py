"""Runs of plain data are passed quickly, and nothing is lost in them."""

from __future__ import annotations

import collections
import io
import pickle
import random

import pytest

from whence.readers.models.pickle import Verdict, scan
from whence.readers.models.pickle.bulk import BULK_AFTER

AHEAD = b"B" + (BULK_AFTER + 10).to_bytes(4, "little") + bytes(BULK_AFTER + 10) + b"0"
CALL = b"cos\nsystem\nX\x01\x00\x00\x00x\x85R0"


def rows(count: int) -> list[dict[str, object]]:
    choose = random.Random(7)
    return [
        {
            "id": index,
            "name": f"user{index % 97}",
            "score": choose.random(),
            "tags": ["a", index % 256, "b" * (index % 30)],
            "at": (index, index + 1),
            "none": None,
        }
        for index in range(count)
    ]


def behind_much_data(stream: bytes, protocol: int) -> bytes:
    """The same pickle after enough data for reading in bulk to begin."""
    return b"\x80" + bytes([protocol]) + AHEAD + stream


@pytest.mark.parametrize("protocol", [2, 4])
def test_plain_rows_are_clean_and_read_to_the_end(protocol):
    stream = behind_much_data(pickle.dumps(rows(3000), protocol=protocol), protocol)
    trace, judgement = scan(stream)
    assert judgement.verdict is Verdict.CLEAN
    assert trace.end == len(stream)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_call_between_the_rows_is_found_at_its_exact_place(protocol):
    stream = behind_much_data(pickle.dumps(rows(2000), protocol=protocol), protocol)
    places = [index for index in range(len(stream)) if stream[index : index + 3] == b"Nu}"]
    place = places[len(places) // 2] + 2
    trace, judgement = scan(stream[:place] + CALL + stream[place:])
    assert judgement.verdict is Verdict.MALICIOUS
    (use,) = [use for use in trace.uses if use.target == "os.system"]
    assert use.offset == place + CALL.index(b"R")


def test_names_put_away_inside_the_data_are_found_again():
    names = [f"word{index}" for index in range(50)] + ["posix", "system"] + ["last"] * 20
    listed = b"](" + b"".join(
        b"\x8c" + bytes([len(word)]) + word.encode() + b"\x94" for word in names
    )
    first = listed + b"e0h" + bytes([50]) + b"h" + bytes([51]) + b"\x93K\x01\x85R."
    stream = behind_much_data(first, 4)
    for source in (stream, io.BytesIO(stream)):
        trace, judgement = scan(source)
        assert judgement.verdict is Verdict.MALICIOUS
        assert trace.imports[0].label == "posix.system"


class Pipe(io.BytesIO):
    """A file that cannot go back."""

    def seekable(self) -> bool:
        return False


def test_names_taken_out_of_a_run_stay_known_without_going_back():
    names = b"\x8c\x05posix\x94\x8c\x06getcwd\x94" + b"\x8c\x06system\x94" * 5
    used = b"K\x01" * 20 + names + b"\x93000" + b"h\x00h\x02\x93K\x01\x85R."
    trace, judgement = scan(Pipe(behind_much_data(used, 4)))
    assert judgement.verdict is Verdict.MALICIOUS
    assert [seen.label for seen in trace.imports] == ["system.system", "posix.system"]


def test_very_many_small_objects_are_still_read_in_full():
    objects = (
        b"cdatetime\ndate\n\x940" + b"h\x00C\x04\x07\xe4\x01\x01\x85R\x940" * 230_000 + b"h\x07."
    )
    trace, judgement = scan(b"\x80\x04" + objects)
    assert judgement.verdict is Verdict.CLEAN
    (use,) = trace.uses
    assert use.count == 230_000


def test_a_run_is_taken_apart_when_a_value_in_it_is_used():
    values = b"(" + b"K\x01" * 40 + b"\x8c\x05posix\x8c\x06system"
    stream = behind_much_data(values + b"\x93\x8c\x01x\x85R.", 4)
    assert scan(stream)[1].verdict is Verdict.MALICIOUS


def test_objects_among_plain_data_are_seen_as_often_as_they_are_there():
    value = [[row, collections.OrderedDict(a=1)] for row in rows(300)]
    trace, judgement = scan(behind_much_data(pickle.dumps(value, protocol=4), 4))
    assert judgement.verdict is Verdict.CLEAN
    (calls,) = [use for use in trace.uses if use.how == "call"]
    assert calls.count == 300


def test_a_memo_number_reused_inside_the_data_counts():
    words = b"X\x05\x00\x00\x00posixr\x00\x01\x00\x00X\x04\x00\x00\x00jsonr\x00\x01\x00\x00" * 8
    first = b"](" + words + b"e0j\x00\x01\x00\x00X\x06\x00\x00\x00system\x93K\x01\x85R."
    trace, _ = scan(behind_much_data(first, 3))
    assert trace.imports[0].label == "json.system"
