"""Writes FlatBuffers for tests: tables of numbers, texts, bytes, tables and vectors of tables."""

from __future__ import annotations

import struct
from typing import Any


def flat(root: list[Any], identifier: bytes, header: bytes = b"") -> bytes:
    """The file. A field is None, a number, a text, bytes, a table (list) or a tuple of tables."""
    data = bytearray(bytes(4) + identifier + header)
    struct.pack_into("<I", data, 0, _table(data, root))
    return bytes(data)


def _table(data: bytearray, fields: list[Any]) -> int:
    _align(data)
    start = len(data)
    offsets = [0 if each is None else 8 + 8 * number for number, each in enumerate(fields)]
    lengths = struct.pack("<HH", 4 + 2 * len(fields), 8 + 8 * len(fields))
    data += lengths + b"".join(struct.pack("<H", offset) for offset in offsets)
    _align(data)
    at = len(data)
    data += struct.pack("<i", at - start) + bytes(4 + 8 * len(fields))
    for offset, field in zip(offsets, fields, strict=True):
        if isinstance(field, int):
            struct.pack_into("<Q", data, at + offset, field)
        elif field is not None:
            struct.pack_into("<I", data, at + offset, _child(data, field) - at - offset)
    return at


def _child(data: bytearray, field: Any) -> int:
    if isinstance(field, list):
        return _table(data, field)
    _align(data)
    at = len(data)
    if isinstance(field, tuple):
        data += struct.pack("<I", len(field)) + bytes(4 * len(field))
        for index, each in enumerate(field):
            slot = at + 4 + 4 * index
            struct.pack_into("<I", data, slot, _table(data, each) - slot)
        return at
    raw, end = (field.encode(), b"\0") if isinstance(field, str) else (field, b"")
    data += struct.pack("<I", len(raw)) + raw + end
    return at


def _align(data: bytearray) -> None:
    data += bytes(-len(data) % 8)
