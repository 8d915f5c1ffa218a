"""Values that are open files or bytes, not the names of files."""

from __future__ import annotations

import re

from whence.flow.program.leaf import Leaf
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact.program import Attribute, Call

_MADE_BY = frozenset(
    {"BytesIO", "StringIO", "BufferedReader", "TextIOWrapper", "urlopen", "TemporaryFile",
     "NamedTemporaryFile", "SpooledTemporaryFile"}
)  # fmt: skip
# What an answer says, which may name a file where the answer itself does not.
_TAKES = frozenset({"read", "readline", "getheader", "get_filename", "info", "json"})
_TEMPORARY = frozenset({"NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"})
_NAMED_TEMPORARY = re.compile(r"_?te?mp(?:orary)?_?(?:file|handle|fp)")
_HELD_AS = frozenset({"file", "stream", "fp", "raw"})
# Calls that take a path or an open file alike.
_TAKE_BOTH = frozenset({"PIL.Image.open", "gzip.open", "bz2.open", "lzma.open"})


def is_temporary(scope: Scope, index: int) -> bool:
    """Whether a value is a temporary file, which the system names."""
    value = scope.values[index]
    if isinstance(value, Attribute):
        return _NAMED_TEMPORARY.fullmatch(value.name) is not None
    return value.__class__ is Call and last_name(scope.values, value.callee) in _TEMPORARY


def is_handle(leaf: Leaf, dotted: str) -> bool:
    """Whether what arrives at a call is open already, so that its content names nothing.

    What is written into a temporary file does not name it either.
    """
    if dotted in _TAKE_BOTH and (leaf.detail, *leaf.keys)[-1].rpartition(".")[2] in _HELD_AS:
        return True
    taken = False
    for place, at in leaf.trail:
        value = place.values[at]
        name = last_name(place.values, value.callee) if value.__class__ is Call else ""
        if name in _MADE_BY and not (taken and name == "urlopen"):
            return True
        taken = taken or name in _TAKES or getattr(value, "name", "") == "headers"
    return False
