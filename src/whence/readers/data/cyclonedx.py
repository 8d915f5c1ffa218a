"""CycloneDX documents, as far as they record digests and origins of files and models.

Facts: CycloneDX 1.6, `components[].hashes`, `evidence.occurrences`, `externalReferences`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.data.recorded import digest_in, recorded
from whence.readers.data.structured import json_value, line_of, mappings
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import ModelOrigin

VERSION = 1
_KINDS = ("file", "machine-learning-model", "data")


def claims(path: str, head: bytes) -> bool:
    """JSON that says it is CycloneDX."""
    return b'"CycloneDX"' in head and b'"bomFormat"' in head


def read(source: Source) -> Iterator[RecordedDigest | ModelOrigin | Unread]:
    """Digests of components that are files, models or data."""
    document = json_value(source.text)
    if not isinstance(document, dict):
        raise Unreadable("not a CycloneDX document")
    for _, component in mappings(document.get("components")):
        if component.get("type") in _KINDS and isinstance(component.get("hashes"), list):
            yield from _component(source, component)


def _component(source: Source, component: dict[str, Any]) -> Iterator[RecordedDigest | ModelOrigin]:
    places = _places(component)
    for entry in component["hashes"]:
        content = entry.get("content") if isinstance(entry, dict) else None
        known = digest_in(content, str(entry.get("alg", ""))) if isinstance(content, str) else None
        for place in places if known else ():
            span = source.span(line_of(source.text, str(content)))
            fact = recorded(span, place, *known, "cyclonedx") if known else None
            if fact is not None:
                yield fact
    for url in _references(component):
        for place in places:
            span = source.span(line_of(source.text, url))
            subject = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), place))
            yield ModelOrigin(span, subject, url, "manifest")


def _places(component: dict[str, Any]) -> list[str]:
    """Where the component stands: its occurrences, otherwise its name."""
    evidence = component.get("evidence")
    occurrences = evidence.get("occurrences") if isinstance(evidence, dict) else None
    found = [
        str(occurrence["location"])
        for occurrence in (occurrences if isinstance(occurrences, list) else ())
        if isinstance(occurrence, dict) and isinstance(occurrence.get("location"), str)
    ]
    name = component.get("name")
    return found or ([name] if isinstance(name, str) else [])


def _references(component: dict[str, Any]) -> Iterator[str]:
    references = component.get("externalReferences")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("type") in ("distribution", "vcs"):
            yield str(reference.get("url", ""))
