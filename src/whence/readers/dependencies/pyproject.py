"""pyproject.toml: PEP 621, PEP 735 groups, the build system, and the tables of the installers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.contract import Source
from whence.readers.dependencies import pdm_tables, pixi_tables, poetry_tables, uv_tables
from whence.readers.dependencies.specification import (
    Malformed,
    hash_in_fragment,
    normalised,
    requirement,
)
from whence.readers.dependencies.toml_lines import Document, text_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import Include, PackageManifest, PackageRequirement

VERSION = 2

_TOOLS = ("uv", "poetry", "pdm", "hatch", "pixi")


def claims(path: str, head: bytes) -> bool:
    """Files named pyproject.toml."""
    return posixpath.basename(path) == "pyproject.toml"


def read(source: Source) -> Iterator[Fact | Unread]:
    """The requirements of every dialect in the file, its indexes, and what it describes."""
    document = Document(source)
    yield from document.bad_lines
    yield _manifest(source, document)
    sources = uv_tables.Sources(document)
    for fact in _standard(document):
        if isinstance(fact, PackageRequirement):
            yield from sources.applied(fact)
        else:
            yield fact
    yield from _build_system(document)
    yield from poetry_tables.facts(document)
    yield from uv_tables.facts(document)
    yield from pdm_tables.facts(document)
    yield from pixi_tables.facts(document, ("tool", "pixi"))
    yield from _hatch(document)
    yield from _dynamic(document)


def _manifest(source: Source, document: Document) -> PackageManifest:
    project = document.table("project")
    poetry = document.table("tool", "poetry")
    tool = next((name for name in _TOOLS if document.table("tool", name)), "pip")
    dynamic = project.get("dynamic")
    return PackageManifest(
        source.span(),
        "pyproject",
        tool,
        library=_is_library(document, project, poetry),
        requires_python=text_of(project, "requires-python")
        or poetry_tables.python_versions(document),
        name=normalised(text_of(project, "name") or text_of(poetry, "name")),
        dynamic=isinstance(dynamic, list) and "dependencies" in dynamic,
    )


def _is_library(document: Document, project: dict[str, Any], poetry: dict[str, Any]) -> bool:
    """Whether the metadata addresses an index's readers: classifiers, links, keywords.

    Only what is built gets published, and a classifier `Private ::` keeps it off the index.
    """
    if "build-backend" not in document.table("build-system"):
        return False
    if document.table("tool", "uv").get("package") is False or poetry.get("package-mode") is False:
        return False
    metadata = {**poetry, **project}
    classifiers = metadata.get("classifiers")
    if not isinstance(classifiers, list):
        classifiers = []
    if any(str(entry).startswith("Private ::") for entry in classifiers):
        return False
    links = ("urls", "homepage", "repository", "documentation")
    said = (
        bool(classifiers),
        any(metadata.get(key) for key in links),
        bool(metadata.get("keywords")),
    )
    return any(said)


def _standard(document: Document) -> Iterator[PackageRequirement | Unread]:
    yield from _listed(document, ("project", "dependencies"), "")
    for extra in document.table("project", "optional-dependencies"):
        path = ("project", "optional-dependencies", extra)
        yield from _listed(document, path, normalised(extra))
    for group in document.table("dependency-groups"):
        yield from _group(document, group, normalised(group))


def _listed(
    document: Document, path: tuple[str, ...], group: str
) -> Iterator[PackageRequirement | Unread]:
    for text, span in document.texts(*path):
        yield from declared(text, span, group)
    yield from document.other_entries(*path)


def _group(document: Document, key: str, group: str) -> Iterator[PackageRequirement | Unread]:
    """The requirements of a PEP 735 group; groups that it includes state their own."""
    entries = document.table("dependency-groups").get(key)
    known = {normalised(name) for name in document.table("dependency-groups")}
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        span = document.span("dependency-groups", key, index)
        if isinstance(entry, str):
            yield from declared(entry, span, group)
        elif isinstance(entry, dict) and "include-group" in entry:
            included = normalised(str(entry["include-group"]))
            if included not in known:
                yield Unread(span, "pyproject", f"includes the group {included}, which is not here")
            elif _reaches(document, included, group):
                yield Unread(
                    span, "pyproject", f"the groups {group} and {included} include each other"
                )
        else:
            yield Unread(span, "pyproject", "a group entry of no known form")


def _reaches(document: Document, start: str, goal: str) -> bool:
    includes: dict[str, set[str]] = {}
    for name, entries in document.table("dependency-groups").items():
        includes[normalised(name)] = {
            normalised(str(entry["include-group"]))
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict) and "include-group" in entry
        }
    waiting, seen = [start], set()
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(includes.get(name, ()))
    return False


def declared(
    text: str, span: Span, group: str = "", scope: str = "manifest"
) -> Iterator[PackageRequirement | Unread]:
    """The requirement in a PEP 508 string, or why there is none."""
    try:
        found = requirement(text, span)
    except Malformed as error:
        yield Unread(span, "pyproject", str(error))
        return
    yield msgspec.structs.replace(
        found, group=group, scope=scope, hashes=hash_in_fragment(found.url)
    )


def _build_system(document: Document) -> Iterator[PackageRequirement | Unread]:
    yield from _listed(document, ("build-system", "requires"), "build-system")


def _hatch(document: Document) -> Iterator[PackageRequirement | Unread]:
    for name in document.table("tool", "hatch", "envs"):
        for key in ("dependencies", "extra-dependencies"):
            for text, span in document.texts("tool", "hatch", "envs", name, key):
                if "{" not in text:
                    yield from declared(text, span, f"hatch-{normalised(name)}")
    for text, span in document.texts("tool", "hatch", "build", "dependencies"):
        yield from declared(text, span, "build-system")


def _dynamic(document: Document) -> Iterator[Include | Unread]:
    """Files that setuptools or a plug-in of Hatch reads; nothing is known of other backends."""
    dynamic = document.table("project").get("dynamic")
    wanted = dynamic if isinstance(dynamic, list) else []
    found = list(_files_read(document)) if wanted else []
    yield from found
    if "dependencies" in wanted and not found:
        span = document.span("project", "dynamic")
        yield Unread(span, "pyproject", "the build backend computes the dependencies")


def _files_read(document: Document) -> Iterator[Include]:
    """The requirements files that tables of the build backends name."""
    setuptools = ("tool", "setuptools", "dynamic")
    hatch = ("tool", "hatch", "metadata", "hooks", "requirements_txt")
    places: list[tuple[str, ...]] = [(*setuptools, "dependencies", "file")]
    places += [(*hatch, "filename"), (*hatch, "files")]
    extras: tuple[str, ...] = (*setuptools, "optional-dependencies")
    places += [(*extras, extra, "file") for extra in document.table(*extras)]
    extras = (*hatch, "optional-dependencies")
    places += [(*extras, extra) for extra in document.table(*extras)]
    for *table, key in places:
        value = document.table(*table).get(key)
        for name in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            span = document.span(*table, key)
            target = posixpath.join(posixpath.dirname(span.path), str(name))
            yield Include(span, posixpath.normpath(target), "requirement")
