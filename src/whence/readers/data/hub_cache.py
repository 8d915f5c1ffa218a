"""What the hub's client leaves beside downloads: the commit and the digest of every file.

Facts: huggingface_hub's `_local_folder.py` (three lines: commit, ETag, time) and its cache layout
(`models--owner--name/blobs/<digest>`). An ETag of 64 digits is the SHA-256 of a large file, one of
40 the Git blob id of a small one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelOrigin

VERSION = 1
_METADATA = re.compile(r"^(.*?)\.cache/huggingface/download/(.+)\.metadata$")
_BLOB = re.compile(r"(?:^|/)(?:models|datasets)--([^/]+)/blobs/([0-9a-f]{64}|[0-9a-f]{40})$")
_SNAPSHOT = re.compile(r"(?:^|/)(?:models|datasets)--([^/]+)/snapshots/([0-9a-f]{40})/.+$")
_ALGORITHMS = {64: "sha256", 40: "git-blob"}


def claims(path: str, head: bytes) -> bool:
    """By path: the metadata of a local folder, a blob or a snapshot of the cache."""
    return bool(_METADATA.search(path) or _BLOB.search(path) or _SNAPSHOT.search(path))


def read(source: Source) -> Iterator[RecordedDigest | ModelOrigin | Unread]:
    """What the path or the three lines say."""
    if blob := _BLOB.search(source.path):
        digest = blob[2]
        algorithm = _ALGORITHMS[len(digest)]
        yield RecordedDigest(source.span(), source.path, algorithm, digest, "hub-cache")
        yield ModelOrigin(source.span(), source.path, _repository(blob[1]), "hub-cache")
    elif snapshot := _SNAPSHOT.search(source.path):
        origin = _repository(snapshot[1])
        yield ModelOrigin(source.span(), source.path, origin, "hub-cache", snapshot[2])
    elif metadata := _METADATA.search(source.path):
        yield from _metadata(source, metadata[1] + metadata[2])


def _metadata(source: Source, target: str) -> Iterator[RecordedDigest | ModelOrigin]:
    lines = [line.strip() for line in source.text.splitlines()[:3]]
    commit = lines[0] if lines else ""
    if re.fullmatch(r"[0-9a-f]{40}", commit):
        origin = "a repository of the hub"
        yield ModelOrigin(source.span(1), target, origin, "hub-cache", commit)
    etag = lines[1].strip('"') if len(lines) > 1 else ""
    if re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{40}", etag):
        algorithm = _ALGORITHMS[len(etag)]
        yield RecordedDigest(source.span(2), target, algorithm, etag, "hub-cache")


def _repository(folder: str) -> str:
    return folder.replace("--", "/", 1)
