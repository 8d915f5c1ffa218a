"""Manifests of any shape, in JSON, YAML or TOML, that record digests beside file names.

A mapping counts where one key names a file and another holds a digest, or where its keys are file
names and its values digests. Croissant, data packages and home-made registries all do one of both.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source
from whence.readers.data.recorded import digest_in, plain_algorithm, recorded
from whence.readers.data.structured import line_of, mappings, parsed
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.data import RecordedDigest

VERSION = 1
_MOST = 20_000
_MENTIONS = re.compile(rb"sha-?_?\d|md5|digest|checksum|[\"'\s:][0-9a-f]{64}[\"'\s]", re.IGNORECASE)
_NOT_OURS = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|Pipfile\.lock|composer\.lock"
    r"|conda-lock\.ya?ml|pnpm-lock\.yaml|dvc\.lock|[^/]*\.(?:cdx|bom)\.json|bom\.json"
    r"|.*\.dvc|pylock(?:\.[^/]+)?\.toml|.*\.sig|.*\.ipynb)$"
)
_FILE_KEYS = (
    "path", "file", "filename", "file_name", "filepath", "file_path", "relpath", "contentUrl",
    "location", "target", "artifact", "artefact", "name", "@id", "key", "uri", "url", "model",
    "weights", "dataset", "source", "local_path", "model_path", "data_path", "output",
)  # fmt: skip
_DIGEST_KEYS = re.compile(
    r"(?:^|_|-)(?:sha-?_?(?:1|224|256|384|512)|md5|blake2b|digests?|checksums?|hash(?:es)?)"
    r"(?:$|_|-|sum)",
    re.IGNORECASE,
)
_PATH = re.compile(r"[^\s:*?\"<>|][^:*?\"<>|\n]{0,300}\.[A-Za-z0-9]{1,12}|[\w.-]+(?:/[\w.-]+)+")


def claims(path: str, head: bytes) -> bool:
    """A structured file whose beginning speaks of digests, or whose name does."""
    name = posixpath.basename(path).lower()
    if not name.endswith((".json", ".yaml", ".yml", ".toml", ".jsonld")) or _NOT_OURS.search(path):
        return False
    return bool(_MENTIONS.search(head)) or "manifest" in name or "checksum" in name


def read(source: Source) -> Iterator[RecordedDigest | Unread]:
    """A fact for every file that the manifest names with a digest."""
    count = 0
    for keys, mapping in mappings(parsed(source)):
        for name, algorithm, digest in _pairs(keys, mapping):
            fact = recorded(
                source.span(line_of(source.text, digest, digest.upper())),
                name, algorithm, digest, "manifest",
            )  # fmt: skip
            if fact is not None:
                yield fact
                count += 1
        if count > _MOST:
            yield Unread(source.span(), "digest_manifest", f"more than {_MOST} digests")
            return


def _pairs(keys: tuple[str, ...], mapping: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    digests = list(_digests(mapping))
    for key, value in mapping.items():
        if isinstance(value, str) and _looks_like_file(str(key)):
            known = digest_in(value, keys[-1] if keys else "")
            if known:
                yield str(key), *known
    if not digests:
        return
    named = [mapping[key] for key in _FILE_KEYS if isinstance(mapping.get(key), str)]
    names = [name for name in named if _looks_like_file(name)]
    if not names and keys and _looks_like_file(keys[-1]):
        names = [keys[-1]]
    for name in dict.fromkeys(names):
        for algorithm, digest in digests:
            yield name, algorithm, digest


def _digests(mapping: dict[str, Any]) -> Iterator[tuple[str, str]]:
    named = str(mapping.get("algorithm") or mapping.get("hash_type") or mapping.get("alg") or "")
    for key, value in mapping.items():
        if not _DIGEST_KEYS.search(str(key)):
            continue
        algorithm = plain_algorithm(re.sub(r"^.*?(sha|md5)", r"\1", str(key).lower())) or named
        if isinstance(value, str):
            known = digest_in(value, algorithm)
            if known:
                yield known
        elif isinstance(value, dict):
            for inner, digest in value.items():
                known = digest_in(digest, str(inner)) if isinstance(digest, str) else None
                if known and plain_algorithm(str(inner)):
                    yield known


def _looks_like_file(text: str) -> bool:
    return len(text) < 400 and _PATH.fullmatch(text) is not None and digest_in(text) is None
