"""Whatever the bytes: a result, within bounds, the same every time."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.models.pickle import Verdict, scan
from whence.readers.models.pickle.opcodes import OPCODES, Argument

OPCODE_BYTES = st.sampled_from(sorted(OPCODES)).map(lambda number: bytes([number]))
SNIPPETS = st.sampled_from(
    [
        b"cos\nsystem\n",
        b"\x8c\x02os",
        b"\x8c\x06system",
        b"(",
        b"t",
        b"R",
        b"\x93",
        b"K\x01",
        b"}",
        b"b",
    ]
)
SOUP = st.lists(st.one_of(OPCODE_BYTES, SNIPPETS, st.binary(max_size=6)), max_size=60).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(st.one_of(SOUP, st.binary(max_size=300)))
def test_any_bytes_give_a_result_and_the_same_one_again(data):
    trace, judgement = scan(data)
    again, second = scan(io.BytesIO(data))
    assert judgement == second
    assert trace.end == again.end == len(data)
    if judgement.verdict is Verdict.CLEAN:
        read = sum(p.end - p.start for p in trace.pickles) + sum(
            a.end - a.start for a in trace.arrays
        )
        assert read >= len(data)


@settings(max_examples=200, deadline=None)
@given(SOUP, SOUP)
def test_what_follows_never_hides_what_was_called(before, after):
    hostile = b"\x80\x02cos\nsystem\nX\x01\x00\x00\x00x\x85R0" + after
    assert scan(hostile)[1].verdict is Verdict.MALICIOUS


def test_a_length_that_no_memory_can_hold_is_an_error_not_an_allocation():
    for opcode in OPCODES.values():
        if opcode.argument is Argument.COUNTED and opcode.width == 8:
            stream = bytes([opcode.number]) + b"\xff" * 8
            assert scan(stream)[1].verdict is Verdict.INCOMPLETE
            stream = bytes([opcode.number]) + (1 << 60).to_bytes(8, "little") + b"x"
            assert scan(stream)[1].verdict is Verdict.INCOMPLETE
    assert scan(b"N\x94r\xff\xff\xff\xff.")[1].verdict is Verdict.CLEAN
