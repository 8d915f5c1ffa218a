"""A finding is proved by the few opcodes that make it."""

from __future__ import annotations

from whence.readers.models.pickle import scan
from whence.readers.models.pickle.listing import proof


def test_the_proof_leaves_out_what_does_not_reach_the_call():
    stream = (
        b"\x80\x04]\x94(K\x01K\x02e0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94"
        b"}\x94\x8c\x01aK\x01s0\x8c\x06echo x\x94\x85\x94R\x94."
    )
    (use,) = [use for use in scan(stream)[0].uses if use.how == "call"]
    lines = proof(stream, 0, use.offset)
    assert [line.opcode for line in lines] == [
        "SHORT_BINUNICODE",
        "SHORT_BINUNICODE",
        "STACK_GLOBAL",
        "SHORT_BINUNICODE",
        "TUPLE1",
        "REDUCE",
    ]
    assert str(lines[0]).split(": ", 1)[1] == "SHORT_BINUNICODE 'posix'"


def test_the_proof_shows_how_a_name_came_out_of_the_memo():
    stream = b"cos\nsystem\np1\n0K\x05K\x060g1\n(S'echo'\ntR."
    lines = proof(stream, 0, stream.index(b"R"))
    assert [line.opcode for line in lines] == [
        "GLOBAL",
        "PUT",
        "GET",
        "MARK",
        "STRING",
        "TUPLE",
        "REDUCE",
    ]


def test_the_proof_of_a_state_shows_what_was_set():
    stream = b"cacme\nModel\n)\x81}X\x04\x00\x00\x00hookcos\nsystem\nsb."
    lines = proof(stream, 0, stream.rindex(b"b"))
    assert "GLOBAL os system" in [f"{line.opcode} {line.argument}" for line in lines]
    assert lines[-1].opcode == "BUILD"


def test_text_of_the_stream_cannot_write_to_the_terminal():
    stream = b"\x80\x04\x8c\x04\x1b[0m\x8c\x01\n\x93)R."
    trace, _ = scan(stream)
    shown = [str(line) for line in proof(stream, 0, len(stream) - 2)]
    shown += [use.target + use.arguments for use in trace.uses]
    assert all(character.isprintable() for line in shown for character in line)
