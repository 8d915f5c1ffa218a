"""The machine keeps its place in a stream as the C unpickler does."""

from __future__ import annotations

import datetime
import io
import pickle
import struct

import pytest

from whence.readers.models.pickle import Verdict, scan

MAGIC = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."


def wrapper(shape: bytes, dtype: bytes, *, padded: bool, object_state: bytes = b"") -> bytes:
    """A joblib NumpyArrayWrapper up to and with its BUILD."""
    kind = b"cnumpy\ndtype\n" + dtype + b"\x89\x88\x87R" + object_state
    entries = b"X\x05\x00\x00\x00shape" + shape + b"X\x05\x00\x00\x00dtype" + kind
    if padded:
        entries += b"X\x1b\x00\x00\x00numpy_array_alignment_bytesK\x10"
    return b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(" + entries + b"ub"


def test_goes_past_the_raw_array_of_joblib_and_reads_on():
    array = wrapper(b"K\x03K\x02\x86", b"X\x02\x00\x00\x00f8", padded=True)
    raw = b"\x05" + b"\xff" * 5 + b"cos\nsystem\n" + bytes(48 - 11)
    after = b"K\x01\x86cos\ngetcwd\n0."
    trace, judgement = scan(b"\x80\x02" + array + raw + after)
    assert [seen.label for seen in trace.imports][-1] == "os.getcwd"
    assert "os.system" not in [seen.label for seen in trace.imports]
    assert not trace.unread
    assert judgement.verdict is Verdict.REVIEW


def test_reads_the_pickle_that_joblib_puts_in_place_of_an_object_array():
    array = wrapper(b"K\x01\x85", b"X\x02\x00\x00\x00O8", padded=True)
    inner = b"\x80\x02cos\nsystem\nX\x01\x00\x00\x00x\x85R."
    trace, judgement = scan(b"\x80\x02" + array + inner + b".")
    assert judgement.verdict is Verdict.MALICIOUS
    assert trace.complete


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        (b"K\x01K\x02\xff" + b"R" * 5995, Verdict.CLEAN),
        (b"K\x01K\x02R" + bytes(5995), Verdict.CLEAN),
        (b"K\x01.cos\nsystem\n(Vid\ntR".ljust(6000, b"\0"), Verdict.CLEAN),
        (b"0cos\nsystem\n(Vid\ntR".ljust(6000, b"\0"), Verdict.MALICIOUS),
        (b"N0" * 2990 + b"(Vid\nios\nsystem\n....", Verdict.MALICIOUS),
    ],
    ids=["no opcode", "no call", "an end", "a call", "a call far behind"],
)
def test_a_plain_unpickler_is_followed_into_array_bytes_without_going_back(raw, verdict):
    array = wrapper(b"M\x70\x17\x85", b"X\x02\x00\x00\x00u1", padded=False)
    stream = io.BytesIO(b"\x80\x02" + array + raw + b".")
    assert len(raw) == 6000
    assert scan(stream, rewindable=False)[1].verdict is verdict


