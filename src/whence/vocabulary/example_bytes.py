"""Binary files of examples, written as text: nothing dangerous stands in the sources.

`hex` is bytes in hexadecimal. `pickle` is one opcode a line with its argument. `zip` holds members,
each opened by `member PATH LANGUAGE`. `safetensors` is the JSON header and `zeros N`. `protobuf`
is one field a line: `5: 7`, `2: "text"`, and `7 {` … `}` for a message. `gguf` is one text a line,
`key = value`. In texts `\\n` is a line break.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator

_PLAIN = {
    "MARK": b"(", "STOP": b".", "POP": b"0", "POP_MARK": b"1", "DUP": b"2", "NONE": b"N",
    "BINPERSID": b"Q", "REDUCE": b"R", "APPEND": b"a", "BUILD": b"b", "DICT": b"d",
    "EMPTY_DICT": b"}", "APPENDS": b"e", "LIST": b"l", "EMPTY_LIST": b"]", "OBJ": b"o",
    "SETITEM": b"s", "SETITEMS": b"u", "TUPLE": b"t", "EMPTY_TUPLE": b")", "NEWOBJ": b"\x81",
    "TUPLE1": b"\x85", "TUPLE2": b"\x86", "TUPLE3": b"\x87", "NEWTRUE": b"\x88",
    "NEWFALSE": b"\x89", "STACK_GLOBAL": b"\x93", "MEMOIZE": b"\x94",
}  # fmt: skip
_FIELD = re.compile(r'(\d+)\s*(?::\s*(?:(\d+)|"(.*)")|\{)$')
_MEMBER = re.compile(r"member (\S+) (\S+)$")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def assemble(language: str, body: str) -> bytes | None:
    """The bytes that a block of a binary language describes; None for an ordinary text block.

    Raises ValueError for a body that is not in the language.
    """
    assembler = _ASSEMBLERS.get(language)
    return assembler(body) if assembler else None


def _lines(body: str) -> Iterator[str]:
    return (line.strip() for line in body.splitlines() if line.strip())


def _pickle(body: str) -> bytes:
    return b"".join(_opcode(line) for line in _lines(body))


def _opcode(line: str) -> bytes:
    name, _, argument = line.partition(" ")
    if name in _PLAIN and not argument:
        return _PLAIN[name]
    text = argument.replace("\\n", "\n").encode()
    if name == "PROTO":
        return b"\x80" + bytes([int(argument)])
    if name in ("GLOBAL", "INST"):
        module, _, attribute = argument.partition(" ")
        return (b"c" if name == "GLOBAL" else b"i") + f"{module}\n{attribute}\n".encode()
    if name == "UNICODE":
        return b"V" + argument.encode() + b"\n"
    if name == "SHORT_BINUNICODE":
        return b"\x8c" + bytes([len(text)]) + text
    if name == "BINUNICODE":
        return b"X" + len(text).to_bytes(4, "little") + text
    if name == "BINBYTES":
        return b"B" + len(text).to_bytes(4, "little") + text
    if name in ("BINPUT", "BINGET", "BININT1"):
        return {"BINPUT": b"q", "BINGET": b"h", "BININT1": b"K"}[name] + bytes([int(argument)])
    if name == "INT":
        return b"I" + argument.encode() + b"\n"
    raise ValueError(f"no opcode: {line}")


def _zip(body: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, language, content in _members(body):
            data = assemble(language, content)
            info = zipfile.ZipInfo(name, _FIXED_TIME)
            archive.writestr(info, content.encode() if data is None else data)
    return stream.getvalue()


def _members(body: str) -> Iterator[tuple[str, str, str]]:
    opened: tuple[str, str] | None = None
    content: list[str] = []
    for line in body.splitlines():
        found = _MEMBER.match(line.strip())
        if found is None:
            content.append(line)
            continue
        if opened:
            yield *opened, "\n".join(content)
        opened, content = (found[1], found[2]), []
    if opened is None:
        raise ValueError("a zip block holds members")
    yield *opened, "\n".join(content)


def _safetensors(body: str) -> bytes:
    header, _, rest = body.strip().partition("\n")
    found = re.fullmatch(r"(?:zeros (\d+))?", rest.strip())
    if found is None:
        raise ValueError("a safetensors block is one line of JSON and `zeros N`")
    return struct.pack("<Q", len(header)) + header.encode() + bytes(int(found[1] or 0))


def _protobuf(body: str) -> bytes:
    return _fields(_lines(body))


def _fields(lines: Iterator[str]) -> bytes:
    out = bytearray()
    for line in lines:
        if line == "}":
            break
        found = _FIELD.match(line)
        if found is None:
            raise ValueError(f"no field: {line}")
        number = int(found[1])
        if found[2] is not None:
            out += _varint(number << 3) + _varint(int(found[2]))
            continue
        text = found[3]
        inner = _fields(lines) if text is None else text.replace("\\n", "\n").encode()
        out += _varint(number << 3 | 2) + _varint(len(inner)) + inner
    return bytes(out)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _gguf(body: str) -> bytes:
    pairs = [line.partition(" = ") for line in _lines(body)]
    out = b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs))
    for key, _, value in pairs:
        text = value.replace("\\n", "\n").encode()
        out += struct.pack("<Q", len(key)) + key.encode()
        out += struct.pack("<IQ", 8, len(text)) + text
    return out


_ASSEMBLERS: dict[str, Callable[[str], bytes]] = {
    "hex": bytes.fromhex,
    "pickle": _pickle,
    "zip": _zip,
    "safetensors": _safetensors,
    "protobuf": _protobuf,
    "gguf": _gguf,
}
