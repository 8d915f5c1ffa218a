"""Raw array bytes that joblib writes between the opcodes of a pickle.

After the BUILD of a `NumpyArrayWrapper`, joblib's unpickler reads the array itself from the file:
a count byte and so many bytes of padding (joblib 1.2 and later), then the items; or, for object
arrays, a complete pickle. Source: joblib `numpy_pickle.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from whence.readers.models.pickle.opcodes import OPCODES, Argument
from whence.readers.models.pickle.trouble import (
    BeyondLimit,
    Exhausted,
    NeedsDetail,
    StreamError,
)
from whence.readers.models.pickle.values import Container, Global, Made

if TYPE_CHECKING:
    from whence.readers.models.pickle.state import Machine

_WRAPPER: Final = re.compile(r"(?:sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper\Z")
_TYPE_STRING: Final = re.compile(r"[<>|=]?([a-zA-Z?])(\d{0,9})\Z")
_IMPLIED_SIZE: Final = {"?": 1, "b": 1, "B": 1, "h": 2, "i": 4, "l": 8, "q": 8, "f": 4, "d": 8}
HOLDS_OBJECTS: Final = 1
LONGEST_LOOK: Final = 4096
_ACTING: Final = frozenset(
    "REDUCE BUILD OBJ NEWOBJ NEWOBJ_EX STACK_GLOBAL BINPERSID EXT1 EXT2 EXT4".split()  # noqa: SIM905
)
DEEPEST: Final = 4


def is_array_wrapper(callee: Global) -> bool:
    """Whether array bytes follow the BUILD of this class when joblib loads it."""
    return _WRAPPER.match(callee.label) is not None


def _entries(state: object) -> dict[str, object]:
    if not isinstance(state, Container) or state.kind != "dict":
        return {}
    pairs = zip(state.items[::2], state.items[1::2], strict=False)
    return {key: value for key, value in pairs if isinstance(key, str)}


def holds_objects(dtype: object) -> bool:
    """Whether the items are Python objects, so that a pickle stands in place of raw bytes."""
    if not isinstance(dtype, Made) or not isinstance(dtype.arguments, tuple):
        return False
    if dtype.arguments and dtype.arguments[0] in ("O", "O8", "O4", "|O"):
        return True
    flags = dtype.state[7] if isinstance(dtype.state, tuple) and len(dtype.state) > 7 else 0
    return not isinstance(flags, int) or bool(flags & HOLDS_OBJECTS)


def item_size(dtype: object) -> int | None:
    """Bytes of one item of plain data; None if that is not known."""
    if not isinstance(dtype, Made) or not isinstance(dtype.arguments, tuple):
        return None
    first = dtype.arguments[0] if dtype.arguments else None
    found = _TYPE_STRING.match(first) if isinstance(first, str) else None
    if found is None:
        return None
    size = int(found[2]) if found[2] else _IMPLIED_SIZE.get(found[1])
    return size * 4 if size is not None and found[1] == "U" else size


def _byte_count(shape: object, size: int | None) -> int:
    if not isinstance(shape, tuple) or size is None:
        raise StreamError("the size of a joblib array cannot be told")
    total = size
    for extent in shape:
        if not isinstance(extent, int) or extent < 0:
            raise StreamError("the size of a joblib array cannot be told")
        total *= extent
    return total


def pass_array(m: Machine, state: object) -> None:
    """Go past the array that belongs to a wrapper; read the pickle of an object array."""
    m.window.end_frame()
    entries = _entries(state)
    dtype = entries.get("dtype")
    if holds_objects(dtype):
        _inner_pickle(m)
        return
    count = _byte_count(entries.get("shape"), item_size(dtype))
    start = m.window.offset
    could_act = False
    if m.arrays_confuse:
        m.window.has(LONGEST_LOOK)
        ahead = m.window.data[m.window.pos : m.window.pos + LONGEST_LOOK]
        could_act = acts_as_opcodes(ahead) and not _followed_as_opcodes(m, ahead)
        m.arrays_confuse = could_act
    if entries.get("numpy_array_alignment_bytes") is not None:
        m.window.skip(m.window.take(1)[0])
    m.window.skip(count)
    m.reports.passed(start, m.window.offset, could_act)


def _followed_as_opcodes(m: Machine, ahead: bytes) -> bool:
    """Go on as a loader that knows no arrays; whether that came to an end within these bytes."""
    inner = m.on_copy(ahead)
    try:
        m.interpret(inner)
    except Exhausted:
        return False
    except StreamError:
        return True
    except (BeyondLimit, NeedsDetail):
        return False
    return True


def acts_as_opcodes(data: bytes) -> bool:
    """Whether a loader that knows no arrays could do more with these bytes than push data.

    Opcodes do not branch: such a loader reads on here until an opcode is none, or STOP.
    """
    at = 0
    while at < len(data):
        opcode = OPCODES.get(data[at])
        if opcode is None or opcode.name == "STOP":
            return False
        if opcode.name in _ACTING or opcode.argument in (Argument.LINE, Argument.TWO_LINES):
            return True
        at += 1 + opcode.width
        if opcode.argument is Argument.COUNTED:
            at += int.from_bytes(data[at - opcode.width : at], "little")
    return True


def _inner_pickle(m: Machine) -> None:
    if m.depth >= DEEPEST:
        raise BeyondLimit(f"object arrays nested more than {DEEPEST} deep")
    inner = m.nested()
    m.interpret(inner)