def test_a_second_reading_that_takes_too_much_memory_is_named():
    array = wrapper(b"J\x00\x00\x50\x00\x85", b"X\x02\x00\x00\x00u1", padded=False)
    stream = b"\x80\x02" + array + b"N0" * (0x500000 // 2) + b"."
    _, judgement = scan(io.BytesIO(stream), rewindable=False)
    assert judgement.verdict is Verdict.INCOMPLETE
    assert "in two ways" in judgement.reasons[-1].text


def test_bytes_of_later_arrays_confuse_nobody_who_stopped_at_the_first():
    first = wrapper(b"K\x08\x85", b"X\x02\x00\x00\x00u1", padded=False) + b"\xff" * 8 + b"0"
    second = wrapper(b"K\x20\x85", b"X\x02\x00\x00\x00u1", padded=False)
    stream = b"\x80\x02" + first + second + b"0cos\nsystem\n(Vid\ntR".ljust(32, b"\0") + b"."
    assert scan(stream)[1].verdict is Verdict.CLEAN


def test_what_a_plain_unpickler_would_make_of_array_bytes_is_read_too():
    array = wrapper(b"K\x30\x85", b"X\x02\x00\x00\x00u1", padded=False)
    payload = b"0cos\nsystem\nX\x01\x00\x00\x00x\x85R.".ljust(48, b"\0")
    _, judgement = scan(b"\x80\x02" + array + payload + b".")
    assert judgement.verdict is Verdict.MALICIOUS


def legacy_torch(keys: bytes, persistent: bytes, storages: bytes) -> bytes:
    """The five pickles of an old torch file and its storages."""
    protocol = b"\x80\x02M\xe9\x03."
    system = b"\x80\x02}X\x06\x00\x00\x00little\x88s."
    return b"\x80\x02" + MAGIC + protocol + system + persistent + keys + storages


def test_an_old_torch_file_is_read_to_the_last_byte():
    identity = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x03NtQ"
    storages = struct.pack("<q3f", 3, 1, 2, 3)
    stream = legacy_torch(b"\x80\x02]X\x01\x00\x00\x000a.", b"\x80\x02" + identity + b".", storages)
    trace, judgement = scan(stream)
    assert len(trace.pickles) == 5
    assert judgement.verdict is Verdict.CLEAN
    assert trace.end == len(stream)
    assert scan(stream + b"more")[1].verdict is Verdict.INCOMPLETE
    assert scan(stream[:-1])[1].verdict is Verdict.INCOMPLETE
    hidden = stream + b"cos\nsystem\n(S'x'\ntR."
    assert scan(hidden)[1].verdict is Verdict.MALICIOUS


def test_reads_all_pickles_written_one_after_another():
    file = io.BytesIO()
    for value in ([1, 2], {"a": datetime.date(2020, 1, 1)}, "x" * 100_000, None):
        pickle.dump(value, file, protocol=5)
    trace, judgement = scan(file.getvalue())
    assert [read.end for read in trace.pickles][-1] == len(file.getvalue())
    assert len(trace.pickles) == 4
    assert judgement.verdict is Verdict.CLEAN


def test_starts_where_the_file_stands_and_counts_from_the_given_origin():
    file = io.BytesIO(b"header--" + b"cos\nsystem\n(S'x'\ntR.")
    file.seek(8)
    trace, _ = scan(file, origin=8)
    assert trace.imports[0].offset == 8
    assert trace.end == len(file.getvalue())


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_ordinary_data_is_clean_in_every_protocol(protocol):
    shared = ["shared"]
    value = {
        "numbers": [0, -1, 2**70, 1.5, float("inf"), True, None],
        "text": ["", "é", "\u2028", "x" * 3000, "quo\"te's\n"],
        "bytes": [b"", bytes(range(256)) * 5, bytearray(b"abc")],
        "sets": [{1, 2}, frozenset("ab")],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "shared": [shared, shared],
        "times": [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), datetime.timedelta(1)],
    }
    trace, judgement = scan(pickle.dumps(value, protocol=protocol))
    assert judgement.verdict is Verdict.CLEAN, judgement
    assert trace.complete


def test_a_list_that_holds_itself_is_clean():
    value: list[object] = []
    value.append(value)
    assert scan(pickle.dumps(value))[1].verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (b"", "no bytes"),
        (b"\x80\x04]\x94", "ends before STOP"),
        (b"\x80\x04\x8c\x0aabc", "ends inside"),
        (b"\x80\x06N.", "protocol 6"),
        (b"h\x01.", "memo number 1"),
        (b"K\x01\x86.", "too few"),
        (b"K\x01(\x85.", "too few"),
        (b"K\x01K\x01(K\x01\x86.", "too few"),
        (b"(K\x01u.", "nothing below"),
        (b"\x80\x04]]\x93.", "takes names"),
        (b"\xff", "0xff"),
    ],
)
def test_says_why_a_broken_stream_could_not_be_read_in_full(stream, why):
    trace, judgement = scan(stream)
    assert judgement.verdict is Verdict.INCOMPLETE
    assert why in trace.pickles[-1].trouble


def test_bytes_behind_the_last_pickle_keep_a_stream_from_being_clean():
    trace, judgement = scan(pickle.dumps([1]) + b"\xff\xfenot a pickle")
    assert judgement.verdict is Verdict.INCOMPLETE
    assert trace.unread[0].end == trace.end


def test_a_frame_longer_than_the_data_is_odd_and_its_content_still_read():
    hostile = b"cos\nsystem\n(S'x'\ntR."
    stream = b"\x80\x04\x95" + (10_000).to_bytes(8, "little") + hostile
    assert scan(stream)[1].verdict is Verdict.MALICIOUS


def test_a_pickle_that_is_an_argument_of_an_argument_stops_being_followed_somewhere():
    stream = b"N."
    for _ in range(40):
        head = b"\x80\x04\x8c\x06pickle\x8c\x05loads\x93B"
        stream = head + len(stream).to_bytes(4, "little") + stream + b"\x85R."
    trace, judgement = scan(stream)
    assert judgement.verdict is Verdict.REVIEW
    assert not trace.complete
