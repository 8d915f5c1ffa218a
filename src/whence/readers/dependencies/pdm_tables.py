"""PDM's tables of a pyproject.toml: sources, development groups, overrides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.dependencies.specification import (
    Malformed,
    named_by_address,
    normalised,
    requirement,
)
from whence.readers.dependencies.toml_lines import Document, text_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    PackageRequirement,
    is_public_index,
    without_credentials,
)


def facts(document: Document) -> Iterator[Fact | Unread]:
    """Requirements and sources below `[tool.pdm]`."""
    for group in document.table("tool", "pdm", "dev-dependencies"):
        for text, span in document.texts("tool", "pdm", "dev-dependencies", group):
            yield from _declared(text, span, normalised(group))
    ordered = document.table("tool", "pdm", "resolution").get("respect-source-order") is True
    for path, entry in document.tables("tool", "pdm", "source"):
        yield _source(document.span(*path), entry, ordered)
    overrides = ("tool", "pdm", "resolution", "overrides")
    for name, version in document.table(*overrides).items():
        if isinstance(version, str):
            operator = "" if version[:1] in "=<>~!" else "=="
            yield from _overridden(f"{name}{operator}{version}", document.span(*overrides, name))


def _declared(text: str, span: Span, group: str) -> Iterator[PackageRequirement | Unread]:
    editable = text.startswith("-e ")
    bare = text.removeprefix("-e ").strip()
    if editable and bare.startswith(("file:", ".", "/")):
        name = named_by_address(bare)[0]
        yield PackageRequirement(span, "pypi", name, url=bare, group=group, editable=True)
        return
    if editable and "#egg=" in bare:
        name = bare.rpartition("#egg=")[2]
        bare = f"{name} @ {bare.partition('#')[0]}"
    try:
        found = requirement(bare, span)
    except Malformed as error:
        yield Unread(span, "pdm", str(error))
        return
    yield msgspec.structs.replace(found, group=group, editable=editable)


def _overridden(text: str, span: Span) -> Iterator[PackageRequirement | Unread]:
    try:
        found = requirement(text, span)
    except Malformed as error:
        yield Unread(span, "pdm", str(error))
        return
    yield msgspec.structs.replace(found, scope="constraint", override=True)


def _source(span: Span, entry: dict[str, Any], ordered: bool) -> PackageIndex:
    """PDM's source: one named `pypi` replaces the default, one with packages is theirs alone."""
    url = without_credentials(text_of(entry, "url"))
    name = text_of(entry, "name")
    role = "primary" if name == "pypi" else "extra"
    if entry.get("include_packages"):
        role = "explicit"
    if text_of(entry, "type") == "find_links":
        role = "links"
    return PackageIndex(
        span,
        "pdm",
        role,
        url,
        name,
        strategy="ordered" if ordered else "",
        verify=entry.get("verify_ssl") is not False,
        public=is_public_index(url),
    )
