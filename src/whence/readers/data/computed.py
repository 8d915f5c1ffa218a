"""Digests of files as they are now, for the algorithms that records use and the walk does not."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator

from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.data import ComputedDigest, RecordedDigest
from whence.vocabulary.tree import File, Tree

_CHUNK = 1024 * 1024
_TEXT_SHARE = 0.3
_TEXT_BYTES = bytes(range(32, 127)) + b"\n\r\t\f\b"
_PLAIN = {
    "md5": "md5", "sha1": "sha1", "sha224": "sha224", "sha384": "sha384", "sha512": "sha512",
    "blake2b": "blake2b", "sha3-256": "sha3_256", "sha3-512": "sha3_512",
}  # fmt: skip


def computed_digests(tree: Tree, facts: Iterable[Fact]) -> Iterator[ComputedDigest | Unread]:
    """What the recorded digests of other algorithms have to be compared with.

    Reads the recorded files once per algorithm. Yields `Unread` for algorithms that cannot be
    computed here, and for folders of which the walk left something out.
    """
    files = {file.path: file for file in tree.files}
    wanted: set[tuple[str, str]] = set()
    for fact in facts:
        if isinstance(fact, RecordedDigest) and fact.algorithm != "sha256":
            wanted.add((fact.target, fact.algorithm))
            if fact.written != fact.target and fact.written:
                wanted.add((fact.written, fact.algorithm))
    for target, algorithm in sorted(wanted):
        yield from _of(tree, files, target, algorithm)


def _of(
    tree: Tree, files: dict[str, File], target: str, algorithm: str
) -> Iterator[ComputedDigest | Unread]:
    span = Span(target)
    if algorithm.endswith("-dir"):
        inside = [file for path, file in files.items() if path.startswith(target + "/")]
        if not inside:
            return
        if any(skipped.span.path.startswith(target + "/") for skipped in tree.skipped):
            yield Unread(span, "computed", f"a part of the folder was left out: {algorithm}")
            return
        yield ComputedDigest(span, algorithm, _folder(tree.root, target, inside, algorithm))
    elif target in files:
        make = _hasher(algorithm, files[target].size)
        if make is None:
            yield Unread(span, "computed", f"its recorded {algorithm} digest is not compared")
            return
        yield ComputedDigest(span, algorithm, make(os.path.join(tree.root, target)))


def _hasher(algorithm: str, size: int) -> Callable[[str], str] | None:
    if algorithm == "md5-dos2unix":
        return _dos2unix
    if algorithm == "git-blob":
        prefix = f"blob {size}\0".encode()
        return lambda path: _file(path, "sha1", prefix)
    name = _PLAIN.get(algorithm)
    return (lambda path: _file(path, name)) if name else None


def _file(path: str, name: str, prefix: bytes = b"") -> str:
    machine = hashlib.new(name, prefix, usedforsecurity=False)
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            machine.update(chunk)
    return machine.hexdigest()


def _dos2unix(path: str) -> str:
    """DVC's digest before 3.0: of text with its line ends normalised, of other files as they are."""
    with open(path, "rb") as stream:
        head = stream.read(512)
        if b"\0" in head or _strange(head):
            return _file(path, "md5")
        machine = hashlib.md5(head.replace(b"\r\n", b"\n"), usedforsecurity=False)
        while chunk := stream.read(_CHUNK):
            machine.update(chunk.replace(b"\r\n", b"\n"))
    return machine.hexdigest()


def _strange(head: bytes) -> bool:
    return bool(head) and len(head.translate(None, _TEXT_BYTES)) / len(head) > _TEXT_SHARE


def _folder(root: str, target: str, inside: list[File], algorithm: str) -> str:
    make = _dos2unix if "dos2unix" in algorithm else lambda path: _file(path, "md5")
    listing = [
        {
            "md5": make(os.path.join(root, file.path)),
            "relpath": file.path.removeprefix(target + "/"),
        }
        for file in sorted(inside)
    ]
    listing.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(listing, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
