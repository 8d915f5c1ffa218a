"""Short, bounded, harmless text for the values that a pickle stream builds."""

from __future__ import annotations

from typing import Final

from whence.readers.models.pickle.values import (
    Blob,
    Container,
    Extension,
    Global,
    Made,
    Opaque,
    Persistent,
    Run,
)

LONGEST: Final = 200
DEEPEST: Final = 4
MOST_ITEMS: Final = 6
_BRACKETS = {"list": "[]", "dict": "{}", "set": "{}", "frozenset": "{}", "tuple": "()"}


def rendered(value: object, limit: int = LONGEST) -> str:
    """A value as one line without control characters of at most `limit` characters."""
    return _cut(_render(value, 0), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _render(value: object, depth: int) -> str:
    if isinstance(value, str | bytes):
        shown = ascii(value[:80])
        return shown if len(value) <= 80 else f"{shown}…"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"<int of {value.bit_length()} bits>"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if depth >= DEEPEST:
        return "…"
    if isinstance(value, tuple):
        inside = _items(list(value), len(value), depth)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, Container):
        return _container(value, depth)
    return _symbol(value, depth)


def _container(value: Container, depth: int) -> str:
    brackets = _BRACKETS[value.kind]
    opening, closing = brackets[0], brackets[1]
    if value.kind != "dict":
        return opening + _items(value.items, value.count, depth) + closing
    pairs = zip(value.items[::2], value.items[1::2], strict=False)
    shown = [
        f"{_render(k, depth + 1)}: {_render(v, depth + 1)}" for k, v in list(pairs)[:MOST_ITEMS]
    ]
    if value.count > 2 * len(shown):
        shown.append("…")
    return opening + ", ".join(shown) + closing


def _items(items: list[object], count: int, depth: int) -> str:
    shown = [_render(item, depth + 1) for item in items[:MOST_ITEMS]]
    if count > len(shown):
        shown.append("…")
    return ", ".join(shown)


def _symbol(value: object, depth: int) -> str:
    if isinstance(value, Global):
        return _cut(value.label, 120)
    if isinstance(value, Made):
        callee = _render(value.callee, depth + 1)
        arguments = _render(value.arguments, depth + 1)
        return f"{callee}{arguments}" if arguments.startswith("(") else f"{callee}(*{arguments})"
    if isinstance(value, Blob):
        return f"<{value.kind} of {value.length} bytes {value.prefix[:16]!a}…>"
    if isinstance(value, Persistent):
        return f"persistent_load({_render(value.identity, depth + 1)})"
    if isinstance(value, Extension):
        return f"<extension {value.code}>"
    if isinstance(value, Opaque):
        return f"<{value.kind}>"
    if isinstance(value, Run):
        return "…"
    return "?"
