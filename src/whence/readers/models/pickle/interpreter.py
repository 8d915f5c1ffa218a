"""Reads one pickle, opcode by opcode, as CPython's C unpickler does (`_pickle.c`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from whence.readers.models.pickle import (
    container_opcodes as containers,
)
from whence.readers.models.pickle import (
    object_opcodes as objects,
)
from whence.readers.models.pickle import (
    scalar_opcodes as scalars,
)
from whence.readers.models.pickle.bulk import Bulk
from whence.readers.models.pickle.frames import at_edge, frame, leave_frame
from whence.readers.models.pickle.opcodes import NUMBER
from whence.readers.models.pickle.state import Machine
from whence.readers.models.pickle.trouble import StreamError

Handler = Callable[[Machine], None]


class Stopped(Exception):
    """STOP was reached."""


def _stop(m: Machine) -> None:
    m.result = m.pop()
    raise Stopped


def _invalid(m: Machine) -> None:
    w = m.window
    raise StreamError(f"no opcode has the number 0x{w.data[w.pos - 1]:02x}")


_HANDLERS: Final[dict[str, Handler]] = {
    "MARK": scalars.mark,
    "EMPTY_TUPLE": containers.empty_tuple,
    "STOP": _stop,
    "POP": scalars.pop,
    "POP_MARK": scalars.pop_mark,
    "DUP": scalars.dup,
    "NONE": scalars.none,
    "BINPERSID": objects.binpersid,
    "REDUCE": objects.reduce,
    "EMPTY_LIST": containers.empty("list"),
    "APPEND": containers.append,
    "BUILD": objects.build,
    "DICT": containers.marked_dict,
    "APPENDS": containers.appends,
    "LIST": containers.marked_list,
    "OBJ": objects.obj,
    "SETITEM": containers.setitem,
    "TUPLE": containers.marked_tuple,
    "SETITEMS": containers.setitems,
    "EMPTY_DICT": containers.empty("dict"),
    "NEWOBJ": objects.newobj,
    "TUPLE1": containers.counted_tuple(1),
    "TUPLE2": containers.counted_tuple(2),
    "TUPLE3": containers.counted_tuple(3),
    "NEWTRUE": scalars.true,
    "NEWFALSE": scalars.false,
    "EMPTY_SET": containers.empty("set"),
    "ADDITEMS": containers.additems,
    "FROZENSET": containers.marked_frozenset,
    "NEWOBJ_EX": objects.newobj_ex,
    "STACK_GLOBAL": objects.stack_global,
    "MEMOIZE": scalars.memoize,
    "NEXT_BUFFER": scalars.next_buffer,
    "READONLY_BUFFER": scalars.readonly_buffer,
    "BINFLOAT": scalars.binfloat,
    "BININT": scalars.binint,
    "BININT1": scalars.binint1,
    "BININT2": scalars.binint2,
    "BINGET": scalars.binget,
    "LONG_BINGET": scalars.long_binget,
    "BINPUT": scalars.binput,
    "LONG_BINPUT": scalars.long_binput,
    "PROTO": scalars.proto,
    "EXT1": objects.extension(1),
    "EXT2": objects.extension(2),
    "EXT4": objects.extension(4),
    "FRAME": frame,
    "BINBYTES": scalars.counted(4, "bytes"),
    "SHORT_BINBYTES": scalars.counted(1, "bytes"),
    "BINSTRING": scalars.counted(4, "latin"),
    "SHORT_BINSTRING": scalars.counted(1, "latin"),
    "BINUNICODE": scalars.counted(4, "str"),
    "LONG1": scalars.long1,
    "LONG4": scalars.long4,
    "SHORT_BINUNICODE": scalars.short_binunicode,
    "BINUNICODE8": scalars.counted(8, "str"),
    "BINBYTES8": scalars.counted(8, "bytes"),
    "BYTEARRAY8": scalars.counted(8, "bytearray"),
    "FLOAT": scalars.text_float,
    "INT": scalars.text_int,
    "LONG": scalars.text_long,
    "PERSID": objects.persid,
    "STRING": scalars.text_string,
    "UNICODE": scalars.text_unicode,
    "GET": scalars.get,
    "PUT": scalars.put,
    "GLOBAL": objects.import_lines,
    "INST": objects.inst,
}


def _table() -> tuple[Handler, ...]:
    table: list[Handler] = [_invalid] * 256
    for name, handler in _HANDLERS.items():
        table[NUMBER[name]] = handler
    return tuple(table)


TABLE: Final = _table()


def interpret(m: Machine) -> None:
    """Read up to and with STOP; the machine's `result` is then the value that was built.

    Raises:
        StreamError: the C unpickler would raise too (`Exhausted`: the data ends).
        BeyondLimit: reading on would take more memory than allowed.
        NeedsDetail: read in bulk what must be read one by one: start again with `bulk=False`.
    """
    try:
        if m.frames_cut:
            _loop_cutting_frames(m)
        elif m.bulk:
            _loop_in_bulk(m)
        else:
            _loop(m)
    except Stopped:
        return


def _loop(m: Machine) -> None:
    w = m.window
    table = TABLE
    while True:
        pos = w.pos
        if pos >= w.edge:
            at_edge(m)
            pos = w.pos
        w.pos = pos + 1
        table[w.data[pos]](m)


def _loop_in_bulk(m: Machine) -> None:
    w = m.window
    table = TABLE
    bulk = Bulk(w)
    while True:
        pos = w.pos
        if pos >= w.edge:
            at_edge(m)
            pos = w.pos
        if w.base + pos >= bulk.next_try and bulk.advance(m):
            continue
        w.pos = pos + 1
        table[w.data[pos]](m)


def _loop_cutting_frames(m: Machine) -> None:
    w = m.window
    table = TABLE
    while True:
        leave_frame(m)
        w.pos += 1
        table[w.data[w.pos - 1]](m)
