"""pixi's tables, of a pixi.toml or below `[tool.pixi]`: channels, packages, features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.dependencies import conda_specification, poetry_tables
from whence.readers.dependencies.specification import exact_version
from whence.readers.dependencies.toml_lines import Document, Path, text_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import (
    PackageIndex,
    PackageRequirement,
    is_public_index,
    without_credentials,
)

_CONDA = (("dependencies", ""), ("host-dependencies", ""), ("build-dependencies", "build-system"))


def facts(document: Document, base: tuple[str, ...]) -> Iterator[Fact | Unread]:
    """Channels, indexes and requirements below `base`, those of features and platforms included."""
    for place in ("workspace", "project"):
        yield from _channels(document, (*base, place))
    yield from _environment(document, base, "")
    for feature in document.table(*base, "feature"):
        path = (*base, "feature", feature)
        yield from _channels(document, path)
        yield from _environment(document, path, feature)


def _environment(document: Document, base: tuple[str, ...], group: str) -> Iterator[Fact | Unread]:
    for platform in ("", *document.table(*base, "target")):
        path = (*base, "target", platform) if platform else base
        for table, kind in _CONDA:
            for name, entry in document.table(*path, table).items():
                span = document.span(*path, table, name)
                yield from _conda(name, entry, span, group or kind)
        for name, entry in document.table(*path, "pypi-dependencies").items():
            span = document.span(*path, "pypi-dependencies", name)
            yield from _pypi(name, entry, span, group)
    yield from _indexes(document, (*base, "pypi-options"))


def _conda(name: str, entry: Any, span: Span, group: str) -> Iterator[PackageRequirement | Unread]:
    table = {"version": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        yield Unread(span, "pixi", f"{name}: a dependency of no known form")
        return
    if text_of(table, "path") or text_of(table, "git") or text_of(table, "url"):
        yield from _pypi(name, table, span, group)
        return
    version = text_of(table, "version")
    channel = text_of(table, "channel")
    prefix = f"{channel}::" if channel else ""
    operator = "" if version[:1] in "=<>~!*" or not version else " "
    yield from conda_specification.requirement(
        f"{prefix}{name}{operator}{version if version != '*' else ''}", span, group=group
    )


def _pypi(name: str, entry: Any, span: Span, group: str) -> Iterator[PackageRequirement | Unread]:
    """A Python requirement, whose versions are PEP 440's and not Poetry's."""
    table = {"version": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        yield Unread(span, "pixi", f"{name}: a dependency of no known form")
        return
    version = text_of(table, "version")
    version = "" if version == "*" else version
    rest = {key: value for key, value in table.items() if key != "version"}
    for found in poetry_tables.table_requirement(name, rest, span, group):
        if isinstance(found, PackageRequirement) and version:
            found = msgspec.structs.replace(
                found, specifier=version, version=exact_version(version)
            )
        yield found


def _channels(document: Document, base: tuple[str, ...]) -> Iterator[PackageIndex]:
    """The channels in order. pixi takes a package from the first that has it, unless told not to."""
    settings = document.table(*base)
    strategy = text_of(settings, "channel-priority") or "strict"
    found = settings.get("channels")
    for number, entry in enumerate(found if isinstance(found, list) else ()):
        name = entry if isinstance(entry, str) else ""
        if isinstance(entry, dict):
            name = text_of(entry, "channel")
        span = document.span(*base, "channels", number)
        role = "extra" if number else "primary"
        yield PackageIndex(span, "conda", role, without_credentials(name), strategy=strategy)


def _indexes(document: Document, base: tuple[str, ...]) -> Iterator[PackageIndex]:
    settings = document.table(*base)
    strategy = text_of(settings, "index-strategy") or "first-index"
    if text_of(settings, "index-url"):
        place: Path = (*base, "index-url")
        yield _index(document.span(*place), text_of(settings, "index-url"), "primary", strategy)
    for text, span in document.texts(*base, "extra-index-urls"):
        yield _index(span, text, "extra", strategy)


def _index(span: Span, url: str, role: str, strategy: str) -> PackageIndex:
    bare = without_credentials(url)
    return PackageIndex(span, "uv", role, bare, strategy=strategy, public=is_public_index(bare))
