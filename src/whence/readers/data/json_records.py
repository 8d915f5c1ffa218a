"""Records in JSON: an array of objects, one after the other with their lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

LARGEST = 16 * 1024 * 1024
_BETWEEN = re.compile(r"[\s,]*")
_OPENS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\{")


def begins_records(head: bytes) -> bool:
    """Whether a file begins like an array of objects."""
    return _OPENS.match(head) is not None


def records_in(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object of the array with its first line; what is broken ends it."""
    decoder = json.JSONDecoder()
    at = text.find("[") + 1
    line, counted = 1, 0
    while at:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        line += text.count("\n", counted, at)
        counted = at
        try:
            value, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError, ValueError):
            return
        if isinstance(value, dict):
            yield line, value


def flat(value: dict[str, Any]) -> dict[str, Any]:
    """A record with the fields of the records inside it named `outer.inner`, one level down."""
    fields: dict[str, Any] = {}
    for name, held in value.items():
        if isinstance(held, dict):
            fields.update((f"{name}.{inner}", below) for inner, below in held.items())
        else:
            fields[str(name)] = held
    return fields
