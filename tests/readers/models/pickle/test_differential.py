"""The machine agrees with the real C unpickler on streams of data.

The real one runs in a process of its own, limited in memory and time, where every imported name is
an inert class that does nothing.
"""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whence.readers.models.pickle.frames import TOO_LONG
from whence.readers.models.pickle.interpreter import interpret
from whence.readers.models.pickle.opcodes import NUMBER, OPCODES, Argument
from whence.readers.models.pickle.state import Machine, Reports
from whence.readers.models.pickle.trouble import StreamError
from whence.readers.models.pickle.window import Window

DRIVER = Path(__file__).with_name("inert_unpickler.py")
BEYOND_DATA = ("GLOBAL", "INST", "STACK_GLOBAL", "OBJ", "NEWOBJ", "NEWOBJ_EX", "REDUCE", "BUILD")
BEYOND_DATA += ("PERSID", "BINPERSID")
LEFT_OUT = ("EXT1", "EXT2", "EXT4", "NEXT_BUFFER")

NUMBERS = st.sampled_from(
    [
        *["0", "1", "00", "01", "-1", "+1", "0x10", "0b1", "0o7", "010", "08", "000", "1_0", "5L"],
        *["5LL", "L", "1e3", "abc", "99999999999999999999", "-0", "", " 5", " 5 ", "1\t"],
        *["12\x005", "\x00", "1.5", "inf", "nan", "-.5", "1.", ".", "1e999"],
    ]
).map(str.encode)
TEXTS = st.sampled_from(
    [b"", b"a", b"mod", b"\xc3\xa9", b"\xff", b"\\u0041", b"\\", b"x y", b"\xed\xa0\x80", b"a.b"]
)
QUOTED = st.sampled_from(
    [b"'a'", b'"a"', b"'a", b"a", b"'\\x41'", b"'\\'", b"'\\n\"'", b"''", b"'a' "]
)
INDEXES = st.sampled_from([0, 1, 2, 3, 200])


def one_opcode(name: str) -> st.SearchStrategy[bytes]:
    """An opcode with an argument that is often right."""
    opcode = OPCODES[NUMBER[name]]
    head = bytes([opcode.number])
    width = opcode.width
    if name in ("BINGET", "BINPUT", "LONG_BINGET", "LONG_BINPUT"):
        return INDEXES.map(lambda index: head + index.to_bytes(width, "little"))
    if name in ("GET", "PUT"):
        index = st.sampled_from(
            [b"0", b"1", b" 2", b"1_0", b"-1", b"x", b"", b"1\x002", b"01", b"1L"]
        )
        return index.map(lambda line: head + line + b"\n")
    if name == "PROTO":
        return st.sampled_from([0, 2, 4, 4, 5, 6]).map(lambda number: head + bytes([number]))
    if name == "FRAME":
        sizes = st.sampled_from([0, 1, 2, 5, 9, 12, 20, 1 << 63])
        return sizes.map(lambda size: head + size.to_bytes(8, "little"))
    if opcode.argument is Argument.NONE:
        return st.just(head)
    if opcode.argument is Argument.FIXED:
        return st.binary(min_size=width, max_size=width).map(lambda raw: head + raw)
    if opcode.argument is Argument.COUNTED:
        return TEXTS.map(lambda raw: head + len(raw).to_bytes(width, "little") + raw)
    if opcode.argument is Argument.TWO_LINES:
        names = st.sampled_from([b"mod", b"a b", b"m\xc3\xa9", b"n", b"a.b"])
        return st.tuples(names, names).map(lambda pair: head + b"\n".join(pair) + b"\n")
    lines = {"STRING": QUOTED, "UNICODE": TEXTS, "PERSID": TEXTS}.get(name, NUMBERS)
    return lines.map(lambda line: head + line + b"\n")


def streams_of(names: list[str]) -> st.SearchStrategy[bytes]:
    easy = [
        n for n in names if n in ("MARK", "BININT1", "SHORT_BINUNICODE", "EMPTY_LIST", "MEMOIZE")
    ]
    opcodes = st.sampled_from(names + 3 * easy).flatmap(one_opcode)
    return st.lists(opcodes, min_size=1, max_size=25).map(lambda parts: b"".join(parts) + b".")


ALL_NAMES = sorted(set(NUMBER) - set(LEFT_OUT) - {"STOP"})
DATA_NAMES = sorted(set(ALL_NAMES) - set(BEYOND_DATA))
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.binary(max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner),
        st.tuples(inner, inner, inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=4), st.integers()), inner, max_size=4),
        st.frozensets(st.integers(), max_size=4),
        st.sets(st.text(max_size=3), max_size=4),
    ),
    max_leaves=15,
)


