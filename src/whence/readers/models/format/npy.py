"""NumPy arrays. Facts: the NPY format description, versions 1.0 to 3.0.

An array of objects is a pickle behind the header; every other array is bytes.
"""

from __future__ import annotations

import re

from whence.readers.models.format import pickled
from whence.readers.models.part import Found, Part, read_up_to
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile

_HEADER_LIMIT = 64 * 1024
_OBJECTS = re.compile(rb"['\"][|<>=]?O\d*['\"]")
_DESCR = re.compile(rb"['\"]descr['\"]\s*:\s*['\"]([|<>=]?)([a-zA-Z])(\d*)['\"]")
_SHAPE = re.compile(rb"['\"]shape['\"]\s*:\s*\(([\d,\sL]*)\)")


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
    elif _OBJECTS.search(header):
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
    else:
        yield from _plain(part, header, data)


def _plain(part: Part, header: bytes, data: int) -> Found:
    needed = _needed(header)
    missing = data + needed - part.size if needed is not None and part.size >= 0 else 0
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
    if inner.head[:1] == b"\x80":
        yield from (each for each in pickled.inspect(inner) if not isinstance(each, ModelFile))


def _needed(header: bytes) -> int | None:
    descr, shape = _DESCR.search(header), _SHAPE.search(header)
    if descr is None or shape is None:
        return None
    size = int(descr[3] or b"1") * (4 if descr[2] == b"U" else 1)
    for number in re.findall(rb"\d+", shape[1]):
        size *= int(number[:20])
    return size


def _file(part: Part, covered: float) -> ModelFile:
    return ModelFile(part.span(), "npy", False, part.size, covered=covered, member=part.member)
