"""Digests as people and tools write them: what is one, and what it is a digest of."""

from __future__ import annotations

import posixpath
import re

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.data import RecordedDigest

_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_LENGTHS = {name: length for length, name in _BY_LENGTH.items()} | {
    "blake2b": 128,
    "blake3": 64,
    "sha3-256": 64,
    "sha3-512": 128,
}
_DIGEST = re.compile(r"(?:([A-Za-z][A-Za-z0-9_-]{2,9})\s*[:=-]\s*)?([0-9A-Fa-f]{32,128})")


def digest_in(text: str, algorithm: str = "") -> tuple[str, str] | None:
    """Algorithm and digest that a text is, such as `sha256:…` or 64 digits; None for other text."""
    found = _DIGEST.fullmatch(text.strip())
    if found is None:
        return None
    digest = found[2].lower()
    name = plain_algorithm(found[1] or "") or plain_algorithm(algorithm)
    name = name or _BY_LENGTH.get(len(digest), "")
    if _LENGTHS.get(name) != len(digest):
        return None
    return name, digest


def plain_algorithm(name: str) -> str:
    """`SHA-256`, `sha_256`, `sha256sum` → `sha256`; empty for what is no algorithm."""
    plain = re.sub(r"[^a-z0-9]|sum$", "", name.lower())
    if plain in ("sha3256", "sha3512"):
        return f"sha3-{plain[4:]}"
    plain = {"blake2b512": "blake2b", "sha2256": "sha256", "sha2512": "sha512"}.get(plain, plain)
    return plain if plain in _LENGTHS else ""


def beside(path: str, name: str) -> str:
    """A name that a file mentions, relative to the root; empty where it leaves the tree."""
    name = name.strip().replace("\\", "/")
    if not name or "://" in name or name.startswith("/"):
        return ""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    return "" if joined.startswith("../") or joined in ("..", ".") else joined


def recorded(
    span: Span, name: str, algorithm: str, digest: str, kind: str, size: int = -1
) -> RecordedDigest | None:
    """The fact, None where the name leads out of the tree."""
    target = beside(span.path, name)
    if not target:
        return None
    return RecordedDigest(span, target, algorithm, digest.lower(), kind, size, name.strip())
