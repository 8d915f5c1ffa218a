"""The storages that `torch.save` wrote behind its five pickles before it wrote zip files.

Magic number, protocol, system, object, list of storage keys; then for each key the number of items
as eight bytes and the items. Source: torch `serialization.py`, `_legacy_save`.
"""

from __future__ import annotations

from typing import Final

from whence.readers.models.pickle.trace import Trace
from whence.readers.models.pickle.values import Container, Global

MAGIC: Final = 0x1950A86A20F9469CFC6C
PICKLES: Final = 5
ITEM_SIZES: Final = {
    "DoubleStorage": 8,
    "FloatStorage": 4,
    "HalfStorage": 2,
    "BFloat16Storage": 2,
    "LongStorage": 8,
    "IntStorage": 4,
    "ShortStorage": 2,
    "CharStorage": 1,
    "ByteStorage": 1,
    "BoolStorage": 1,
    "ComplexDoubleStorage": 16,
    "ComplexFloatStorage": 8,
    "QUInt8Storage": 1,
    "QInt8Storage": 1,
    "QInt32Storage": 4,
    "UntypedStorage": 1,
}


def storage_bytes(identity: object) -> tuple[str, int] | None:
    """Key and size in bytes of the storage that a persistent id names."""
    values = identity if isinstance(identity, tuple) else ()
    if isinstance(identity, Container) and identity.kind == "tuple":
        values = tuple(identity.items)
    if len(values) < 5 or values[0] != "storage" or not isinstance(values[1], Global):
        return None
    size = ITEM_SIZES.get((values[1].name or "").rsplit(".", 1)[-1])
    key, count = values[2], values[4]
    if size is None or not isinstance(key, str) or not isinstance(count, int) or count < 0:
        return None
    return key, size * count


def is_legacy(results: list[object]) -> bool:
    """Whether these are the values of the five pickles of a torch file."""
    return len(results) == PICKLES and results[0] == MAGIC


def storages_end(results: list[object], start: int, trace: Trace) -> int | None:
    """Where the storages behind the fifth pickle end, or None if this is no such file."""
    keys = results[-1] if is_legacy(results) else None
    if not isinstance(keys, Container) or keys.kind != "list":
        return None
    return start + 8 * keys.count + sum(trace.storages.values())
