"""Pipfile and Pipfile.lock."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies.json_lines import lines_of_keys
from whence.readers.dependencies.poetry_tables import table_requirement
from whence.readers.dependencies.specification import normalised
from whence.readers.dependencies.toml_lines import Document, text_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    PackageManifest,
    PackageRequirement,
    is_public_index,
    without_credentials,
)

VERSION = 1

_TABLES = (("packages", ""), ("dev-packages", "dev"))
_SECTIONS = (("default", ""), ("develop", "dev"))
_NO_TABLES = frozenset(("source", "requires", "scripts", "pipenv", "packages", "dev-packages"))


def claims(path: str, head: bytes) -> bool:
    """Files named Pipfile and Pipfile.lock."""
    return posixpath.basename(path) in ("Pipfile", "Pipfile.lock")


def read(source: Source) -> Iterator[Fact | Unread]:
    """The requirements, groups and sources of the file."""
    if source.path.endswith(".lock"):
        yield from _lock(source)
        return
    document = Document(source)
    yield from document.bad_lines
    python = text_of(document.table("requires"), "python_version")
    yield PackageManifest(
        source.span(), "Pipfile", "pipenv", requires_python=f"=={python}.*" if python else ""
    )
    tables = list(_TABLES)
    tables += [
        (name, normalised(name))
        for name, value in document.data.items()
        if name not in _NO_TABLES and isinstance(value, dict)
    ]
    for table, group in tables:
        for name, entry in document.table(table).items():
            span = document.span(table, name)
            yield from _requirement(name, entry, span, group)
    for number, (path, entry) in enumerate(document.tables("source")):
        yield _source(document.span(*path), entry, number)


def _requirement(
    name: str, entry: Any, span: Span, group: str
) -> Iterator[PackageRequirement | Unread]:
    table = {"version": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        yield Unread(span, "Pipfile", f"{normalised(name)}: a dependency of no known form")
        return
    yield from table_requirement(name, table, span, group)


def _source(span: Span, entry: dict[str, Any], number: int) -> PackageIndex:
    """A source. Pipenv asks all but the first only for packages that name them."""
    url = without_credentials(text_of(entry, "url"))
    return PackageIndex(
        span,
        "pipenv",
        "explicit" if number else "primary",
        url,
        text_of(entry, "name"),
        verify=entry.get("verify_ssl") is not False,
        public=is_public_index(url),
    )


def _lock(source: Source) -> Iterator[Fact | Unread]:
    try:
        data = msgspec.json.decode(source.data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"not JSON: {error}") from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    yield PackageManifest(source.span(), "Pipfile.lock", "pipenv", locks=True)
    lines = lines_of_keys(source.data, depth=2)
    meta = data.get("_meta")
    sources = meta.get("sources") if isinstance(meta, dict) else None
    for number, entry in enumerate(sources if isinstance(sources, list) else ()):
        if isinstance(entry, dict):
            yield _source(source.span(lines.get(("_meta", "sources"), 0)), entry, number)
    for section, group in _SECTIONS:
        packages = data.get(section)
        for name, entry in packages.items() if isinstance(packages, dict) else ():
            span = source.span(lines.get((section, name), 0))
            if not isinstance(entry, dict):
                yield Unread(span, "Pipfile.lock", f"{normalised(name)}: an entry of no known form")
                continue
            for found in table_requirement(name, entry, span, group):
                yield _locked(found, entry) if isinstance(found, PackageRequirement) else found


def _locked(found: PackageRequirement, entry: dict[str, Any]) -> PackageRequirement:
    digests = entry.get("hashes")
    reference = text_of(entry, "ref")
    return msgspec.structs.replace(
        found,
        hashes=tuple(sorted(map(str, digests))) if isinstance(digests, list) else found.hashes,
        commit=reference if re.fullmatch(r"[0-9a-f]{40}", reference) else "",
        scope="lock",
    )