@pytest.fixture(scope="module")
def real():
    """Asks the real unpickler: the names it imported, and the error's type and message."""
    with subprocess.Popen(
        [sys.executable, "-I", str(DRIVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:

        def ask(kind: str, stream: bytes) -> tuple[list[list[str]], str, str]:
            assert process.stdin
            assert process.stdout
            process.stdin.write(f"{kind} x{stream.hex()}\n")
            process.stdin.flush()
            names, error, message = json.loads(process.stdout.readline())
            once = [name for index, name in enumerate(names) if name not in names[:index]]
            return once, error, message

        yield ask
        assert process.stdin
        process.stdin.close()


def ours(kind: str, stream: bytes) -> tuple[list[list[str | None]], str, list[str]]:
    """The names that the machine saw, why it stopped, and the oddities."""
    names: list[list[str | None]] = []
    notes: list[str] = []
    machine = Machine(
        Window(stream),
        Reports(
            lambda use, window: None,
            lambda found: bool(names.append([found.module, found.name])),
            lambda text, offset: notes.append(text),
            lambda start, end, could_act: None,
            lambda found: (),
            lambda found, count: None,
        ),
        interpret,
        bulk=False,
        arrays_follow=False,
    )
    machine.frames_cut = kind == "file"
    try:
        interpret(machine)
    except StreamError as error:
        return names, str(error), notes
    return names, "", notes


RUN = settings(
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.mark.parametrize("kind", ["memory", "file"])
@RUN
@given(stream=streams_of(DATA_NAMES))
def test_accepts_and_rejects_data_exactly_as_the_c_unpickler(real, kind, stream):
    _, error, _ = real(kind, stream)
    _, trouble, notes = ours(kind, stream)
    if TOO_LONG not in notes and error != "MemoryError":
        assert bool(error) == bool(trouble), (stream, error, trouble)


@pytest.mark.parametrize("kind", ["memory", "file"])
@RUN
@given(stream=streams_of(ALL_NAMES))
def test_sees_every_name_that_the_c_unpickler_imports(real, kind, stream):
    names, error, _ = real(kind, stream)
    seen, trouble, _ = ours(kind, stream)
    assert seen[: len(names)] == names, stream
    if not error:
        assert not trouble
        assert seen == names


@pytest.mark.parametrize("protocol", range(6))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=VALUES)
def test_accepts_whatever_the_pickler_writes(real, protocol, value):
    stream = pickle.dumps(value, protocol=protocol)
    for kind in ("memory", "file"):
        assert real(kind, stream)[1] == ""
        assert ours(kind, stream)[1] == ""


OF_NO_CLASS = ("UnicodeDecodeError", "EOFError")
"""Errors that do not come from what an imported class does with what it is given."""

NEGATIVE = "LONG pickle has negative"
NAMES_OF_PYTHON_2 = ["__builtin__\nxrange", "UserDict\nUserDict", "copy_reg\n_reconstructor"]
NEEDS = {
    "POP": 1, "DUP": 1, "APPEND": 1, "SETITEM": 2, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "MEMOIZE": 1,
    "BINPUT": 1, "LONG_BINPUT": 1, "PUT": 1, "STACK_GLOBAL": 2, "REDUCE": 2, "NEWOBJ": 2, "BUILD": 2,
    "NEWOBJ_EX": 3, "BINPERSID": 1, "READONLY_BUFFER": 1,
}  # fmt: skip
LEAVES = {"DUP": 2, "POP": 0, "MARK": 0, "PROTO": 0, "FRAME": 0}
TO_MARK = ("TUPLE", "LIST", "DICT", "FROZENSET", "APPENDS", "SETITEMS", "ADDITEMS", "POP_MARK")
TO_MARK += ("OBJ", "INST")
READS = ("GET", "BINGET", "LONG_BINGET")
LINES = {
    "INT": ["0", "00", "01", "-1", "0x10", "010", "1_0", "99999999999999999999", " 5", "1.5", "08"],
    "LONG": ["5", "5L", "5LL", "-0L", "0x1F", "L", "1_0L"],
    "FLOAT": ["1.5", "-.5", "1.", "1e999", " 5", "nan", "1_0"],
    "STRING": ["'a'", '"a"', "'a\"", "'\\x41'", "a", "''"],
    "UNICODE": ["a", "\\u0041", "x y"],
    "PERSID": ["a", "\xe9"],
}


def likely(choose: random.Random, name: str) -> bytes:
    """An opcode with an argument that is mostly right."""
    opcode = OPCODES[NUMBER[name]]
    head = bytes([opcode.number])
    index = choose.choice([0, 0, 1, 2, 3, 9])
    if name in ("BINGET", "BINPUT", "LONG_BINGET", "LONG_BINPUT"):
        return head + index.to_bytes(opcode.width, "little")
    if name in ("GET", "PUT"):
        return head + f"{index}\n".encode()
    if name == "PROTO":
        return head + bytes([choose.choice([0, 2, 2, 3, 4, 5, 6])])
    if name == "FRAME":
        return head + choose.choice([0, 3, 6, 12, 20]).to_bytes(8, "little")
    if name in LINES:
        return head + choose.choice(LINES[name]).encode("latin-1") + b"\n"
    if opcode.argument is Argument.TWO_LINES:
        module = choose.choice(["mod", "mod", "m\xe9"])
        names = f"{module}\n{choose.choice(['a', 'a.b', 'map'])}"
        return head + choose.choice([names, names, *NAMES_OF_PYTHON_2]).encode() + b"\n"
    if opcode.argument is Argument.FIXED:
        return head + choose.randbytes(opcode.width)
    if opcode.argument is Argument.COUNTED:
        raw = choose.choice([b"", b"a", b"mod", b"\xc3\xa9", b"\xff", b"abcdefgh"])
        length = len(raw) if choose.random() < 0.95 else 1 << (8 * opcode.width - 1)
        return head + length.to_bytes(opcode.width, "little") + raw
    return head


def with_a_set_item(choose: random.Random) -> bytes:
    """A list or bytearray that is given items, of which one is then set; or a dict."""
    begin = choose.choice([b"]", b"\x96\x02" + bytes(7) + b"ab", b"(K\x01K\x02l", b"}", b"}"])
    key = choose.choice([b"K\x01", b"]", b"}", b"\x8f", b"N]\x86", b")", b"\x8c\x01a", b"C\x01a"])
    if begin == b"}":
        return begin + key + b"Ns"
    added = b"".join(b"K%ca" % choose.choice([0, 7, 255]) for _ in range(choose.randrange(3)))
    index = choose.randrange(-6, 6).to_bytes(4, "little", signed=True)
    value = choose.choice([b"K\x05", b"M\x00\x01", b"N", b"\x88"])
    return begin + added + choose.choice([b"J" + index, b"J" + index, key]) + value + b"s"


def balanced_stream(choose: random.Random, names: list[str]) -> bytes:
    """Opcodes that mostly find on the stack what they need."""
    parts, depths, marks, written = [], [0], 0, False
    names = names + 4 * ["MEMOIZE", "BINPUT", "BINGET"]
    for _ in range(choose.randrange(2, 18)):
        if choose.random() < 0.05:
            parts.append(with_a_set_item(choose))
            depths[-1] += 1
        name = choose.choice(names)
        closes = name == "POP" and marks and not depths[-1]
        fits = depths[-1] >= NEEDS.get(name, 0) and (marks or name not in TO_MARK)
        fits = fits or closes or (sum(depths) >= NEEDS.get(name, 0) and choose.random() < 0.4)
        if name in READS and not written:
            fits = False
        if not fits and choose.random() < 0.97:
            continue
        parts.append(likely(choose, name))
        written = written or "PUT" in name or name == "MEMOIZE"
        if name == "MARK":
            depths.append(0)
            marks += 1
        elif closes:
            depths.pop()
            marks -= 1
        elif name in TO_MARK and marks:
            depths.pop()
            marks -= 1
            depths[-1] += name in ("TUPLE", "LIST", "DICT", "FROZENSET", "OBJ", "INST")
        else:
            needed = NEEDS.get(name, 0)
            depths[-1] = max(depths[-1] - needed, 0) + LEAVES.get(name, 1)
    return b"".join(parts) + b"."


@pytest.mark.parametrize("kind", ["memory", "file"])
@pytest.mark.parametrize("names", [DATA_NAMES, ALL_NAMES], ids=["data", "all"])
def test_agrees_on_streams_that_mostly_work(real, kind, names):
    choose = random.Random(20)
    finished = 0
    for _ in range(7000):
        stream = balanced_stream(choose, names)
        imported, error, message = real(kind, stream)
        seen, trouble, notes = ours(kind, stream)
        if TOO_LONG in notes or error == "MemoryError":
            continue
        finished += not error
        assert seen[: len(imported)] == imported, stream
        assert (NEGATIVE in message) == ("LONG has a negative length" in trouble), stream
        if not error or names is DATA_NAMES or error in OF_NO_CLASS:
            assert bool(error) == bool(trouble), (stream, error, trouble)
    assert finished > 1000
