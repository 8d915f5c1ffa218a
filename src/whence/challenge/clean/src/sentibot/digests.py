"""SHA-256 digests and the manifests that record them."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class DigestMismatch(Exception):
    """A file is not the one that was recorded."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def require_digest(content: bytes, expected: str, name: str) -> bytes:
    """Return the content if its digest is the expected one."""
    actual = sha256(content)
    if not hmac.compare_digest(actual, expected):
        raise DigestMismatch(f"{name}: sha256 is {actual}, recorded is {expected}")
    return content


def read_verified(path: Path, expected: str) -> bytes:
    """Read a file once and return exactly the bytes that were checked."""
    return require_digest(path.read_bytes(), expected, path.name)


def to_json(document: Any) -> bytes:
    """Encode so that equal documents have equal bytes."""
    return (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def to_json_lines(documents: Iterable[Any]) -> bytes:
    """Encode one document per line."""
    lines = (json.dumps(document, sort_keys=True, ensure_ascii=False) for document in documents)
    return "".join(f"{line}\n" for line in lines).encode()


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """Build the manifest of some files: their names, sizes and digests."""
    return to_json(
        {
            "files": {
                name: {"sha256": sha256(content), "bytes": len(content)}
                for name, content in files.items()
            }
        }
    )


def recorded_digests(manifest: bytes) -> dict[str, str]:
    """Read a manifest written by `manifest_of`."""
    files = json.loads(manifest)["files"]
    return {name: entry["sha256"] for name, entry in files.items()}


def read_recorded(folder: Path, manifest: bytes) -> dict[str, bytes]:
    """Read every file that a manifest lists from a folder, verified."""
    content = {}
    for name, expected in recorded_digests(manifest).items():
        if Path(name).name != name:
            raise DigestMismatch(f"{name!r} is not a plain file name")
        content[name] = read_verified(folder / name, expected)
    return content
