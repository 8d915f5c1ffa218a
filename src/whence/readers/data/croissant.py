"""Croissant and data packages: licence, origin, files and columns of a data set.

Facts: the Croissant 1.0 specification (schema.org `Dataset` in JSON-LD; `distribution`,
`recordSet.field`, `isBasedOn`, `rai:` properties) and the Data Package standard (`resources`,
`licenses`, `sources`, `schema.fields`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.data.recorded import beside
from whence.readers.data.structured import json_value, line_of
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact.datasets import (
    DataColumns,
    DataLicence,
    DataOrigin,
    PersonalDataStatement,
)

VERSION = 1
_Found = DataColumns | DataLicence | DataOrigin | PersonalDataStatement | Unread
_ORIGINS = ("isBasedOn", "sameAs", "url", "citeAs", "rai:dataCollection", "creator")
_PERSONAL = ("rai:personalSensitiveInformation", "personalSensitiveInformation")


def claims(path: str, head: bytes) -> bool:
    """JSON-LD that speaks of Croissant or a schema.org Dataset, and `datapackage.json`."""
    if posixpath.basename(path) == "datapackage.json":
        return True
    if not path.endswith((".json", ".jsonld")):
        return False
    return b"croissant" in head or (b'"@type"' in head and b'Dataset"' in head)


def read(source: Source) -> Iterator[_Found]:
    """What the document says of the whole data set and of each of its files."""
    document = json_value(source.text)
    if not isinstance(document, dict):
        raise Unreadable("not a description of a data set")
    if posixpath.basename(source.path) == "datapackage.json":
        yield from _package(source, document)
    else:
        yield from _croissant(source, document)


def _croissant(source: Source, document: dict[str, Any]) -> Iterator[_Found]:
    files = list(_files(source, document))
    subjects = [path for path, _ in files] or [posixpath.dirname(source.path) or "."]
    for licence in _strings(document.get("license")):
        for subject in subjects:
            yield DataLicence(_at(source, licence), subject, licence[:200], "croissant")
    general = [text for key in _ORIGINS for text in _strings(document.get(key))]
    for path, entry in files:
        own = [text for key in ("isBasedOn", "sameAs") for text in _strings(entry.get(key))]
        url = str(entry.get("contentUrl", ""))
        for origin in (own or ([url] if "://" in url else []) or general)[:3]:
            yield DataOrigin(_at(source, origin), path, origin[:200], "croissant")
    for key in _PERSONAL:
        for text in _strings(document.get(key)):
            for subject in subjects:
                yield PersonalDataStatement(
                    _at(source, key), subject, "yes", text[:200], "croissant"
                )
    columns = tuple(dict.fromkeys(_columns(document)))
    if columns:
        span = source.span(line_of(source.text, '"recordSet"'))
        for subject in subjects:
            yield DataColumns(span, subject, columns, "croissant")


def _files(source: Source, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in _list(document.get("distribution")):
        if isinstance(entry, dict):
            url = str(entry.get("contentUrl", ""))
            name = str(entry.get("name") or entry.get("@id") or "")
            path = beside(source.path, url) or beside(source.path, name)
            if path:
                yield path, entry


def _columns(document: dict[str, Any]) -> Iterator[str]:
    for record in _list(document.get("recordSet")):
        for field in _list(record.get("field")) if isinstance(record, dict) else ():
            if isinstance(field, dict):
                source = field.get("source")
                extract = source.get("extract") if isinstance(source, dict) else None
                column = extract.get("column") if isinstance(extract, dict) else None
                yield str(column or field.get("name") or field.get("@id") or "").rpartition("/")[2]


def _package(source: Source, document: dict[str, Any]) -> Iterator[_Found]:
    for resource in _list(document.get("resources")):
        if isinstance(resource, dict):
            path = next((beside(source.path, p) for p in _strings(resource.get("path"))), "")
            if path:
                yield from _resource(source, document, resource, path)


def _resource(
    source: Source, document: dict[str, Any], resource: dict[str, Any], path: str
) -> Iterator[_Found]:
    for entry in _list(resource.get("licenses") or document.get("licenses")):
        licence = _said(entry, "name", "path", "title")
        if licence:
            yield DataLicence(_at(source, licence), path, licence, "datapackage")
    for entry in _list(resource.get("sources") or document.get("sources")):
        origin = _said(entry, "path", "title")
        if origin:
            yield DataOrigin(_at(source, origin), path, origin, "datapackage")
    schema = resource.get("schema")
    fields = _list(schema.get("fields")) if isinstance(schema, dict) else []
    columns = tuple(name for field in fields if (name := _said(field, "name")))
    if columns:
        yield DataColumns(_at(source, columns[0]), path, columns, "datapackage")


def _said(entry: Any, *keys: str) -> str:
    """The first text under one of these keys, cut to 200 characters."""
    found = (entry.get(key) for key in keys) if isinstance(entry, dict) else ()
    return next((text[:200] for text in found if isinstance(text, str) and text), "")


def _at(source: Source, text: str) -> Span:
    return source.span(line_of(source.text, f'"{text}"', text))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _strings(value: Any) -> list[str]:
    """The texts of a JSON-LD value: plain, in a list, or named in an object."""
    found = []
    for item in _list(value)[:100]:
        if isinstance(item, dict):
            item = item.get("@id") or item.get("url") or item.get("name")
        if isinstance(item, str) and item.strip():
            found.append(item)
    return found
