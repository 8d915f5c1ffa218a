"""Opcodes that build and fill tuples, lists, dicts and sets, or anything that behaves like one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.trouble import StreamError
from whence.readers.models.pickle.values import PLAIN, Blob, Container, Run, hashable, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from whence.readers.models.pickle.state import Machine

LONGEST_TUPLE: Final = 64
_CALLS: Final = frozenset(b"R\x81")
_PUT_WIDTH: Final = {0x94: 1, 0x71: 2, 0x72: 5}


def empty(kind: str) -> Callable[[Machine], None]:
    """The opcode that pushes a new, empty container."""

    def push(m: Machine) -> None:
        m.push(Container(kind))

    return push


def empty_tuple(m: Machine) -> None:
    m.push(())


def _tuple(values: list[object]) -> object:
    if len(values) <= LONGEST_TUPLE and not any(type(value) is Run for value in values):
        return tuple(values)
    made = Container("tuple")
    made.add(values)
    return made


def counted_tuple(count: int) -> Callable[[Machine], None]:
    """TUPLE1, TUPLE2, TUPLE3."""

    def push(m: Machine) -> None:
        stack = m.stack
        if m.runs:
            values = tuple(m.pop() for _ in range(count))[::-1]
        else:
            if len(stack) - count < m.fence:
                raise StreamError("too few values for a tuple")
            values = tuple(stack[-count:])
            del stack[-count:]
        m.push(values)

    return push


def _call_follows(m: Machine) -> bool:
    w = m.window
    if not w.has(1):
        return False
    skip = _PUT_WIDTH.get(w.data[w.pos], 0)
    return w.has(skip + 1) and w.data[w.pos + skip] in _CALLS


def marked_tuple(m: Machine) -> None:
    if m.runs and m.marks and _call_follows(m):
        m.expand_group()
    m.push(_tuple(m.group()))


def marked_list(m: Machine) -> None:
    made = Container("list")
    made.add(m.group())
    m.push(made)


def _pairs_into(made: Container, values: list[object]) -> None:
    if any(type(value) is Run for value in values):
        singles = [value for value in values if type(value) is not Run]
        if len(singles) % 2:
            raise StreamError("a key has no value")
        made.add([value for value in singles if type(value) not in PLAIN])
        made.count += 2 + len(values)
        return
    if len(values) % 2:
        raise StreamError("a key has no value")
    for key in values[::2]:
        if type(key) is not str and not hashable(key):
            raise StreamError(f"a {kind_of(key)} cannot be a key")
    made.add_pairs(values)


def marked_dict(m: Machine) -> None:
    made = Container("dict")
    m.expand_rows()
    _pairs_into(made, m.group())
    m.push(made)


def _elements_into(made: Container, values: list[object]) -> None:
    for value in values:
        if not hashable(value):
            raise StreamError(f"a {kind_of(value)} cannot be in a set")
    made.add(values)


def marked_frozenset(m: Machine) -> None:
    made = Container("frozenset")
    _elements_into(made, m.group())
    m.push(made)


def _gathered(values: list[object]) -> Container:
    made = Container("list")
    made.add(values)
    return made


def _may_be_a_byte(value: object) -> bool:
    if isinstance(value, int):
        return 0 <= value < 256
    return kind_of(value) in ("object", "data", "int") or type(value) is Run


def _check_index(kind: str, key: object, length: int | None) -> None:
    """`length` is None where it is not known; reading on then sees more, never less."""
    if kind_of(key) not in ("int", "bool", "object", "data"):
        raise StreamError(f"a {kind} has no item {kind_of(key)}")
    if length is not None and isinstance(key, int) and not -length <= key < length:
        raise StreamError(f"a {kind} has no item with this number")


def _append(m: Machine, target: object, values: list[object]) -> None:
    kind = kind_of(target)
    if kind == "list" and isinstance(target, Container):
        target.add(values)
    elif kind in ("object", "data", "buffer"):
        m.use("append", target, _gathered(values), m.window.offset - 1)
    elif kind != "bytearray":
        raise StreamError(f"a {kind} has no append")
    elif not all(map(_may_be_a_byte, values)):
        raise StreamError("a bytearray takes numbers below 256 only")
    elif isinstance(target, Blob):
        target.appended += len(values)


def append(m: Machine) -> None:
    value = m.pop()
    _append(m, m.top(), [value])


def appends(m: Machine) -> None:
    target, values = m.target_of_group()
    if values:
        _append(m, target, values)


def _setitems(m: Machine, target: object, values: list[object]) -> None:
    kind = kind_of(target)
    if kind == "dict" and isinstance(target, Container):
        _pairs_into(target, values)
        return
    singles = sum(1 for value in values if type(value) is not Run)
    if singles % 2:
        raise StreamError("a key has no value")
    if kind in ("object", "data", "buffer"):
        made = Container("dict")
        if singles == len(values):
            made.add_pairs(values)
        else:
            made.add(values)
        m.use("items", target, made, m.window.offset - 1)
    elif kind == "list" and isinstance(target, Container):
        known = target.count >= 0 and not m.bulk
        for key, value in zip(values[::2], values[1::2], strict=False):
            _check_index(kind, key, target.count if known else None)
            target.replace(value)
    elif kind == "bytearray" and isinstance(target, Blob):
        for key, value in zip(values[::2], values[1::2], strict=False):
            _check_index(kind, key, None if m.bulk else target.length + target.appended)
            if not _may_be_a_byte(value):
                raise StreamError("a bytearray takes numbers below 256 only")
    else:
        raise StreamError(f"a {kind} takes no items")


def setitem(m: Machine) -> None:
    value = m.pop()
    key = m.pop()
    target = m.top()
    if type(key) is str and type(target) is Container and target.kind == "dict":
        target.add_pairs([key, value])
    else:
        _setitems(m, target, [key, value])


def setitems(m: Machine) -> None:
    m.expand_rows()
    target, values = m.target_of_group()
    if values:
        _setitems(m, target, values)


def additems(m: Machine) -> None:
    target, values = m.target_of_group()
    if not values:
        return
    kind = kind_of(target)
    if kind == "set" and isinstance(target, Container):
        _elements_into(target, values)
    elif kind in ("object", "data", "buffer"):
        m.use("add", target, _gathered(values), m.window.offset - 1)
    else:
        raise StreamError(f"a {kind} has no add")
