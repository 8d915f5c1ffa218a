"""DVC: `.dvc` files and `dvc.lock`, which fix data and models by digest.

Facts: the DVC documentation of `.dvc` and `dvc.yaml`/`dvc.lock` files. Before 3.0 the digest of a
text file was taken over normalised line ends; `hash: md5` marks the plain one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.data.recorded import recorded
from whence.readers.data.structured import line_of, yaml_value
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelOrigin

VERSION = 1


def claims(path: str, head: bytes) -> bool:
    """By name: `*.dvc` files and `dvc.lock`."""
    name = posixpath.basename(path)
    return name == "dvc.lock" or (name.endswith(".dvc") and name != ".dvc")


def read(source: Source) -> Iterator[RecordedDigest | ModelOrigin | Unread]:
    """The digests of all outputs and dependencies, and where imported data comes from."""
    document = yaml_value(source.text)
    if not isinstance(document, dict):
        raise Unreadable("not a DVC file")
    if posixpath.basename(source.path) != "dvc.lock":
        yield from _stage(source, document, document.get("wdir"))
        yield from _origin(source, document)
        return
    stages = document.get("stages", document)
    for stage in stages.values() if isinstance(stages, dict) else ():
        if isinstance(stage, dict):
            yield from _stage(source, stage, None)


def _stage(source: Source, stage: dict[str, Any], folder: Any) -> Iterator[RecordedDigest | Unread]:
    for side in ("outs", "deps"):
        entries = stage.get(side)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                path = posixpath.join(folder, entry["path"]) if isinstance(folder, str) else ""
                yield from _entry(source, entry, path or entry["path"])


def _entry(source: Source, entry: dict[str, Any], path: str) -> Iterator[RecordedDigest | Unread]:
    size = entry.get("size")
    size = size if isinstance(size, int) else -1
    for name in ("md5", "sha256", "etag", "checksum"):
        value = entry.get(name)
        if not isinstance(value, str):
            continue
        span = source.span(line_of(source.text, value))
        if name in ("etag", "checksum"):
            yield Unread(span, "dvc", f"{path} is fixed by a remote store's {name}, not compared")
            continue
        algorithm = "md5-dos2unix" if name == "md5" and entry.get("hash") != "md5" else name
        if value.endswith(".dir"):
            algorithm, value = f"{algorithm}-dir", value[:-4]
        fact = recorded(span, path, algorithm, value, "dvc", size)
        if fact is not None:
            yield fact


def _origin(source: Source, document: dict[str, Any]) -> Iterator[ModelOrigin]:
    """What `dvc import` and `dvc import-url` note: a URL, or a repository with its commit."""
    outs, deps = document.get("outs"), document.get("deps")
    entries = outs if isinstance(outs, list) else []
    targets = [str(out["path"]) for out in entries if isinstance(out, dict) and out.get("path")]
    for dep in deps if isinstance(deps, list) else ():
        if not isinstance(dep, dict):
            continue
        repository = dep.get("repo")
        origin, revision = str(dep.get("path", "")), ""
        if isinstance(repository, dict):
            origin = str(repository.get("url", origin))
            revision = str(repository.get("rev_lock", ""))
        for target in targets:
            subject = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), target))
            if "://" in origin or "@" in origin:
                span = source.span(line_of(source.text, origin))
                yield ModelOrigin(span, subject, origin, "dvc", revision)
