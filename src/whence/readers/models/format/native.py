"""Machine code: libraries and programs where a model is expected. Never run, never linked."""

from __future__ import annotations

import struct

from whence.readers.models.part import Found, Part
from whence.vocabulary.fact.models import NativeCode

_FORMATS = (
    (b"\x7fELF", "ELF"),
    (b"MZqFpD", "APE"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"\xce\xfa\xed\xfe", "Mach-O"),
    (b"\xca\xfe\xba\xbe", "Mach-O"),
    (b"\0asm", "WebAssembly"),
)


def inspect(part: Part) -> Found:
    """One fact where the bytes are machine code."""
    name = format_of(part.head)
    if name:
        yield NativeCode(part.span(), name, part.member)


def format_of(head: bytes) -> str:
    """`ELF`, `PE`, `Mach-O`, … or empty. A Java class begins like a fat Mach-O and is none."""
    for magic, name in _FORMATS:
        if head.startswith(magic):
            is_java = magic == b"\xca\xfe\xba\xbe" and struct.unpack(">I", head[4:8])[0] > 40
            return "" if is_java else name
    if head[:2] == b"MZ" and len(head) > 64:
        at = int.from_bytes(head[60:64], "little")
        return "PE" if head[at : at + 4] == b"PE\0\0" else ""
    return ""
