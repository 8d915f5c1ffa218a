"""Git LFS pointers: three lines of text where a large file should be.

Facts: the Git LFS specification. A pointer in the tree means that the content was never fetched:
nothing in it can be audited, and whoever loads it will fail or fetch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import PointerFile

VERSION = 1
_START = b"version https://git-lfs.github.com/spec/v"
_OID = re.compile(r"^oid (\w+):([0-9a-f]{40,128})$", re.MULTILINE)
_SIZE = re.compile(r"^size (\d{1,15})$", re.MULTILINE)


def claims(path: str, head: bytes) -> bool:
    """By the first line."""
    return head.startswith(_START)


def read(source: Source) -> Iterator[PointerFile | Unread]:
    """The digest and size that the pointer promises; the content is not here."""
    text = source.text[:2048]
    oid, size = _OID.search(text), _SIZE.search(text)
    reason = "a Git LFS pointer stands in place of the content: fetch it to have it audited"
    if oid and size:
        yield PointerFile(source.span(1), oid[1], oid[2], int(size[1]))
        reason += f" ({size[1]} bytes, {oid[1]} {oid[2]})"
    yield Unread(source.span(1), "lfs_pointer", reason, whole=True)
