"""Lock files of npm, yarn and pnpm, for projects with a front end."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers import yaml_nodes
from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies.json_lines import lines_of_keys
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageManifest,
    PackageRequirement,
    without_credentials,
)

VERSION = 2

_FILES = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "yarn.lock": "yarn",
    "pnpm-lock.yaml": "pnpm",
}
_GIT = re.compile(r"(?:git\+|git:|github:|git@)|\.git(?:#|\Z)")
_PNPM_KEY = re.compile(r"/?(@?[^@/]+(?:/[^@/(]+)?)[@/]([^(]+)")
_YARN_HEAD = re.compile(r'^"?(@?[^@"\s]+)@[^\n]*:$')
_YARN_FIELD = re.compile(
    r'^  "?(version|resolved|integrity|checksum|resolution)"?:? "?([^"\n]*)"?$'
)
_DEPTH = 64


class _Entry(msgspec.Struct):
    version: str = ""
    resolved: str | bool = ""
    integrity: str = ""
    dev: bool = False
    optional: bool = False
    link: bool = False
    bundled: bool = msgspec.field(default=False, name="inBundle")
    name: str = ""
    license: Any = None
    dependencies: Any = None


class _File(msgspec.Struct):
    packages: dict[str, _Entry] = {}
    dependencies: dict[str, _Entry] = {}


def claims(path: str, head: bytes) -> bool:
    """Files of the three tools' names."""
    return posixpath.basename(path) in _FILES


def read(source: Source) -> Iterator[Fact | Unread]:
    """Every locked package, with digest, licence and whether it serves development only."""
    file = posixpath.basename(source.path)
    tool = _FILES[file]
    yield PackageManifest(source.span(), file, tool, locks=True)
    if tool == "npm":
        yield from _npm(source)
    elif tool == "pnpm":
        yield from _pnpm(source)
    else:
        yield from _yarn(source)


def _npm(source: Source) -> Iterator[PackageRequirement | Unread]:
    try:
        file = msgspec.json.decode(source.data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"not a lock file of npm: {error}") from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    lines = lines_of_keys(source.data, depth=2)
    if file.packages:
        for key, entry in file.packages.items():
            name = entry.name or key.rpartition("node_modules/")[2]
            if "node_modules/" in key and not entry.link and not entry.bundled:
                yield _locked(source.span(lines.get(("packages", key), 0)), name, entry)
        return
    for name, entry in file.dependencies.items():
        span = source.span(lines.get(("dependencies", name), 0))
        yield from _tree(name, entry, span, 0)


def _tree(
    name: str, entry: _Entry, span: Span, depth: int
) -> Iterator[PackageRequirement | Unread]:
    yield _locked(span, name, entry)
    below = entry.dependencies
    for inner, raw in below.items() if isinstance(below, dict) and depth < _DEPTH else ():
        try:
            found = msgspec.convert(raw, _Entry)
        except msgspec.ValidationError:
            yield Unread(span, "npm_lock", f"{name}: an entry below it of no known form")
            continue
        yield from _tree(inner, found, span, depth + 1)


def _locked(span: Span, name: str, entry: _Entry) -> PackageRequirement:
    resolved = entry.resolved if isinstance(entry.resolved, str) else ""
    address = entry.version if _GIT.search(entry.version) else resolved
    git = _GIT.search(address) is not None
    return _requirement(
        span,
        name,
        "" if git else entry.version,
        address if git else "",
        _digest(entry.integrity),
        "dev" if entry.dev else "",
        _licence(entry.license),
    )


def _requirement(
    span: Span,
    name: str,
    version: str,
    url: str,
    digests: tuple[str, ...],
    group: str,
    licence: str,
) -> PackageRequirement:
    commit = re.search(r"[#/]([0-9a-f]{40})\b", url)
    return PackageRequirement(
        span,
        "npm",
        name.lower(),
        version,
        version,
        hashes=digests,
        url=without_credentials(url),
        commit=commit.group(1) if commit else "",
        group=group,
        scope="lock",
        licence=licence,
    )


def _digest(integrity: str) -> tuple[str, ...]:
    """Subresource integrity as `algorithm:hexadecimal`."""
    found = []
    for part in integrity.split():
        algorithm, _, encoded = part.partition("-")
        try:
            digest = base64.b64decode(encoded, validate=True).hex()
        except (binascii.Error, ValueError):
            continue
        if digest:
            found.append(f"{algorithm}:{digest}")
    return tuple(sorted(found))


def _licence(licence: Any) -> str:
    if isinstance(licence, dict):
        licence = licence.get("type")
    return licence if isinstance(licence, str) else ""


def _pnpm(source: Source) -> Iterator[PackageRequirement | Unread]:
    for document in yaml_nodes.documents(source.text):
        for key, entry in document.get("packages").pairs:
            found = _PNPM_KEY.match(key.text)
            span = source.span(key.first, entry.last)
            if not found:
                yield Unread(span, "npm_lock", "a package key of no known form")
                continue
            name, version = found.groups()
            resolution = entry.get("resolution")
            address = resolution.get("tarball").text if "://" in version else ""
            yield _requirement(
                span,
                name,
                "" if "://" in version else version,
                resolution.get("repo").text or address,
                _digest(resolution.get("integrity").text),
                "dev" if entry.get("dev").truthy else "",
                "",
            )


def _yarn(source: Source) -> Iterator[PackageRequirement | Unread]:
    """yarn.lock, whose two formats both put a head line before indented fields."""
    head, first = "", 0
    fields: dict[str, str] = {}
    lines = source.text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate([*lines, "end"], 1):
        if line and not line.startswith((" ", "#")):
            if head and "version" in fields:
                yield _yarn_entry(source.span(first, number - 1), head, fields)
            name = _YARN_HEAD.match(line)
            head, first, fields = (name.group(1) if name else ""), number, {}
            continue
        found = _YARN_FIELD.match(line)
        if found:
            fields.setdefault(found.group(1), found.group(2))


def _yarn_entry(span: Span, name: str, fields: dict[str, str]) -> PackageRequirement:
    resolved = fields.get("resolved") or fields.get("resolution", "")
    git = _GIT.search(resolved) is not None
    digests = _digest(fields.get("integrity", ""))
    if not digests and fields.get("checksum"):
        digests = (f"checksum:{fields['checksum'].rpartition('/')[2]}",)
    legacy = re.search(r"#([0-9a-f]{40})\Z", resolved)
    if not digests and legacy and not git:
        digests = (f"sha1:{legacy.group(1)}",)
    # A patched package stands beside the entry that it is made from, which has the digest.
    local = any(kind in resolved for kind in ("@workspace:", "@link:", "@patch:"))
    return _requirement(
        span,
        name,
        "" if git or local else fields["version"],
        resolved if git else ("." if local else ""),
        digests,
        "",
        "",
    )
