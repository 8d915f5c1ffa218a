"""Metadata of packages that stand in the tree: unpacked, as an archive, or in conda's records.

Source of the form: PyPA's core metadata (`License-Expression` since PEP 639) and conda's
`conda-meta` records.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies.specification import normalised
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.dependencies import PackageLicence

VERSION = 1

_DESCRIBES = re.compile(r"\.dist-info/METADATA\Z|(?:\A|/)PKG-INFO\Z")
_OWN = re.compile(r"(?:src/)?(?:[^/]+\.egg-info/)?PKG-INFO\Z")
_CONDA = re.compile(r"(?:\A|/)conda-meta/[^/]+-[^/-]+-[^/-]+\.json\Z")
_HEADER = re.compile(r"([A-Za-z][A-Za-z-]{0,40}):[ \t]*(.*)")
_CLASSIFIER = "License ::"
_SIZE_LIMIT = 1024 * 1024
_MEMBER_LIMIT = 100_000
_LONGEST = 120
_SAYS_NOTHING = frozenset(("", "unknown", "none", "n/a", "see license", "license.txt", "license"))


class _CondaRecord(msgspec.Struct):
    name: str = ""
    version: str = ""
    license: Any = None


def claims(path: str, head: bytes) -> bool:
    """Files of the fixed names, and wheels."""
    if path.endswith(".whl"):
        return head.startswith(b"PK")
    return _DESCRIBES.search(path) is not None or _CONDA.search(path) is not None


def read(source: Source) -> Iterator[PackageLicence | Unread]:
    """The package's name, version and licence, whatever it says of the last."""
    if source.path.endswith(".json"):
        yield _of_conda(source)
        return
    content = _in_wheel(source) if source.path.endswith(".whl") else _start(source)
    headers = _headers(content.decode("utf-8", "replace"))
    name = normalised(headers.get("name", [""])[0])
    if not name:
        raise Unreadable("metadata without a name")
    version = headers.get("version", [""])[0]
    own = _OWN.match(source.path) is not None
    yield PackageLicence(source.span(), "pypi", name, version, _licence(headers), own)


def _start(source: Source) -> bytes:
    """The headers stand before the description, which may be long."""
    with source.open() as stream:
        return stream.read(_SIZE_LIMIT)


def _in_wheel(source: Source) -> bytes:
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if len(names) > _MEMBER_LIMIT:
                raise Unreadable(f"more than {_MEMBER_LIMIT:,} files")
            for name in sorted(names):
                if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                    with archive.open(name) as member:
                        return member.read(_SIZE_LIMIT)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"not a whole wheel: {error}") from None
    raise Unreadable("a wheel without metadata")


def _headers(text: str) -> dict[str, list[str]]:
    """The fields before the first empty line, by name in lower case."""
    found: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in text.splitlines():
        if not line.strip():
            break
        header = _HEADER.match(line)
        if header and not line[0].isspace():
            last = found.setdefault(header.group(1).lower(), [])
            last.append(header.group(2).strip())
        elif last is not None:
            last[-1] += "\n" + line.strip()
    return found


def _licence(headers: dict[str, list[str]]) -> str:
    """The expression, else the classifiers, else the field if it is a name and no whole text."""
    for text in headers.get("license-expression", []):
        if text:
            return text[:_LONGEST]
    classified = [
        text.rpartition("::")[2].strip()
        for text in headers.get("classifier", [])
        if text.startswith(_CLASSIFIER) and text.count("::") > 1
    ]
    if classified:
        return " AND ".join(sorted(set(classified)))[:_LONGEST]
    return _short("".join(headers.get("license", [""])[:1]))


def _short(text: str) -> str:
    first = text.split("\n")[0].strip()
    return "" if first.lower() in _SAYS_NOTHING or len(first) > _LONGEST else first


def _of_conda(source: Source) -> PackageLicence:
    try:
        record = msgspec.json.decode(source.data, type=_CondaRecord)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable("not a record of an installed conda package") from None
    if not record.name:
        raise Unreadable("a record without a name")
    licence = _short(record.license) if isinstance(record.license, str) else ""
    return PackageLicence(source.span(), "conda", record.name.lower(), record.version, licence)
