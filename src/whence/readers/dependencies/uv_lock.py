"""uv.lock: the resolved set of a uv project or workspace."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies.lock_blocks import (
    Block,
    blocks,
    hashes,
    lines_of_name,
    parsed,
    simple_values,
)
from whence.readers.dependencies.specification import normalised
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageManifest,
    PackageRequirement,
    without_credentials,
)

VERSION = 1

_SOURCE = re.compile(r'^source = \{ (registry|git|url|path|directory|editable|virtual) = "([^"]*)"')
_EDGE = re.compile(r'\{ name = "([^"]+)"')
_OWN = ("editable", "virtual", "directory", "path")


class _Package(msgspec.Struct):
    requirement: PackageRequirement
    needs: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    root: bool


def claims(path: str, head: bytes) -> bool:
    """Files named uv.lock, and `<script>.py.lock` of a script that states what it needs."""
    return posixpath.basename(path) == "uv.lock" or path.endswith(".py.lock")


def read(source: Source) -> Iterator[Fact | Unread]:
    """Every locked package, with the group that asks for it; the projects that the lock is for."""
    packages: list[_Package] = []
    python = ""
    for block in blocks(source):
        if block.fault:
            yield Unread(source.span(block.first, block.last), "uv.lock", block.fault)
        elif block.kind == "package":
            try:
                packages.append(_package(block, source))
            except Unreadable as error:
                line = block.first + max(error.line, 1) - 1
                yield Unread(source.span(line), "uv.lock", error.reason)
        elif not python:
            found = re.search(r'^requires-python = "([^"]*)"', block.text, re.MULTILINE)
            python = found.group(1) if found else ""
    own = tuple(package.requirement.name for package in packages if package.root)
    yield PackageManifest(source.span(), "uv.lock", "uv", True, False, python, made_from=own)
    groups = _groups(packages)
    for package in packages:
        if not package.root:
            group = groups.get(package.requirement.name, "")
            yield msgspec.structs.replace(package.requirement, group=group)


def _package(block: Block, source: Source) -> _Package:
    values = simple_values(block.text)
    origin = re.search(_SOURCE.pattern, block.text, re.MULTILINE)
    if values is None or not origin or origin.group(1) in _OWN:
        return _parsed_package(block, source)
    needs = tuple(dict.fromkeys(normalised(name) for name in _EDGE.findall(block.text)))
    requirement = _requirement(
        block, source, values["name"], values.get("version", ""), origin.groups(),
        hashes(block.text),
    )  # fmt: skip
    return _Package(requirement, needs, {}, False)


def _parsed_package(block: Block, source: Source) -> _Package:
    entries = parsed(block.text).get("package")
    entry: dict[str, Any] = entries[0] if isinstance(entries, list) and entries else {}
    name, version = entry.get("name"), entry.get("version", "")
    if not isinstance(name, str) or not isinstance(version, str):
        raise Unreadable("a package without a name", 1)
    origin = entry.get("source")
    kind, place = next(iter(origin.items())) if isinstance(origin, dict) and origin else ("", "")
    requirement = _requirement(
        block, source, name, version, (str(kind), str(place)), hashes(block.text)
    )
    groups = {
        normalised(group): _names(needed)
        for table in ("dev-dependencies", "optional-dependencies")
        for group, needed in _table(entry, table).items()
    }
    return _Package(requirement, _names(entry.get("dependencies")), groups, kind in _OWN[:2])


def _table(entry: dict[str, Any], key: str) -> dict[str, Any]:
    found = entry.get(key)
    return found if isinstance(found, dict) else {}


def _names(entries: Any) -> tuple[str, ...]:
    return tuple(
        normalised(str(entry["name"]))
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and "name" in entry
    )


def _requirement(
    block: Block,
    source: Source,
    name: str,
    version: str,
    origin: tuple[str, ...],
    digests: tuple[str, ...],
) -> PackageRequirement:
    kind, place = origin
    url, _, commit = place.partition("#")
    address = url.partition("?")[0] if kind == "git" else place
    prefix = "git+" if kind == "git" else ""
    return PackageRequirement(
        source.span(*lines_of_name(block)),
        "pypi",
        normalised(name),
        f"=={version}" if version else "",
        version,
        hashes=digests,
        url="" if kind in ("registry", "") else prefix + without_credentials(address),
        commit=commit if kind == "git" and re.fullmatch(r"[0-9a-f]{40}", commit) else "",
        scope="lock",
        editable=kind == "editable",
        index=without_credentials(place) if kind == "registry" else "",
    )


def _groups(packages: list[_Package]) -> dict[str, str]:
    """The group of each package that the project itself does not need at run time."""
    roots = [package for package in packages if package.root]
    if not roots:
        return {}
    needs: dict[str, tuple[str, ...]] = {}
    for package in packages:
        name = package.requirement.name
        needs[name] = needs.get(name, ()) + package.needs
    shipped = _reached({name for root in roots for name in root.needs}, needs)
    found: dict[str, str] = {}
    every = sorted((group, names) for root in roots for group, names in root.groups.items())
    for group, names in every:
        for name in _reached(set(names), needs):
            if name not in shipped:
                found.setdefault(name, group)
    return found


def _reached(start: set[str], needs: dict[str, tuple[str, ...]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(needs.get(name, ()))
    return seen
