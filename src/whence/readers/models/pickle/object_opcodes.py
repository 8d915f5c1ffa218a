"""Opcodes that import names, call them and set the state of what comes out."""

from __future__ import annotations

import _compat_pickle
from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.arrays import is_array_wrapper, pass_array
from whence.readers.models.pickle.folding import folded
from whence.readers.models.pickle.trouble import BeyondLimit, NeedsDetail, StreamError
from whence.readers.models.pickle.values import (
    DATA,
    TEXT,
    Blob,
    Container,
    Extension,
    Global,
    Made,
    Persistent,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from whence.readers.models.pickle.state import Machine

SEPARATE_RESULTS: Final = 20_000
COMMON: Final = 8
_ARRAY_TYPE: Final = "numpy.dtype"
_STATEFUL: Final = frozenset({_ARRAY_TYPE, "functools.partial"})
ITERABLE: Final = frozenset({"list", "dict", "set", "frozenset", "str", "bytes", "bytearray"})


def _push_global(m: Machine, module: str, name: str, offset: int) -> None:
    """Names of Python 2 are translated below protocol 3, as `find_class` does."""
    if m.protocol < 3:
        if (module, name) in _compat_pickle.NAME_MAPPING:
            module, name = _compat_pickle.NAME_MAPPING[(module, name)]
        else:
            module = _compat_pickle.IMPORT_MAPPING.get(module, module)
    m.push(m.import_global(module, name, offset))


def _name(line: bytes, encoding: str) -> str:
    if not line:
        raise StreamError("a module or attribute name is empty")
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        raise StreamError("a module or attribute name cannot be decoded") from error


def import_lines(m: Machine) -> None:
    offset = m.window.offset - 1
    module = _name(m.window.line(), "utf-8")
    _push_global(m, module, _name(m.window.line(), "utf-8"), offset)


def _known_name(m: Machine, value: object) -> str | None:
    if type(value) is str:
        m.memo.keep_name(value)
        return value
    if value is DATA or value is TEXT:
        if m.bulk:
            raise NeedsDetail
        raise BeyondLimit("the name of an import was too far back to be kept")
    if isinstance(value, Blob) and value.kind == "str":
        return None
    if isinstance(value, Made | Persistent | Extension | Global) or kind_of(value) == "buffer":
        return None
    raise StreamError(f"STACK_GLOBAL takes names, not a {kind_of(value)}")


def stack_global(m: Machine) -> None:
    offset = m.window.offset - 1
    name = _known_name(m, m.pop())
    module = _known_name(m, m.pop())
    if module is None or name is None:
        m.reports.note("the imported name is not written in the stream but computed", offset)
        m.push(m.import_global(module, name, offset))
        return
    _push_global(m, module, name, offset)


def extension(width: int) -> Callable[[Machine], None]:
    """EXT1, EXT2, EXT4: a name from the `copyreg` registry."""

    def push(m: Machine) -> None:
        w = m.window
        offset = w.offset - 1
        w.pos += width
        code = int.from_bytes(w.data[w.pos - width : w.pos], "little", signed=width == 4)
        if code <= 0:
            raise StreamError("an extension number must be above 0")
        known = m.extensions.get(code)
        if known is None:
            m.reports.note(f"extension {code} is in no registry known before loading", offset)
            m.push(Extension(code, offset))
        else:
            _push_global(m, known.module or "", known.name or "", offset)

    return push


def _changes_reading(callee: Global) -> bool:
    """Whether the machine itself must see the state of what a class makes."""
    return callee.label in _STATEFUL or is_array_wrapper(callee)


def _result(m: Machine, how: str, callee: object, arguments: object, keywords: object) -> object:
    """A value for the outcome; beyond a number of outcomes those of one callee are shared."""
    offset = m.window.offset - 1
    label = callee.label if isinstance(callee, Global) else ""
    count = m.made[label] = m.made.get(label, 0) + 1
    if count == COMMON and isinstance(callee, Global) and not _changes_reading(callee):
        m.common.append(callee)
    if count > SEPARATE_RESULTS and label != _ARRAY_TYPE and isinstance(callee, Global):
        shared = m.shared.get((how, label))
        if shared is None:
            shared = m.shared[(how, label)] = Made(how, callee, DATA, None, offset)
        return shared
    return Made(how, callee, arguments, keywords, offset)


def _call(m: Machine, how: str, callee: object, arguments: object, keywords: object = None) -> None:
    kind = kind_of(callee)
    if kind not in ("object", "data", "buffer"):
        raise StreamError(f"a {kind} cannot be called")
    offset = m.window.offset - 1
    given = kind_of(arguments)
    if given in ITERABLE:
        m.reports.note("arguments are no tuple; only the unpickler in Python takes them", offset)
    elif given not in ("tuple", "object", "data", "buffer"):
        raise StreamError(f"arguments are a {given}")
    m.use(how, callee, arguments, offset, keywords)
    constant = folded(m, callee, arguments) if how == "call" else None
    m.push(_result(m, how, callee, arguments, keywords) if constant is None else constant)


def reduce(m: Machine) -> None:
    arguments = m.pop()
    _call(m, "call", m.pop(), arguments)


def newobj(m: Machine) -> None:
    arguments = m.pop()
    _call(m, "new", m.pop(), arguments)


def newobj_ex(m: Machine) -> None:
    keywords = m.pop()
    arguments = m.pop()
    callee = m.pop()
    if kind_of(keywords) not in ("dict", "object", "data"):
        raise StreamError(f"keyword arguments are a {kind_of(keywords)}")
    _call(m, "new", callee, arguments, keywords)


def _as_arguments(values: list[object]) -> object:
    gathered = Container("tuple")
    gathered.add(values)
    return tuple(values) if gathered.whole else gathered


def inst(m: Machine) -> None:
    offset = m.window.offset - 1
    m.expand_group()
    values = m.group()
    module = _name(m.window.line(), "ascii")
    _push_global(m, module, _name(m.window.line(), "ascii"), offset)
    _call(m, "instance", m.pop(), _as_arguments(values))


def obj(m: Machine) -> None:
    m.expand_group()
    values = m.group()
    if not values:
        raise StreamError("OBJ without a class")
    _call(m, "instance", values[0], _as_arguments(values[1:]))


def persid(m: Machine) -> None:
    offset = m.window.offset - 1
    try:
        identity = m.window.line().decode("ascii")
    except UnicodeDecodeError as error:
        raise StreamError("a persistent id is not ASCII") from error
    _push_persistent(m, identity, offset)


def binpersid(m: Machine) -> None:
    _push_persistent(m, m.pop(), m.window.offset - 1)


def _push_persistent(m: Machine, identity: object, offset: int) -> None:
    value = Persistent(identity, offset)
    m.use("persistent", value, identity, offset)
    m.push(value)


def build(m: Machine) -> None:
    state = m.pop()
    target = m.top()
    offset = m.window.offset - 1
    kind = kind_of(target)
    if kind in ("object", "data", "buffer"):
        m.use("state", target, state, offset)
        if isinstance(target, Made) and isinstance(target.callee, Global):
            if target.callee.label in _STATEFUL:
                target.state = state
            elif m.arrays_follow and is_array_wrapper(target.callee):
                pass_array(m, state)
    elif kind_of(state) in ("object", "data"):
        m.reports.note(f"a {kind} is given a state", offset)
    elif not _nothing_to_set(state):
        raise StreamError(f"a {kind} has no state to set")


def _nothing_to_set(state: object) -> bool:
    if isinstance(state, tuple) and len(state) == 2:
        slots = state[1]
        return state[0] is None and isinstance(slots, Container) and slots.count == 0
    return state is None
