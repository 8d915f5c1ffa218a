"""pixi.toml and pixi.lock."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from whence.readers import yaml_nodes
from whence.readers.contract import Source
from whence.readers.dependencies import pixi_tables
from whence.readers.dependencies.specification import named_by_address, normalised
from whence.readers.dependencies.toml_lines import Document
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageManifest,
    PackageRequirement,
    without_credentials,
)

VERSION = 1

_ARCHIVE = re.compile(r"(.+)-([^-]+)-([^-]+)\.(?:conda|tar\.bz2)\Z")
_COMMIT = re.compile(r"#([0-9a-f]{40})\Z")


def claims(path: str, head: bytes) -> bool:
    """Files named pixi.toml and pixi.lock."""
    return posixpath.basename(path) in ("pixi.toml", "pixi.lock")


def read(source: Source) -> Iterator[Fact | Unread]:
    """The packages and channels of the manifest, or the packages that the lock fixes."""
    if source.path.endswith(".lock"):
        yield PackageManifest(source.span(), "pixi.lock", "pixi", locks=True)
        for part in yaml_nodes.documents(source.text):
            for entry in part.get("packages").items:
                yield _locked(source, entry)
        return
    document = Document(source)
    yield from document.bad_lines
    yield PackageManifest(source.span(), "pixi", "pixi")
    yield from pixi_tables.facts(document, ())


def _locked(source: Source, entry: yaml_nodes.Node) -> PackageRequirement | Unread:
    """A package of any version of the format: `conda: URL`, `pypi: URL`, or `kind` and `url`."""
    span = source.span(entry.first, entry.last)
    kind = entry.get("kind").text or ("pypi" if entry.get("pypi").text else "conda")
    address = without_credentials(entry.get(kind).text or entry.get("url").text)
    name, version = entry.get("name").text, entry.get("version").text
    archive = _ARCHIVE.match(posixpath.basename(address))
    if kind == "conda" and archive:
        name, version = name or archive.group(1), version or archive.group(2)
    elif kind == "pypi" and not name:
        name, version = named_by_address(address)
    if not name:
        return Unread(span, "pixi.lock", "a package whose name and address tell nothing")
    digests = [
        f"{each}:{entry.get(each).text}" for each in ("sha256", "md5") if entry.get(each).text
    ]
    commit = _COMMIT.search(address)
    direct = address.startswith("git+") or "://" not in address
    return PackageRequirement(
        span,
        kind,
        normalised(name) if kind == "pypi" else name.lower(),
        f"=={version}" if version else "",
        version,
        hashes=tuple(digests),
        url=address if direct else "",
        commit=commit.group(1) if commit else "",
        scope="lock",
        licence=entry.get("license").text,
        index=posixpath.dirname(posixpath.dirname(address)) if kind == "conda" else "",
    )
