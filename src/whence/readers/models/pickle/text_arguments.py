"""Text arguments of protocol 0, accepted as the C unpickler accepts them."""

from __future__ import annotations

import codecs
import re
import warnings
from typing import Final

from whence.readers.models.pickle.trouble import StreamError
from whence.readers.models.pickle.values import INTEGER

LONGEST_NUMBER: Final = 4300
_OCTAL = re.compile(rb"[ \t\n\v\f\r]*([+-]?)0([0-7]+)\Z")
_STRTOL = re.compile(rb"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)\Z")
_FLOAT = re.compile(
    rb"[+-]?(?:\d++\.?\d*+(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)\Z", re.IGNORECASE
)
_LONG_DIGITS = re.compile(rb"\s*[+-]?(?:0[xX])?[0-9a-fA-F_]+\s*\Z")


def _until_nul(line: bytes) -> bytes:
    return line.split(b"\0", 1)[0]


def _python_int(text: bytes, base: int) -> int:
    """`PyLong_FromString`, which stops at a NUL and takes signs, spaces, underscores, prefixes."""
    try:
        return int(text, base)
    except ValueError as error:
        raise StreamError(f"{text[:40]!r} is not a number") from error


def int_of(line: bytes) -> object:
    """INT: `strtol` with base 0, then Python's own reading; two digits 00 and 01 are booleans."""
    if not line:
        raise StreamError("INT has no argument")
    text = _until_nul(line)
    if len(text) > LONGEST_NUMBER:
        return _huge(text)
    if found := _STRTOL.match(text):
        value = _python_int(found[2], 16) if found[2][1:2] in (b"x", b"X") else _c_decimal(text)
        value = -abs(value) if found[1] == b"-" else value
        if -(1 << 63) <= value < 1 << 63:
            return bool(value) if len(line) == 2 and value in (0, 1) else value
    if not text:
        return 0
    return _python_int(text, 0)


def _c_decimal(text: bytes) -> int:
    if octal := _OCTAL.match(text):
        return int(octal[2], 8)
    return int(text, 10)


def _huge(text: bytes) -> object:
    if _LONG_DIGITS.match(text):
        return INTEGER
    raise StreamError(f"{text[:40]!r}… is not a number")


def long_of(line: bytes) -> object:
    """LONG: Python's own reading with base 0; a last `L` is dropped."""
    if not line:
        raise StreamError("LONG has no argument")
    text = _until_nul(line[:-1] if line.endswith(b"L") else line)
    return _huge(text) if len(text) > LONGEST_NUMBER else _python_int(text, 0)


def float_of(line: bytes) -> float:
    """FLOAT: no spaces, no underscores; overflow is an error."""
    text = _until_nul(line)
    if not line or not _FLOAT.match(text):
        raise StreamError(f"{text[:40]!r} is not a float")
    value = float(text)
    if value in (float("inf"), float("-inf")) and b"n" not in text.lower():
        raise StreamError(f"{text[:40]!r} is too large for a float")
    return value


def index_of(line: bytes) -> int:
    """GET and PUT: Python's own reading with base 10."""
    text = _until_nul(line)
    if not line or len(text) > LONGEST_NUMBER:
        raise StreamError("a memo number is missing or too long")
    return _python_int(text, 10)


def string_of(line: bytes) -> str:
    """STRING: quoted on both sides by the same quote, with Python 2's escapes.

    The loader's `encoding` decides what bytes above 127 become; they are read as Latin-1.
    """
    if len(line) < 2 or line[0] != line[-1] or line[0] not in b"'\"":
        raise StreamError("the STRING argument is not quoted")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = codecs.escape_decode(line[1:-1])[0]
    except ValueError as error:
        raise StreamError("the STRING argument has a bad escape") from error
    return raw.decode("latin-1")


def unicode_of(line: bytes) -> str:
    """UNICODE: raw-unicode-escape."""
    try:
        return line.decode("raw-unicode-escape")
    except UnicodeDecodeError as error:
        raise StreamError("the UNICODE argument has a bad escape") from error


def little_endian(data: bytes) -> object:
    """LONG1 and LONG4: two's complement, least byte first."""
    return int.from_bytes(data, "little", signed=True)


def decoded(data: bytes) -> str:
    """BINUNICODE: UTF-8, lone surrogates allowed."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise StreamError("a text argument is not UTF-8") from error
