"""Whether a model that is text ends where it should, or a download broke off."""

from __future__ import annotations

import re

import msgspec

from whence.readers.contract import TEXT_LIMIT, Source

_CLOSING = {"pmml": b"</PMML>", "openvino": b"</net>"}
_COMMENTS = re.compile(rb"(?:\s|<!--(?:(?!-->).)*+-->)*+\Z", re.DOTALL)
_STRINGS = re.compile(rb'"(?:[^"\\\n]|\\.)*+"')
_TAIL = 4096


def is_whole(source: Source, kind: str) -> bool:
    """Of texts past 64 MiB only the end is looked at. Raises Unreadable."""
    with source.open() as stream:
        stream.seek(max(0, source.size - _TAIL))
        tail = stream.read(_TAIL)
    if kind in _CLOSING:
        return _closes(tail, _CLOSING[kind])
    if kind == "lightgbm":
        return _has_all_trees(source, tail)
    if tail.rstrip()[-1:] != b"}":
        return False
    if source.size > TEXT_LIMIT:
        return True
    return _is_balanced(source.data) if kind.endswith("-text") else _is_json(source.data)


def _closes(tail: bytes, tag: bytes) -> bool:
    tail = tail.replace(b"\0", b"")  # UTF-16
    at = tail.rfind(tag)
    return at >= 0 and _COMMENTS.match(tail, at + len(tag)) is not None


def _has_all_trees(source: Source, tail: bytes) -> bool:
    if tail[-1:] != b"\n" or source.size > TEXT_LIMIT:
        return tail[-1:] == b"\n"
    text = source.data
    ended = b"\nend of trees" in text or b"\nfeature_importances:" in text
    return ended and (b"\nparameters:" not in text or b"\nend of parameters" in text)


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_balanced(data: bytes) -> bool:
    bare = _STRINGS.sub(b"", data)
    return bare.count(b"{") == bare.count(b"}")
