"""uv's tables of a pyproject.toml or uv.toml: indexes, sources, constraints, overrides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.dependencies.specification import (
    Malformed,
    hash_in_fragment,
    normalised,
    requirement,
)
from whence.readers.dependencies.toml_lines import Document, Path, text_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    PackageRequirement,
    is_public_index,
    without_credentials,
)

_LISTS = (
    ("dev-dependencies", "dev", "manifest", False),
    ("constraint-dependencies", "", "constraint", False),
    ("override-dependencies", "", "constraint", True),
    ("build-constraint-dependencies", "build-system", "constraint", False),
)


class Sources:
    """Where `[tool.uv.sources]` takes packages from, whatever their requirement says."""

    def __init__(self, document: Document) -> None:
        self._entries: dict[str, list[tuple[Span, dict[str, Any]]]] = {}
        for name, entry in document.table("tool", "uv", "sources").items():
            entries = entry if isinstance(entry, list) else [entry]
            self._entries[normalised(name)] = [
                (document.span("tool", "uv", "sources", name), found)
                for found in entries
                if isinstance(found, dict)
            ]

    def applied(self, found: PackageRequirement) -> Iterator[PackageRequirement]:
        """The requirement as uv resolves it: one for each source that its package has."""
        entries = self._entries.get(found.name)
        if not entries:
            yield found
            return
        for span, entry in entries:
            marker = text_of(entry, "marker")
            url = _url(entry)
            yield msgspec.structs.replace(
                found,
                span=span if url else found.span,
                marker=" and ".join(f"({part})" for part in (found.marker, marker) if part)
                if marker
                else found.marker,
                url=url,
                hashes=hash_in_fragment(url) or found.hashes,
                editable=entry.get("editable") is True or entry.get("workspace") is True,
                index=text_of(entry, "index"),
            )


def _url(entry: dict[str, Any]) -> str:
    repository = text_of(entry, "git")
    if repository:
        revision = next(
            (text_of(entry, key) for key in ("rev", "tag", "branch") if text_of(entry, key)), ""
        )
        scheme = "" if repository.startswith("git+") else "git+"
        return without_credentials(f"{scheme}{repository}" + (f"@{revision}" if revision else ""))
    if entry.get("workspace") is True:
        return "."
    return without_credentials(text_of(entry, "url") or text_of(entry, "path"))


def facts(document: Document, base: tuple[str, ...] = ("tool", "uv")) -> Iterator[Fact | Unread]:
    """Indexes and lists of requirements below `base`: `[tool.uv]`, or the root of uv.toml."""
    for table in (base, (*base, "pip")):
        yield from _indexes(document, table)
    for key, group, scope, override in _LISTS:
        for text, span in document.texts(*base, key):
            try:
                found = requirement(text, span)
            except Malformed as error:
                yield Unread(span, "uv", str(error))
                continue
            yield msgspec.structs.replace(found, group=group, scope=scope, override=override)


def _indexes(document: Document, base: tuple[str, ...]) -> Iterator[PackageIndex]:
    settings = document.table(*base)
    strategy = text_of(settings, "index-strategy")
    hosts = settings.get("allow-insecure-host") or settings.get("trusted-host") or []
    for index, host in enumerate(hosts if isinstance(hosts, list) else [hosts]):
        key = "allow-insecure-host" if "allow-insecure-host" in settings else "trusted-host"
        yield PackageIndex(
            document.span(*base, key, index), "uv", "trusted", str(host), verify=False
        )
    for path, entry in document.tables(*base, "index"):
        role = "extra"
        if entry.get("explicit") is True:
            role = "explicit"
        elif entry.get("default") is True:
            role = "primary"
        yield _index(document, path, text_of(entry, "url"), role, strategy, text_of(entry, "name"))
    if text_of(settings, "index-url"):
        path = (*base, "index-url")
        yield _index(document, path, text_of(settings, "index-url"), "primary", strategy, "")
    for key, role in (("extra-index-url", "extra"), ("find-links", "links")):
        for number, (text, _span) in enumerate(document.texts(*base, key)):
            yield _index(document, (*base, key, number), text, role, strategy, "")
    if settings.get("no-index") is True:
        yield _index(document, (*base, "no-index"), "", "none", strategy, "")


def _index(
    document: Document, path: Path, url: str, role: str, strategy: str, name: str
) -> PackageIndex:
    bare = without_credentials(url)
    return PackageIndex(
        document.span(*path),
        "uv",
        role,
        bare,
        name,
        strategy or "first-index",
        public=is_public_index(bare),
    )
