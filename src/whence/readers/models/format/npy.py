"""NumPy arrays. Facts: the NPY format description, versions 1.0 to 3.0.

An array of objects is a pickle behind the header; every other array is bytes.
"""

from __future__ import annotations

import ast
import re

from whence.readers.models.content import kinds
from whence.readers.models.format import pickled
from whence.readers.models.part import Found, Part, read_up_to
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile

_HEADER_LIMIT = 64 * 1024
_DEEPEST = 200
_PLAIN = re.compile(r"[|<>=]?([a-zA-Z?])(\d{0,9})(?:\[[^\]]{1,20}\])?")
_PYTHON_2_LONG = re.compile(r"(?<=\d)L\b")


def inspect(part: Part) -> Found:
    """Whether the array holds objects, and if so what their pickle does."""
    with part.stream() as stream:
        start = stream.read(8)
        width = 2 if start[6:7] == b"\x01" else 4
        length = int.from_bytes(stream.read(width), "little")
        if length > _HEADER_LIMIT:
            yield FormatAnomaly(part.span(), "npy", "oversize header", f"{length} bytes", True)
            yield _file(part, 0.0)
            return
        header = read_up_to(stream, length)
    data = 8 + width + length
    if len(header) < length:
        yield part.unread("the header is cut short: an incomplete download?")
        yield _file(part, 0.0)
        return
    described = _described(header)
    if described is None:
        yield part.unread("the header is no description of an array")
        yield _file(part, 0.0)
    elif _holds_objects(described.get("descr")):
        yield from _objects(part, data)
    else:
        yield from _plain(part, described, data)


def _objects(part: Part, data: int) -> Found:
    """An array of objects: what NumPy unpickles if it is allowed to."""
    part.random()
    inner = part.slice("pickled array", data, part.size - data)
    for found in pickled.inspect(inner):
        if isinstance(found, ModelFile):
            yield ModelFile(
                part.span(), "npy-object", True, part.size,
                covered=found.covered, member=part.member,
                globals_needed=found.globals_needed,
            )  # fmt: skip
        else:
            yield found


def _described(header: bytes) -> dict[str, object] | None:
    """The dictionary of literals that the header is, as NumPy itself reads it."""
    text = _PYTHON_2_LONG.sub("", header.decode("utf-8", "replace"))
    if max(text.count(bracket) for bracket in "([{") > _DEEPEST:
        return None
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) and "descr" in value else None


def _holds_objects(descr: object) -> bool:
    """Whether a data type, or any field of it, is one of Python objects."""
    if isinstance(descr, str):
        return "O" in descr or "object" in descr
    if isinstance(descr, tuple):
        return not descr or _holds_objects(descr[0])
    if isinstance(descr, list):
        fields = (field for field in descr if not isinstance(field, tuple) or len(field) < 2)
        return any(True for _ in fields) or any(_holds_objects(field[1]) for field in descr)
    return True


def _plain(part: Part, described: dict[str, object], data: int) -> Found:
    needed = _needed(described)
    if needed is None:
        yield part.unread("how many bytes the array has to have cannot be told from its header")
        yield _file(part, 0.5)
        return
    missing = data + needed - part.size if part.size >= 0 else 0
    if missing > 0:
        yield part.unread(f"{missing} bytes of the array are missing: an incomplete download?")
    elif missing < 0:
        detail = f"{-missing} bytes"
        yield FormatAnomaly(part.span(), "npy", "bytes behind the array", detail, False)
        yield from _behind(part, part.size + missing)
    yield _file(part, 1.0 if not missing else max(0.0, 1 - abs(missing) / max(part.size, 1)))


def _behind(part: Part, start: int) -> Found:
    part.random()
    inner = part.slice("bytes behind the array", start, part.size - start)
    if "pickle" in kinds(inner):
        yield from (each for each in pickled.inspect(inner) if not isinstance(each, ModelFile))


def _needed(described: dict[str, object]) -> int | None:
    """The bytes of the array, None where its type or shape is unknown."""
    size, shape = _item_size(described.get("descr")), described.get("shape")
    return None if size is None else _times(size, shape)


def _item_size(descr: object) -> int | None:
    """The bytes of one element of a type: a code, a type with a shape, or a list of fields."""
    if isinstance(descr, str):
        found = _PLAIN.fullmatch(descr)
        return int(found[2] or "1") * (4 if found[1] == "U" else 1) if found else None
    if isinstance(descr, tuple) and len(descr) == 2:
        size = _item_size(descr[0])
        return None if size is None else _times(size, descr[1])
    if not isinstance(descr, list):
        return None
    total = 0
    for field in descr:
        size = _item_size(field[1])
        size = _times(size, field[2]) if size is not None and len(field) > 2 else size
        if size is None:
            return None
        total += size
    return total


def _times(size: int, shape: object) -> int | None:
    for number in shape if isinstance(shape, tuple) else (shape,):
        if type(number) is not int or number < 0 or size > 1 << 62:
            return None
        size *= number
    return size


def _file(part: Part, covered: float) -> ModelFile:
    return ModelFile(part.span(), "npy", False, part.size, covered=covered, member=part.member)
