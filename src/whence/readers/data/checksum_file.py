"""Check sum files: SHA256SUMS, `model.bin.sha256`, both styles that coreutils writes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.data.recorded import digest_in, plain_algorithm, recorded
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.data import RecordedDigest

VERSION = 1
_NAME = re.compile(
    r"(?:^|[._-])(?:sha(?:1|224|256|384|512)|md5|b2|blake2|checksums?|hashes|digests?)"
    r"(?:sums?)?(?:\.(?:txt|sum|sums|asc))?$|sums?(?:\.txt)?$",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\.(sha1|sha224|sha256|sha384|sha512|md5)(?:sums?)?$", re.IGNORECASE)
_GNU = re.compile(r"\\?([0-9A-Fa-f]{32,128})[ \t]+\*?(\S.*?)\s*$")
_BSD = re.compile(r"([A-Za-z0-9-]{3,10}) ?\((.+)\) = ([0-9A-Fa-f]{32,128})\s*$")
_ALONE = re.compile(r"\s*(?:[A-Za-z0-9-]+[:=]\s*)?([0-9A-Fa-f]{32,128})(?:\s+\*?-)?\s*$")


def claims(path: str, head: bytes) -> bool:
    """By the name that check sum files go by."""
    return _NAME.search(posixpath.basename(path)) is not None and b"\0" not in head


def read(source: Source) -> Iterator[RecordedDigest | Unread]:
    """One fact per line; lines in another form are told once."""
    odd = 0
    for number, line in enumerate(source.text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", ";", "-----")):
            continue
        found = _from_line(source, line, number)
        if found is not None:
            yield found
        else:
            odd = odd or number
    if odd:
        yield Unread(source.span(odd), "checksum_file", "a line is no digest with a file's name")


def _from_line(source: Source, line: str, number: int) -> RecordedDigest | None:
    span = source.span(number)
    named = plain_algorithm(_algorithm_of(source.path))
    if bsd := _BSD.match(line):
        known = digest_in(bsd[3], bsd[1])
        return recorded(span, bsd[2], *known, "checksum-file") if known else None
    gnu = _GNU.match(line)
    if gnu and gnu[2] != "-":
        name = gnu[2].replace("\\n", "\n").replace("\\\\", "\\") if line[0] == "\\" else gnu[2]
        known = digest_in(gnu[1], named)
        return recorded(span, name, *known, "checksum-file") if known else None
    if (alone := _ALONE.match(line)) and (suffix := _SUFFIX.search(source.path)):
        known = digest_in(alone[1], suffix[1])
        name = posixpath.basename(source.path[: suffix.start()])
        return recorded(span, name, *known, "checksum-file") if known else None
    return None


def _algorithm_of(path: str) -> str:
    found = re.search(r"(sha(?:1|224|256|384|512)|md5)", posixpath.basename(path), re.IGNORECASE)
    return found[1] if found else ""
