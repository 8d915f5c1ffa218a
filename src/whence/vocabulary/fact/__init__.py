"""Facts: what one file states, typed, each with its place.

One module per kind of file. A fact is written by one reader (or concluded by the link step) and
read by any rule. `every_kind` is the closed list that the cache decodes.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

import msgspec

from whence.vocabulary.evidence import Span, Unread


class Fact(msgspec.Struct, frozen=True, tag=True):
    """A statement that a file makes. `span` is where it makes it."""

    span: Span


def every_kind() -> tuple[type[Fact], ...]:
    """Every concrete class of fact, sorted by name."""
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        importlib.import_module(module.name)
    found: dict[str, type[Fact]] = {}
    waiting: list[type[Fact]] = [Fact]
    while waiting:
        kind = waiting.pop()
        children = kind.__subclasses__()
        waiting.extend(children)
        if kind is not Fact and not children:
            found[kind.__name__] = kind
    return tuple(found[name] for name in sorted(found))


def sorted_out(statements: Iterable[Fact | Unread]) -> tuple[list[Fact], list[Unread]]:
    """What a step stated, facts apart from what it had to leave out."""
    facts: list[Fact] = []
    unread: list[Unread] = []
    for statement in statements:
        if isinstance(statement, Unread):
            unread.append(statement)
        else:
            facts.append(statement)
    return facts, unread
