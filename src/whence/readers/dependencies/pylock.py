"""pylock.toml: the installers' common lock file (PEP 751)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies.lock_blocks import Block, blocks, lines_of_name, parsed
from whence.readers.dependencies.specification import normalised
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageManifest,
    PackageRequirement,
    without_credentials,
)

VERSION = 1

_NAMED = re.compile(r"pylock(?:\.[^.]+)?\.toml\Z")
_GROUP_MARKER = re.compile(r"""["']([A-Za-z0-9._-]+)["']\s+in\s+(?:extras|dependency_groups)""")


def claims(path: str, head: bytes) -> bool:
    """Files named pylock.toml or pylock.<name>.toml."""
    return _NAMED.match(posixpath.basename(path)) is not None


def read(source: Source) -> Iterator[Fact | Unread]:
    """Every locked package, with its marker, digests and origin."""
    top: dict[str, Any] = {}
    packages: list[Block] = []
    for block in blocks(source):
        if block.fault:
            yield Unread(source.span(block.first, block.last), "pylock", block.fault)
        elif block.kind == "package":
            packages.append(block)
        elif block.first == 1:
            top = parsed(block.text)
    tool = top.get("created-by")
    python = top.get("requires-python")
    yield PackageManifest(
        source.span(),
        "pylock",
        tool if tool in ("uv", "pdm", "poetry", "pip") else "pip",
        True,
        False,
        python if isinstance(python, str) else "",
    )
    for block in packages:
        yield from _package(block, source)


def _package(block: Block, source: Source) -> Iterator[Fact | Unread]:
    try:
        entries = parsed(block.text).get("packages")
    except Unreadable as error:
        line = block.first + max(error.line, 1) - 1
        yield Unread(source.span(line), "pylock", error.reason)
        return
    entry: dict[str, Any] = entries[0] if isinstance(entries, list) and entries else {}
    name, version = entry.get("name"), entry.get("version", "")
    if not isinstance(name, str) or not isinstance(version, str):
        yield Unread(source.span(block.first, block.last), "pylock", "a package without a name")
        return
    marker = entry.get("marker")
    marker = marker if isinstance(marker, str) else ""
    group = _GROUP_MARKER.search(marker)
    url, commit = _origin(entry)
    index = entry.get("index")
    yield PackageRequirement(
        source.span(*lines_of_name(block)),
        "pypi",
        normalised(name),
        f"=={version}" if version else "",
        version,
        marker="" if group else marker,
        hashes=tuple(sorted(set(_digests(entry)))),
        url=url,
        commit=commit,
        group=normalised(group.group(1)) if group else "",
        scope="lock",
        index=without_credentials(index) if isinstance(index, str) else "",
    )


def _digests(entry: dict[str, Any]) -> Iterator[str]:
    wheels = entry.get("wheels")
    files = [
        *(wheels if isinstance(wheels, list) else ()),
        entry.get("sdist"),
        entry.get("archive"),
    ]
    for file in files:
        known = file.get("hashes") if isinstance(file, dict) else None
        for algorithm, digest in known.items() if isinstance(known, dict) else ():
            yield f"{algorithm}:{digest}"


def _origin(entry: dict[str, Any]) -> tuple[str, str]:
    for key in ("vcs", "archive", "directory"):
        found = entry.get(key)
        if not isinstance(found, dict):
            continue
        address = without_credentials(str(found.get("url") or found.get("path") or ""))
        if key != "vcs":
            return address, ""
        commit = str(found.get("commit-id") or "")
        fixed = commit if re.fullmatch(r"[0-9a-f]{40,64}", commit) else ""
        return f"{found.get('type') or 'git'}+{address}", fixed
    return "", ""
