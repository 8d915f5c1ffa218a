"""poetry.lock and pdm.lock: resolved sets with their groups, markers and digests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies.lock_blocks import Block, blocks, hashes, lines_of_name, parsed
from whence.readers.dependencies.specification import normalised
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageManifest,
    PackageRequirement,
    without_credentials,
)

VERSION = 1

_MAIN = ("main", "default")


def claims(path: str, head: bytes) -> bool:
    """Files named poetry.lock."""
    return posixpath.basename(path) == "poetry.lock"


def read(source: Source) -> Iterator[Fact | Unread]:
    """Every locked package, with its group and marker."""
    yield from locked(source, "poetry.lock", "poetry")


def locked(source: Source, kind: str, tool: str) -> Iterator[Fact | Unread]:
    """The packages of a lock in the form that Poetry and PDM share."""
    found = list(blocks(source))
    tops = [block for block in found if block.kind == "top" and block.text.strip()]
    digests: dict[str, tuple[str, ...]] = {}
    python = ""
    for block in tops:
        try:
            table = parsed(block.text)
        except Unreadable as error:
            yield Unread(source.span(block.first + max(error.line, 1) - 1), kind, error.reason)
            continue
        digests.update(_digests_apart(table))
        python = python or _python_versions(table)
    yield PackageManifest(source.span(), kind, tool, True, False, python)
    for block in found:
        if block.fault:
            yield Unread(source.span(block.first, block.last), kind, block.fault)
        elif block.kind == "package":
            yield from _package(block, source, kind, digests)


def _python_versions(table: dict[str, Any]) -> str:
    metadata = table.get("metadata")
    if not isinstance(metadata, dict):
        return ""
    found = metadata.get("python-versions") or metadata.get("requires_python")
    if isinstance(found, str) and re.fullmatch(r"[0-9.,<>=!~* ]+", found):
        return found if found[:1] in "<>=!~" else ""
    return ""


def _digests_apart(table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Digests that older formats keep in one table at the end of the file."""
    metadata = table.get("metadata")
    files = metadata.get("files") if isinstance(metadata, dict) else None
    found: dict[str, tuple[str, ...]] = {}
    for key, entries in files.items() if isinstance(files, dict) else ():
        digests = [
            entry["hash"]
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict) and isinstance(entry.get("hash"), str)
        ]
        found[normalised(key.partition(" ")[0])] = tuple(sorted(set(digests)))
    return found


def _package(
    block: Block, source: Source, kind: str, digests: dict[str, tuple[str, ...]]
) -> Iterator[Fact | Unread]:
    try:
        entries = parsed(_needed_lines(block.text)).get("package")
    except Unreadable as error:
        line = block.first + max(error.line, 1) - 1
        yield Unread(source.span(line), kind, error.reason)
        return
    entry: dict[str, Any] = entries[0] if isinstance(entries, list) and entries else {}
    name, version = entry.get("name"), entry.get("version", "")
    if not isinstance(name, str) or not isinstance(version, str):
        yield Unread(source.span(block.first, block.last), kind, "a package without a name")
        return
    origin = entry.get("source")
    url, commit, index = _origin(entry, origin if isinstance(origin, dict) else {})
    yield PackageRequirement(
        source.span(*lines_of_name(block)),
        "pypi",
        normalised(name),
        f"=={version}" if version else "",
        version,
        marker=_marker(entry),
        hashes=hashes(block.text) or digests.get(normalised(name), ()),
        url=url,
        commit=commit,
        group=_group(entry),
        scope="lock",
        editable=entry.get("develop") is True or entry.get("editable") is True,
        index=index,
    )


def _needed_lines(text: str) -> str:
    """A block without its lists of files, which are most of it and are read by their digests."""
    if '"""' in text or "'''" in text:
        return text
    return re.sub(
        r"(?m)^files = \[\n(?: +\{[^\n]*\},?\n)*\]$", lambda m: "\n" * m.group().count("\n"), text
    )


def _origin(entry: dict[str, Any], source: dict[str, Any]) -> tuple[str, str, str]:
    """The address, the commit and the index that a package was taken from."""
    kind = source.get("type") or ("git" if "git" in entry else "")
    url = without_credentials(str(source.get("url") or entry.get("url") or ""))
    if kind == "git":
        repository = without_credentials(str(source.get("url") or entry.get("git")))
        commit = str(source.get("resolved_reference") or entry.get("revision") or "")
        return f"git+{repository}", commit if re.fullmatch(r"[0-9a-f]{40}", commit) else "", ""
    if kind == "legacy":
        return "", "", url
    if kind in ("directory", "file") or "path" in entry:
        return url or str(entry.get("path")), "", ""
    return url, "", ""


def _marker(entry: dict[str, Any]) -> str:
    found = entry.get("markers") or entry.get("marker")
    if isinstance(found, dict):
        found = found.get("main")
    return found if isinstance(found, str) else ""


def _group(entry: dict[str, Any]) -> str:
    if entry.get("category") == "dev":
        return "dev"
    groups = entry.get("groups")
    if not isinstance(groups, list) or not groups:
        return "optional" if entry.get("optional") is True else ""
    names = sorted(normalised(str(group)) for group in groups)
    if any(name in _MAIN for name in names):
        return ""
    return names[0]
