"""setup.cfg: the declarative metadata of setuptools."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

import msgspec

from whence.readers.contract import Source
from whence.readers.dependencies.ini_lines import Entry, entries
from whence.readers.dependencies.requirements import index_option
from whence.readers.dependencies.specification import (
    Malformed,
    hash_in_fragment,
    normalised,
    requirement,
)
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.dependencies import Include, PackageManifest

VERSION = 2

_GROUPS = {"install_requires": "", "setup_requires": "build-system", "tests_require": "test"}
_INDEX = {"index_url": "--index-url", "index-url": "--index-url", "find_links": "--find-links"}
_DIRECTIVE = re.compile(r"(file|attr):\s*(.+)\Z")


def claims(path: str, head: bytes) -> bool:
    """Files named setup.cfg."""
    return posixpath.basename(path) == "setup.cfg"


def read(source: Source) -> Iterator[Fact | Unread]:
    """The requirements, extras, indexes and metadata of the file."""
    found: list[Entry] = []
    for entry in entries(source):
        if isinstance(entry, Unread):
            yield entry
        else:
            found.append(entry)
    yield _manifest(source, found)
    for entry in found:
        key = entry.key.lower().replace("-", "_")
        if entry.section == "options" and key in _GROUPS:
            yield from _listed(entry, source, _GROUPS[key])
        elif entry.section == "options.extras_require":
            yield from _listed(entry, source, normalised(entry.key))
        elif entry.section == "easy_install" and entry.key in _INDEX:
            for span, word in entry.words(source):
                yield index_option(_INDEX[entry.key], word, span, "pip")


def _manifest(source: Source, found: list[Entry]) -> PackageManifest:
    values = {(entry.section, entry.key.lower().replace("-", "_")): entry.text for entry in found}
    classifiers = values.get(("metadata", "classifiers"), "") + values.get(
        ("metadata", "classifier"), ""
    )
    links = any(values.get(("metadata", key)) for key in ("url", "project_urls", "keywords"))
    described = bool(classifiers or (links and values.get(("metadata", "name"))))
    python = values.get(("options", "python_requires"), "")
    return PackageManifest(
        source.span(),
        "setup.cfg",
        "pip",
        library=described and "Private ::" not in classifiers,
        requires_python=python if re.fullmatch(r"[0-9.,<>=!~* ]+", python) else "",
        name=normalised(values.get(("metadata", "name"), "")),
    )


def _listed(entry: Entry, source: Source, group: str) -> Iterator[Fact | Unread]:
    for span, text in entry.items(source):
        directive = _DIRECTIVE.match(text)
        if directive:
            yield from _directive(directive.group(1), directive.group(2), span)
            continue
        try:
            found = requirement(text, span)
        except Malformed as error:
            yield Unread(span, "setup.cfg", str(error))
            continue
        yield msgspec.structs.replace(found, group=group, hashes=hash_in_fragment(found.url))


def _directive(kind: str, value: str, span: Span) -> Iterator[Include | Unread]:
    if kind == "attr":
        yield Unread(span, "setup.cfg", "code computes the requirements")
        return
    for name in value.split(","):
        folder = posixpath.dirname(span.path)
        target = posixpath.normpath(posixpath.join(folder, name.strip()))
        yield Include(span, target, "requirement")
