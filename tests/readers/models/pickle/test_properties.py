"""Whatever the bytes: a result, within bounds, the same every time."""

from __future__ import annotations

import io
import tracemalloc

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
        assert trace.pickles
        assert trace.pickles[-1].end + sum(s.end - s.start for s in trace.arrays) >= len(data) or (
            trace.pickles[-1].end == len(data)
        )


@settings(max_examples=200, deadline=None)
@given(SOUP, SOUP)
def test_what_follows_never_hides_what_was_called(before, after):
    hostile = b"\x80\x02cos\nsystem\nX\x01\x00\x00\x00x\x85R0" + after
    assert scan(hostile)[1].verdict is Verdict.MALICIOUS


def peak_while_scanning(data: bytes | io.RawIOBase) -> int:
    tracemalloc.start()
    scan(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


class Endless(io.RawIOBase):
    """A pipe that gives a pattern again and again, up to a size."""

    def __init__(self, start: bytes, pattern: bytes, size: int) -> None:
        super().__init__()
        self._start = start
        self._pattern = pattern * (1 + (1 << 16) // len(pattern))
        self._left = size

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        if self._start:
            given, self._start = self._start, b""
            return given
        given = self._pattern[
            : len(self._pattern) // 1 if self._left > len(self._pattern) else self._left
        ]
        self._left -= len(given)
        return given


def test_hostile_growth_is_bounded_in_memory():
    bombs = {
        "stack": (b"", b"]"),
        "marks": (b"", b"("),
        "one group": (b"(", b"N"),
        "memo": (b"\x80\x04]", b"\x94"),
        "line": (b"V", b"aaaaaaa"),
        "nested lists": (b"", b"]\x94("),
        "duplicates": (b"]", b"2\x85"),
        "names": (b"\x80\x04", b"\x8c\x08abcdefgh\x94"),
        "blob": (b"\x8e" + (1 << 40).to_bytes(8, "little"), b"x"),
    }
    for kind, (start, pattern) in bombs.items():
        stream = Endless(start, pattern, 1 << 21)
        assert peak_while_scanning(stream) < 120 << 20, kind


def test_a_length_that_no_memory_can_hold_is_an_error_not_an_allocation():
    for opcode in OPCODES.values():
        if opcode.argument is Argument.COUNTED and opcode.width == 8:
            stream = bytes([opcode.number]) + b"\xff" * 8
            assert scan(stream)[1].verdict is Verdict.INCOMPLETE
            stream = bytes([opcode.number]) + (1 << 60).to_bytes(8, "little") + b"x"
            assert scan(stream)[1].verdict is Verdict.INCOMPLETE
    assert scan(b"N\x94r\xff\xff\xff\xff.")[1].verdict is Verdict.CLEAN
