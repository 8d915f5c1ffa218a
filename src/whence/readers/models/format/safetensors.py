"""safetensors: eight bytes of length, a JSON header, tensor bytes.

Facts: the safetensors format description. The header must be an object of at most 100 MB without
duplicate keys; the tensors must fill the rest of the file, in one piece, without overlap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from whence.readers.models.content import kinds
from whence.readers.models.format import pickled
from whence.readers.models.part import Found, Part, printable, read_up_to
from whence.vocabulary.fact.models import FormatAnomaly, ModelFile

_HEADER_LIMIT = 100_000_000
_BEHIND = "bytes behind the last tensor"
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
    "F32": 32, "F64": 64, "I64": 64, "U64": 64, "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip


class _Duplicates:
    """Collects keys that one JSON object holds twice."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                self.keys.append(key)
            found[key] = value
        return found


def inspect(part: Part) -> Found:
    """Whether the header describes the file, and nothing else is in it."""
    size = part.size
    with part.stream() as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > _HEADER_LIMIT:
            yield _anomaly(part, "oversize header", f"{length} bytes", True)
            yield _file(part, 0.0)
            return
        raw = read_up_to(stream, length)
    if len(raw) < length:
        yield part.unread("the header is cut short: an incomplete download?")
        yield _file(part, 0.0)
        return
    duplicates = _Duplicates()
    try:
        header = json.loads(raw, object_pairs_hook=duplicates)
    except (ValueError, RecursionError):
        yield part.unread("the header is not JSON")
        yield _file(part, 0.0)
        return
    if duplicates.keys:
        yield _anomaly(part, "duplicate tensor", printable(duplicates.keys[0]), True)
    faults = list(_layout(part, header, size - 8 - length)) if size >= 0 else []
    cut = [fault for fault in faults if isinstance(fault, str)]
    for fault in faults:
        if isinstance(fault, FormatAnomaly):
            yield fault
            if fault.kind == _BEHIND:
                yield from _behind(part, 8 + length, header)
    if cut:
        yield part.unread(cut[0])
    sound = not faults and not duplicates.keys
    yield _file(part, 1.0 if sound else 0.5 if cut else 0.9999)


def _layout(part: Part, header: object, room: int) -> Iterator[FormatAnomaly | str]:
    """Faults of the layout; a text where the file is merely cut short."""
    if not isinstance(header, dict):
        yield "the header is no object"
        return
    ranges: list[tuple[int, int, str]] = []
    for name, entry in header.items():
        if name == "__metadata__":
            if not _is_metadata(entry):
                yield _anomaly(part, "metadata that are no texts", printable(str(entry)[:80]), True)
            continue
        described = _range(entry)
        if described is None:
            yield _anomaly(part, "a tensor without a valid range", printable(name), True)
            return
        start, end, needed = described
        if needed is not None and needed != end - start:
            detail = f"{printable(name)}: {end - start} bytes for {needed}"
            yield _anomaly(part, "a tensor's range does not fit its shape", detail, True)
        ranges.append((start, end, name))
    yield from _filled(part, sorted(ranges), room)


def _filled(
    part: Part, ranges: list[tuple[int, int, str]], room: int
) -> Iterator[FormatAnomaly | str]:
    at = 0
    for start, end, name in ranges:
        if start < at:
            yield _anomaly(part, "tensors overlap", printable(name), True)
            return
        if start > at:
            yield _anomaly(part, "bytes between tensors", f"{start - at} at {at}", True)
            return
        at = end
    if at > room:
        yield f"{at - room} bytes of tensors are missing: an incomplete download?"
    elif at < room:
        yield _anomaly(part, _BEHIND, f"{room - at}", True)


def _behind(part: Part, data: int, header: dict[str, Any]) -> Found:
    """What an unpickler would do that is pointed at the bytes behind the tensors."""
    ranges = (_range(entry) for name, entry in header.items() if name != "__metadata__")
    start = data + max((each[1] for each in ranges if each), default=0)
    part.random()
    inner = part.slice("bytes behind the tensors", start, part.size - start)
    if "pickle" in kinds(inner):
        yield from (each for each in pickled.inspect(inner) if not isinstance(each, ModelFile))


def _is_metadata(entry: object) -> bool:
    return isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())


def _range(entry: object) -> tuple[int, int, int | None] | None:
    """Start, end and the bytes that shape and type need; None where the entry is no tensor."""
    if not isinstance(entry, dict):
        return None
    offsets, shape = entry.get("data_offsets"), entry.get("shape")
    if not isinstance(offsets, list) or len(offsets) != 2 or not isinstance(shape, list):
        return None
    if not all(type(number) is int and number >= 0 for number in [*offsets, *shape]):
        return None
    start, end = offsets
    if end < start:
        return None
    bits = _BITS.get(str(entry.get("dtype")))
    if bits is None:
        return start, end, None
    count = 1
    for number in shape:
        count *= number
        if count > 1 << 62:
            return start, end, -1
    return start, end, -(-count * bits // 8)


def _anomaly(part: Part, kind: str, detail: str, deceptive: bool) -> FormatAnomaly:
    return FormatAnomaly(part.span(), "safetensors", kind, detail, deceptive)


def _file(part: Part, covered: float) -> ModelFile:
    return ModelFile(
        part.span(), "safetensors", False, part.size, covered=covered, member=part.member
    )
