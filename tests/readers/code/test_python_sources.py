"""Every Python file gives a module; what cannot be parsed is left out and named."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.code import python
from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.program import Call, PythonModule


def read(data: bytes) -> tuple[PythonModule, list[Unread]]:
    found = list(python.read(Source.of_bytes("m.py", data)))
    (module,) = [fact for fact in found if isinstance(fact, PythonModule)]
    return module, [fact for fact in found if isinstance(fact, Unread)]


def functions(module: PythonModule) -> list[str]:
    return [function.name for function in module.functions]


def test_leaves_out_only_the_statement_that_is_broken() -> None:
    module, unread = read(
        b"def one():\n    return 1\n\ndef two(:\n    pass\n\ndef three():\n    pass\n"
    )

    assert functions(module) == ["<module>", "one", "three"]
    assert [(each.span.first, each.span.last) for each in unread] == [(4, 6)]
    assert "line 4" in unread[0].reason


def test_reads_python_2() -> None:
    module, unread = read(
        b"import cPickle\ndef load(p):\n    print 'loading', p\n    try:\n"
        b"        return cPickle.load(open(p))\n    except IOError, e:\n"
        b"        raise ValueError, 'no file'\nMODE = 0755\nexec 'x = 1' in {}\n"
    )

    assert functions(module) == ["<module>", "load"]
    assert not unread


@pytest.mark.parametrize(
    "data",
    [
        b"# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\ndef f(): pass\n",
        b"NAME = 'caf\xe9'\ndef f(): pass\n",
        b"\xef\xbb\xbfdef f(): pass\n",
        b"# coding: no-such-codec\ndef f(): pass\n",
        "def f(): pass\n".encode("utf-16"),
        b"def f(): pass\r\n",
        b"X = '\\ud800'\ndef f(): pass\n",
    ],
)
def test_reads_odd_encodings(data: bytes) -> None:
    module, unread = read(data)

    assert "f" in functions(module)
    assert not unread
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(module), type=PythonModule) == module


def test_deep_nesting_is_left_out_and_named() -> None:
    deep = b"X = " + b"[" * 3000 + b"]" * 3000 + b"\ndef f(): pass\n"
    module, unread = read(deep)

    assert "f" in functions(module)
    assert unread


def test_a_long_sum_is_no_deep_nesting() -> None:
    module, unread = read(b"X = " + b" + ".join([b"a"] * 900) + b"\ndef f(): pass\n")

    assert "f" in functions(module)
    assert not unread


@pytest.mark.slow
def test_a_generated_file_of_five_megabytes_is_read_in_bounded_time() -> None:
    rows = b"".join(b"ROW_%d = {'a': %d, 'b': [1, 2, 3]}\n" % (n, n) for n in range(120_000))
    start = time.process_time()
    module, unread = read(rows)

    assert len(rows) > 4_500_000
    assert time.process_time() - start < 60
    assert not unread
    assert "ROW_119999" in module.functions[0].names


def test_a_file_past_the_limit_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="larger than"):
        list(python.read(Source.of_bytes("m.py", b"#" * (python.SIZE_LIMIT + 1))))


def test_scripts_are_known_by_their_first_line() -> None:
    assert python.claims("bin/train", b"#!/usr/bin/env python3\n")
    assert not python.claims("bin/train", b"#!/bin/sh\n")
    assert not python.claims("notes.md", b"#!/usr/bin/env python3\n")


def test_arguments_of_calls_survive_the_cache() -> None:
    module, _ = read(b"import torch as t\nt.load('a.pt', weights_only=True, **more)\n")
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(module), type=PythonModule)
    (call,) = [value for value in copy.functions[0].values if isinstance(value, Call)]

    assert call.keywords == ("weights_only", "**")
    assert copy == module


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_module_or_a_reason(data: bytes) -> None:
    module, _ = read(data)

    assert module.functions[0].name == "<module>"
