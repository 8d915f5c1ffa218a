"""Values that are open files or bytes, not the names of files."""

from __future__ import annotations

from whence.flow.leaf import Leaf
from whence.flow.project import Scope
from whence.flow.spelling import last_name
from whence.vocabulary.fact.program import Call

_MADE_BY = frozenset(
    {"BytesIO", "StringIO", "BufferedReader", "TextIOWrapper", "urlopen", "TemporaryFile",
     "NamedTemporaryFile", "SpooledTemporaryFile"}
)  # fmt: skip
_TEMPORARY = frozenset({"NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"})
_HELD_AS = frozenset({"file", "stream", "fp", "raw"})
# Calls that take a path or an open file alike.
_TAKE_BOTH = frozenset({"PIL.Image.open", "gzip.open", "bz2.open", "lzma.open"})


def is_temporary(scope: Scope, index: int) -> bool:
    """Whether a value is a temporary file, which the system names."""
    value = scope.values[index]
    return value.__class__ is Call and last_name(scope.values, value.callee) in _TEMPORARY


def is_handle(leaf: Leaf, dotted: str) -> bool:
    """Whether what arrives at a call is open already, so that its content names nothing.

    What is written into a temporary file does not name it either.
    """
    if dotted in _TAKE_BOTH and (leaf.detail, *leaf.keys)[-1].rpartition(".")[2] in _HELD_AS:
        return True
    for place, at in leaf.trail:
        value = place.values[at]
        if value.__class__ is Call and last_name(place.values, value.callee) in _MADE_BY:
            return True
    return False
