"""Runs of plain data are passed quickly, and nothing is lost in them."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import pickle
import pickletools
import random

import pytest

from whence.readers.models.pickle import Verdict, scan
from whence.readers.models.pickle.bulk import BULK_AFTER, CLASSES_AFTER
from whence.readers.models.pickle.run_grammar import runs

LONG_TEXT = b"X\xf4\x01\x00\x00" + b"t" * 500 + b"0"
AHEAD = LONG_TEXT * (BULK_AFTER // len(LONG_TEXT) + 1)
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


FAR_AHEAD = LONG_TEXT * (CLASSES_AFTER // len(LONG_TEXT) + 1)


def behind_much_data(stream: bytes, protocol: int, ahead: bytes = AHEAD) -> bytes:
    """The same pickle after enough data for reading in bulk to begin."""
    return b"\x80" + bytes([protocol]) + ahead + stream


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


def test_memo_numbers_are_right_where_arguments_look_like_memo_writes():
    lookalikes = (
        b"K\x94M\x94\x94J\x94\x00\x94\x00h\x94C\x02\x94\x94\x94\x8c\x02\xc2\x94\x94G" + b"\x94" * 8
    )
    words = b"\x8c\x04json\x94" * 300
    values = b"](" + words + lookalikes * 7 + b"\x8c\x05posix\x94\x8c\x06system\x94" + words + b"e0"
    stream = values + b"j\x3a\x01\x00\x00j\x3b\x01\x00\x00\x93K\x01\x85R."
    trace, judgement = scan(behind_much_data(stream, 4))
    assert [seen.label for seen in trace.imports] == ["posix.system"]
    assert judgement.verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("protocol", [3, 4])
def test_only_the_end_of_a_long_run_is_taken_apart_and_keeps_its_memo_numbers(protocol):
    def word(value: bytes, number: int) -> bytes:
        if protocol == 4:
            return b"\x8c%c%s\x94" % (len(value), value)
        return b"X%s%sr%s" % (len(value).to_bytes(4, "little"), value, number.to_bytes(4, "little"))

    names = [b"posix", b"system", *([b"harmless"] * 3000), b"os", b"popen"]
    values = b"".join(word(name, number) for number, name in enumerate(names))
    for used, source, label in (
        (b"\x93K\x01\x85R.", io.BytesIO, "os.popen"),
        (b"\x93K\x01\x85R.", Pipe, "os.popen"),
        (b"0j\x00\x00\x00\x00j\x01\x00\x00\x00\x93K\x01\x85R.", io.BytesIO, "posix.system"),
        (b"\x86j\xba\x0b\x00\x00j\x01\x00\x00\x00\x93K\x01\x85R.", io.BytesIO, "os.system"),
    ):
        stream = behind_much_data(b"(" + values + used, protocol)
        trace, judgement = scan(source(stream))
        assert judgement.verdict is Verdict.MALICIOUS
        assert [seen.label for seen in trace.imports] == [label]


def test_large_tensors_are_no_reason_to_prepare_for_many_objects():
    tensor = b"\x8e" + (1 << 22).to_bytes(8, "little") + bytes(1 << 22) + b"0"
    values = pickle.dumps(rows(500) + [datetime.date(2020, 1, 1 + i % 28) for i in range(90)], 4)
    runs.cache_clear()
    for source in (io.BytesIO, Pipe):
        assert scan(source(behind_much_data(values, 4, tensor)))[1].verdict is Verdict.CLEAN
    assert runs.cache_info().misses == 0


def test_a_memo_number_reused_inside_the_data_counts():
    words = b"X\x05\x00\x00\x00posixr\x00\x01\x00\x00X\x04\x00\x00\x00jsonr\x00\x01\x00\x00" * 8
    first = b"](" + words + b"e0j\x00\x01\x00\x00X\x06\x00\x00\x00system\x93K\x01\x85R."
    trace, _ = scan(behind_much_data(first, 3))
    assert trace.imports[0].label == "json.system"


def objects(count: int, protocol: int) -> bytes:
    """Many objects of three classes: filled by a state, by items, by their arguments alone."""
    value = [
        (
            datetime.date(2000 + i % 20, 1, 1),
            collections.OrderedDict(a=i, b=[i]),
            decimal.Decimal(i),
        )
        for i in range(count)
    ]
    return pickle.dumps(value, protocol=protocol)


@pytest.mark.parametrize("protocol", [2, 4])
def test_objects_of_common_classes_are_counted_though_they_are_passed_in_runs(protocol):
    stream = objects(3000, protocol)
    trace, judgement = scan(behind_much_data(stream, protocol, FAR_AHEAD))
    assert judgement.verdict is Verdict.CLEAN
    counts = {(use.how, use.target): use.count for use in trace.uses}
    assert counts[("call", "datetime.date")] == 3000
    assert counts[("call", "collections.OrderedDict")] == 3000
    assert counts[("call", "decimal.Decimal")] == 3000
    assert counts[("items", "collections.OrderedDict()")] == 3000


@pytest.mark.parametrize("source", ["sklearn.base", "acme.shapes"])
def test_instances_are_told_apart_from_a_call_hidden_among_them(source):
    point = b"c" + source.encode() + b"\nPoint\n\x940"
    instance = b"h\x00)\x81\x94}\x94(\x8c\x01xK\x01\x8c\x01y]\x94(K\x02K\x03eub"
    listed = point + b"](" + instance * 4000 + b"%s" + instance * 4000 + b"e."
    plain, _ = scan(behind_much_data(listed.replace(b"%s", b""), 4, FAR_AHEAD))
    assert {use.count for use in plain.uses} == {8000}
    hidden = CALL.replace(b"R0", b"R")
    _, judgement = scan(behind_much_data(listed.replace(b"%s", hidden), 4, FAR_AHEAD))
    assert judgement.verdict is Verdict.MALICIOUS


def test_a_class_whose_memo_entry_is_overwritten_is_no_longer_taken_for_it():
    point = b"csklearn.base\nPoint\n\x940"
    instance = b"h\x00)\x81}(\x8c\x01xK\x01\x8c\x01yK\x02ub0"
    swapped = b"cacme.words\nMaker\nq\x000"
    stream = point + instance * 4000 + swapped + instance * 4000 + b"N."
    trace, judgement = scan(behind_much_data(stream, 4, FAR_AHEAD))
    assert judgement.verdict is Verdict.REVIEW
    made = {use.target: use.count for use in trace.uses if use.how == "new"}
    assert made == {"sklearn.base.Point": 4000, "acme.words.Maker": 4000}


def test_a_run_of_objects_is_taken_apart_when_the_last_one_is_filled_again():
    point = b"csklearn.base\nPoint\n\x940"
    instance = b"h\x00)\x81\x94}\x94(\x8c\x01xK\x01\x8c\x01yK\x02ub"
    again = b"}\x8c\x01fcos\nsystem\nsb"
    stream = point + b"](" + instance * 3000 + again + b"e."
    assert scan(behind_much_data(stream, 4, FAR_AHEAD))[1].verdict is Verdict.MALICIOUS


def any_value(choose: random.Random, depth: int) -> object:
    """Plain data, and objects of classes of the standard library, in any shape."""
    kind = choose.randrange(14 if depth else 8)
    some = [any_value(choose, depth - 1) for _ in range(choose.randrange(5))] if depth else []
    plain = [None, True, choose.randrange(300), -5, 1.5, "n" * choose.randrange(60), b"ab", "posix"]
    if kind < 8:
        return plain[kind]
    day = datetime.date(2000 + choose.randrange(20), 1, 2)
    return [
        some,
        tuple(some),
        {str(i): item for i, item in enumerate(some)},
        collections.OrderedDict((str(i), item) for i, item in enumerate(some)),
        [day, collections.deque(some), decimal.Decimal(choose.randrange(9)), day],
        [fractions.Fraction(1, 3), {"at": day, "of": some}],
    ][kind - 8]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_seen_does_not_depend_on_passing_in_bulk(seed):
    choose = random.Random(seed)
    protocol = 2 + seed % 4
    value = [any_value(choose, 4) for _ in range(600)]
    stream = pickle.dumps(value, protocol=protocol)
    if seed % 3 == 0:
        stream = pickletools.optimize(stream)
    seen = []
    for source in (stream, behind_much_data(stream, protocol, FAR_AHEAD)):
        trace, judgement = scan(source)
        uses = sorted((use.how, use.target, use.count) for use in trace.uses)
        seen.append((uses, sorted(name.label for name in trace.imports), judgement.verdict))
    assert len(stream) < BULK_AFTER
    assert seen[0] == seen[1]
