"""Opcodes that push plain data, and those that move it between stack and memo."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle import text_arguments as text
from whence.readers.models.pickle.opcodes import HIGHEST_PROTOCOL
from whence.readers.models.pickle.trouble import StreamError
from whence.readers.models.pickle.values import BUFFER, INTEGER, TEXT, Run, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from whence.readers.models.pickle.state import Machine

LARGEST_SIZE: Final = (1 << 63) - 1
_DOUBLE: Final = struct.Struct(">d").unpack_from
_CROWD: Final = 10_000
_CROWDED_TEXT: Final = 64
LONGEST_TEXT: Final = 512
LARGEST_LONG: Final = 1 << 12


def none(m: Machine) -> None:
    m.push(None)


def true(m: Machine) -> None:
    m.push(True)


def false(m: Machine) -> None:
    m.push(False)


def binint1(m: Machine) -> None:
    w = m.window
    m.push(w.data[w.pos])
    w.pos += 1


def binint2(m: Machine) -> None:
    w = m.window
    pos = w.pos
    data = w.data
    m.push(data[pos] | data[pos + 1] << 8)
    w.pos = pos + 2


def binint(m: Machine) -> None:
    w = m.window
    pos = w.pos
    w.pos = end = pos + 4
    m.push(int.from_bytes(w.data[pos:end], "little", signed=True))


def binfloat(m: Machine) -> None:
    w = m.window
    m.push(_DOUBLE(w.data, w.pos)[0])
    w.pos += 8


def text_int(m: Machine) -> None:
    m.push(text.int_of(m.window.line()))


def text_long(m: Machine) -> None:
    m.push(text.long_of(m.window.line()))


def text_float(m: Machine) -> None:
    m.push(text.float_of(m.window.line()))


def text_string(m: Machine) -> None:
    offset = m.window.offset
    line, length = m.window.long_line()
    if length > len(line):
        m.push(m.blob("str", offset, length, line[1:]))
    else:
        _push_text(m, offset, text.string_of(line))


def text_unicode(m: Machine) -> None:
    offset = m.window.offset
    line, length = m.window.long_line()
    if length > len(line):
        m.push(m.blob("str", offset, length, line))
    else:
        _push_text(m, offset, text.unicode_of(line))


def _push_text(m: Machine, offset: int, value: str) -> None:
    if len(value) <= _CROWDED_TEXT or (len(value) <= LONGEST_TEXT and len(m.stack) < _CROWD):
        m.push(value)
    else:
        raw = value.encode("utf-8", "surrogatepass")
        m.push(m.blob("str", offset, len(raw), raw, whole=True))


def _length(m: Machine, width: int) -> int:
    w = m.window
    pos = w.pos
    w.pos = end = pos + width
    length = int.from_bytes(w.data[pos:end], "little")
    if length > LARGEST_SIZE:
        raise StreamError("a length is larger than any memory")
    return length


def _counted_long(m: Machine, length: int) -> None:
    if length <= LARGEST_LONG:
        m.push(int.from_bytes(m.window.take(length), "little", signed=True))
    else:
        m.window.skip(length)
        m.push(INTEGER)


def long1(m: Machine) -> None:
    w = m.window
    w.pos += 1
    _counted_long(m, w.data[w.pos - 1])


def long4(m: Machine) -> None:
    length = _length(m, 4)
    if length >= 1 << 31:
        raise StreamError("a LONG has a negative length")
    _counted_long(m, length)


def short_binunicode(m: Machine) -> None:
    w = m.window
    pos = w.pos + 1
    length = w.data[pos - 1]
    end = pos + length
    if end > len(w.data):
        w.pos = pos
        raw = w.take(length)
    else:
        raw = w.data[pos:end]
        w.pos = end
    if length > _CROWDED_TEXT and len(m.stack) > _CROWD:
        m.push(TEXT)
        return
    try:
        m.push(raw.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError as error:
        raise StreamError("a text argument is not UTF-8") from error


def _counted(m: Machine, length: int, kind: str) -> None:
    """A str, bytes or bytearray of any length; text longer than a megabyte is not decoded."""
    w = m.window
    offset = w.offset
    if length <= LONGEST_TEXT:
        raw = w.take(length)
        if kind == "bytes":
            m.push(raw if length <= _CROWDED_TEXT else m.constant(kind, offset, raw))
        elif kind == "bytearray":
            m.push(m.blob(kind, offset, length, raw, whole=length <= _CROWDED_TEXT))
        else:
            _push_text(m, offset, text.decoded(raw) if kind == "str" else raw.decode("latin-1"))
        return
    shown = "str" if kind == "latin" else kind
    if length <= m.longest_blob and (kind == "str" or not w.rewindable):
        raw = w.take(length)
        if kind == "str":
            text.decoded(raw)
        else:
            w.skipped += length
        m.push(m.blob(shown, offset, length, raw))
        return
    head = w.take(64)
    w.skip(length - 64)
    m.push(m.blob(shown, offset, length, head))


def counted(width: int, kind: str) -> Callable[[Machine], None]:
    """The opcode whose argument is a length of `width` bytes and so many bytes of a `kind`."""

    def push(m: Machine) -> None:
        _counted(m, _length(m, width), kind)

    return push


def next_buffer(m: Machine) -> None:
    m.reports.note("takes a buffer that the loader must supply", m.window.offset - 1)
    m.push(BUFFER)


def readonly_buffer(m: Machine) -> None:
    kind = kind_of(m.top())
    if kind == "bytearray":
        m.stack[-1] = BUFFER
    elif kind not in ("bytes", "buffer", "object", "data"):
        raise StreamError(f"a {kind} has no buffer")


def proto(m: Machine) -> None:
    w = m.window
    number = w.data[w.pos]
    w.pos += 1
    if number > HIGHEST_PROTOCOL:
        raise StreamError(f"pickle protocol {number} does not exist")
    m.protocol = number


def memoize(m: Machine) -> None:
    stack = m.stack
    if len(stack) <= m.fence or type(stack[-1]) is Run:
        m.memo.memoize(m.top())
    else:
        m.memo.memoize(stack[-1])


def binput(m: Machine) -> None:
    w = m.window
    index = w.data[w.pos]
    w.pos += 1
    m.memo.put(index, m.top())


def long_binput(m: Machine) -> None:
    w = m.window
    pos = w.pos
    w.pos = end = pos + 4
    m.memo.put(int.from_bytes(w.data[pos:end], "little"), m.top())


def put(m: Machine) -> None:
    line = m.window.line()
    value = m.top()
    index = text.index_of(line)
    if not 0 <= index <= LARGEST_SIZE:
        raise StreamError("PUT has a number that is negative or too large")
    m.memo.put(index, value)


def _get(m: Machine, index: int) -> None:
    memo = m.memo
    value = memo.kept.get(index)
    if value is None:
        if not memo.holds(index):
            raise StreamError(f"nothing was put under memo number {index}")
        value = memo.get(index)
    m.push(value)


def binget(m: Machine) -> None:
    w = m.window
    w.pos += 1
    _get(m, w.data[w.pos - 1])


def long_binget(m: Machine) -> None:
    w = m.window
    pos = w.pos
    w.pos = end = pos + 4
    _get(m, int.from_bytes(w.data[pos:end], "little"))


def get(m: Machine) -> None:
    _get(m, text.index_of(m.window.line()))


def dup(m: Machine) -> None:
    m.push(m.top())


def pop(m: Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.unmark()
    else:
        m.pop()


def pop_mark(m: Machine) -> None:
    m.group()


def mark(m: Machine) -> None:
    m.mark()
