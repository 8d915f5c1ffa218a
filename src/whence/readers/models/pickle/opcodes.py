"""The opcodes of the pickle formats 0 to 5: number, name and how the argument is written.

Source: CPython `Modules/_pickle.c` (the loader) and PEP 307, 3154, 574.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final


class Argument(Enum):
    """How the bytes after an opcode form its argument."""

    NONE = auto()
    FIXED = auto()
    COUNTED = auto()
    LINE = auto()
    TWO_LINES = auto()


class Opcode:
    """One opcode: `width` is the fixed argument's size or that of the length prefix."""

    __slots__ = ("argument", "name", "number", "width")

    def __init__(self, number: int, name: str, argument: Argument, width: int) -> None:
        self.number = number
        self.name = name
        self.argument = argument
        self.width = width


_PLAIN = {
    "MARK": 0x28,
    "EMPTY_TUPLE": 0x29,
    "STOP": 0x2E,
    "POP": 0x30,
    "POP_MARK": 0x31,
    "DUP": 0x32,
    "NONE": 0x4E,
    "BINPERSID": 0x51,
    "REDUCE": 0x52,
    "EMPTY_LIST": 0x5D,
    "APPEND": 0x61,
    "BUILD": 0x62,
    "DICT": 0x64,
    "APPENDS": 0x65,
    "LIST": 0x6C,
    "OBJ": 0x6F,
    "SETITEM": 0x73,
    "TUPLE": 0x74,
    "SETITEMS": 0x75,
    "EMPTY_DICT": 0x7D,
    "NEWOBJ": 0x81,
    "TUPLE1": 0x85,
    "TUPLE2": 0x86,
    "TUPLE3": 0x87,
    "NEWTRUE": 0x88,
    "NEWFALSE": 0x89,
    "EMPTY_SET": 0x8F,
    "ADDITEMS": 0x90,
    "FROZENSET": 0x91,
    "NEWOBJ_EX": 0x92,
    "STACK_GLOBAL": 0x93,
    "MEMOIZE": 0x94,
    "NEXT_BUFFER": 0x97,
    "READONLY_BUFFER": 0x98,
}
_FIXED = {
    "BINFLOAT": (0x47, 8),
    "BININT": (0x4A, 4),
    "BININT1": (0x4B, 1),
    "BININT2": (0x4D, 2),
    "BINGET": (0x68, 1),
    "LONG_BINGET": (0x6A, 4),
    "BINPUT": (0x71, 1),
    "LONG_BINPUT": (0x72, 4),
    "PROTO": (0x80, 1),
    "EXT1": (0x82, 1),
    "EXT2": (0x83, 2),
    "EXT4": (0x84, 4),
    "FRAME": (0x95, 8),
}
_COUNTED = {
    "BINBYTES": (0x42, 4),
    "SHORT_BINBYTES": (0x43, 1),
    "BINSTRING": (0x54, 4),
    "SHORT_BINSTRING": (0x55, 1),
    "BINUNICODE": (0x58, 4),
    "LONG1": (0x8A, 1),
    "LONG4": (0x8B, 4),
    "SHORT_BINUNICODE": (0x8C, 1),
    "BINUNICODE8": (0x8D, 8),
    "BINBYTES8": (0x8E, 8),
    "BYTEARRAY8": (0x96, 8),
}
_LINES = {
    "FLOAT": 0x46,
    "INT": 0x49,
    "LONG": 0x4C,
    "PERSID": 0x50,
    "STRING": 0x53,
    "UNICODE": 0x56,
    "GET": 0x67,
    "PUT": 0x70,
}
_TWO_LINES = {"GLOBAL": 0x63, "INST": 0x69}


def _all_opcodes() -> dict[int, Opcode]:
    found = [Opcode(number, name, Argument.NONE, 0) for name, number in _PLAIN.items()]
    found += [Opcode(n, name, Argument.FIXED, width) for name, (n, width) in _FIXED.items()]
    found += [Opcode(n, name, Argument.COUNTED, width) for name, (n, width) in _COUNTED.items()]
    found += [Opcode(number, name, Argument.LINE, 0) for name, number in _LINES.items()]
    found += [Opcode(number, name, Argument.TWO_LINES, 0) for name, number in _TWO_LINES.items()]
    return {opcode.number: opcode for opcode in found}


OPCODES: Final[dict[int, Opcode]] = _all_opcodes()
NUMBER: Final[dict[str, int]] = {opcode.name: number for number, opcode in OPCODES.items()}
ARGUMENT_WIDTH: Final[tuple[int, ...]] = tuple(
    OPCODES[number].width if number in OPCODES else 0 for number in range(256)
)
"""Bytes that must follow each opcode before anything variable: fixed argument or length."""

HIGHEST_PROTOCOL: Final = 5
