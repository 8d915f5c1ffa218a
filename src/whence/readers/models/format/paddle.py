"""PaddlePaddle programs (`.pdmodel`). Facts: `framework.proto` of Paddle 2 and 3."""

from __future__ import annotations

from whence.readers.models.format.protobuf import Broken, Wire
from whence.readers.models.part import Found, Part, printable
from whence.vocabulary.fact.models import GraphOperation, ModelFile

EFFECTS = {
    "py_func": "python", "save": "file-write", "save_combine": "file-write", "load": "file-read",
    "load_combine": "file-read", "read_file": "file-read", "listen_and_serv": "network",
    "send": "network", "recv": "network", "fetch_barrier": "network",
}  # fmt: skip


def matches(part: Part, wire: Wire) -> bool:
    """Blocks that begin with their number and their parent's."""
    try:
        for field in wire.fields(0, part.size):
            if field.number not in (1, 4, 5) or field.wire != 2:
                return False
            if field.number == 1:
                inner = []
                for each in wire.fields(field.start, field.end):
                    inner.append((each.number, each.wire))
                    if len(inner) == 3:
                        break
                return inner[:2] == [(1, 0), (2, 0)] and inner[2:3] in ([(3, 2)], [(4, 2)])
    except Broken:
        return False
    return False


def inspect(part: Part) -> Found:
    """The operators that reach beyond tensors."""
    wire = Wire(part.random(), part.size)
    covered, told = 1.0, set()
    try:
        for block in wire.fields(0, part.size):
            if block.number != 1 or block.wire != 2:
                continue
            for field in wire.fields(block.start, block.end):
                if field.number != 4 or field.wire != 2:
                    continue
                name = "".join(wire.texts(field.start, field.end, 3)[:1])
                effect = EFFECTS.get(name, "")
                if effect and name not in told:
                    told.add(name)
                    yield GraphOperation(part.span(), printable(name), "program", effect)
    except Broken as error:
        covered = 0.5
        yield part.unread(f"the program breaks off: {error}")
    yield ModelFile(part.span(), "paddle", False, part.size, covered=covered, member=part.member)
