"""Whether a test is about a value itself, or only about something beside it.

That a message's `type` is `pickle` says nothing about its `body`, and that a path ends in `.pkl`
nothing about who wrote the file.
"""

from __future__ import annotations

from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables.checks import DECODES
from whence.vocabulary.fact.program import Attribute, Call, Choice, Const, Item, Text

DEPTH = 12
_SAME = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "decode", "encode", "resolve",
     "absolute", "as_posix", "expanduser", "str", "fspath", "abspath", "realpath", "normpath",
     "Path", "PurePath", "PurePosixPath", "join", "urlparse", "urlsplit", "basename"}
)  # fmt: skip
_HEADS = frozenset({"split", "partition", "rpartition", "rsplit"})
_DECIDING_PARTS = frozenset({"netloc", "hostname", "name"})


def is_head(scope: Scope, index: int, related: frozenset[int]) -> bool:
    """Whether a value is the first part of one of the related ones, whatever follows it."""
    value = scope.values[index]
    head = _head(scope, value) if isinstance(value, Item) else ()
    return any(is_itself(scope, each, related) for each in head)


def is_itself(scope: Scope, index: int, related: frozenset[int], depth: int = 0) -> bool:
    """Whether a value is one of the related ones, or the same in another spelling or its head."""
    if index in related:
        return True
    if depth > DEPTH:
        return False
    value = scope.values[index]
    below: tuple[int, ...] = ()
    if isinstance(value, Call):
        callee = scope.values[value.callee]
        if last_name(scope.values, value.callee) in _SAME:
            receiver = (callee.base,) if isinstance(callee, Attribute) else ()
            below = (*receiver, *value.args)
    elif isinstance(value, Item):
        below = _head(scope, value)
    elif isinstance(value, Attribute) and value.name in _DECIDING_PARTS:
        below = (value.base,)
    elif isinstance(value, Text):
        below = value.parts
    elif isinstance(value, Choice):
        return all(is_itself(scope, each, related, depth + 1) for each in value.options)
    return any(is_itself(scope, each, related, depth + 1) for each in below)


def _head(scope: Scope, item: Item) -> tuple[int, ...]:
    """The text whose first part an item is: the package of a dotted name, a scheme."""
    key, base = scope.values[item.key], scope.values[item.base]
    if isinstance(key, Const) and key.value == 0 and isinstance(base, Call):
        callee = scope.values[base.callee]
        if isinstance(callee, Attribute) and callee.name in _HEADS:
            return (callee.base,)
    return ()


def decodes(scope: Scope, index: int) -> bool:
    """Whether a value is what a call makes of escaped letters."""
    value = scope.values[index]
    return isinstance(value, Call) and last_name(scope.values, value.callee) in DECODES
