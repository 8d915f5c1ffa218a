"""Whether bytes without a magic number are a pickle of protocol 0 or 1.

Such a pickle begins with any opcode at all, and much ordinary text begins with one. The head is
walked with the depth of the stack: text runs into an unknown opcode or an empty stack at once.
"""

from __future__ import annotations

import re

from whence.readers.models.pickle.opcodes import OPCODES, Argument

_NEEDS_AND_LEAVES = {
    "POP": (1, 0), "DUP": (1, 2), "REDUCE": (2, 1), "APPEND": (2, 1), "BUILD": (2, 1),
    "SETITEM": (3, 1), "NEWOBJ": (2, 1), "NEWOBJ_EX": (3, 1), "STACK_GLOBAL": (2, 1),
    "TUPLE1": (1, 1), "TUPLE2": (2, 1), "TUPLE3": (3, 1), "BINPERSID": (1, 1),
    "MEMOIZE": (1, 1), "BINPUT": (1, 1), "LONG_BINPUT": (1, 1), "PUT": (1, 1), "STOP": (1, 0),
    "PROTO": (0, 0), "FRAME": (0, 0), "READONLY_BUFFER": (1, 1),
}  # fmt: skip
_TO_MARK = {
    "TUPLE": 1, "LIST": 1, "DICT": 1, "FROZENSET": 1, "OBJ": 1, "INST": 1,
    "POP_MARK": 0, "APPENDS": 0, "SETITEMS": 0, "ADDITEMS": 0,
}  # fmt: skip
_ACTS = frozenset({"REDUCE", "OBJ", "NEWOBJ", "NEWOBJ_EX", "INST", "BUILD"})
_SHAPES = _ACTS | {"MARK", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "POP", "DUP", "STACK_GLOBAL"}
_NUMBER = re.compile(rb"[\s+-]*+[\w.+-]*+\s*")
_NAME = re.compile(rb"[^\W\d][\w.]*")
_LONGEST = 1 << 31


def is_opcode_run(head: bytes) -> bool:
    """Whether an unpickler would build something from these bytes, or run something."""
    at, depth = 0, 0
    marks: list[int] = []
    met: set[str] = set()
    count = 0
    while at < len(head):
        opcode = OPCODES.get(head[at])
        if opcode is None:
            return bool(met & _ACTS)
        end = _after(head, at + 1, opcode.name, opcode.argument, opcode.width)
        if end < 0:
            return bool(met & _ACTS)
        name = opcode.name
        count += 1
        if name == "STOP":
            whole = count > 2 or ("GLOBAL" in met and end == len(head))
            return bool(met & _ACTS) or (depth >= 1 and whole)
        depth = _moved(name, depth, marks)
        if depth < 0:
            return bool(met & _ACTS)
        met.add(name)
        at = end
    return bool(met & _ACTS) or (at >= 4096 and bool(met & _SHAPES))


def may_run_on(head: bytes) -> bool:
    """Whether the head is nothing but texts and numbers, the last of which ends behind it.

    An unpickler takes them and goes on: what follows may act.
    """
    at = 0
    while at < len(head):
        opcode = OPCODES.get(head[at])
        if opcode is None or opcode.name == "STOP":
            return False
        at = _after(head, at + 1, opcode.name, opcode.argument, opcode.width)
        if at < 0:
            return False
    return len(head) >= 4096


def _moved(name: str, depth: int, marks: list[int]) -> int:
    """The stack's depth after an opcode, negative where there was too little on it."""
    if name == "MARK":
        marks.append(depth)
        return depth
    if name in _TO_MARK:
        if not marks:
            return -1
        floor = marks.pop()
        return floor + _TO_MARK[name]
    needs, leaves = _NEEDS_AND_LEAVES.get(name, (0, 1))
    floor = marks[-1] if marks else 0
    return depth - needs + leaves if depth - floor >= needs else -1


def _after(head: bytes, at: int, name: str, argument: Argument, width: int) -> int:
    """The offset behind an argument; -1 where it is none. Beyond the head counts as the end."""
    if argument is Argument.NONE:
        return at
    if argument is Argument.FIXED:
        return at + width
    if argument is Argument.COUNTED:
        length = int.from_bytes(head[at : at + width], "little")
        return at + width + length if length < _LONGEST else -1
    for _ in range(2 if argument is Argument.TWO_LINES else 1):
        end = head.find(b"\n", at)
        if end < 0:
            return -1 if len(head) < 4096 else len(head)
        if not _fits(name, head[at:end]):
            return -1
        at = end + 1
    return at


def _fits(name: str, line: bytes) -> bool:
    if name in ("GLOBAL", "INST"):
        return _NAME.fullmatch(line.rstrip(b"\r")) is not None
    if name in ("INT", "LONG", "FLOAT", "GET", "PUT"):
        return bool(line) and _NUMBER.fullmatch(line) is not None
    if name == "STRING":
        return len(line) >= 2 and line[:1] in (b"'", b'"')
    return True
