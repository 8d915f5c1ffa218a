"""Home-made registers of data, in JSON, YAML or TOML: a path beside its origin and licence.

A mapping counts where one key names a file or folder and another an origin, a licence, or whether
there is personal data in it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source
from whence.readers.data.recorded import beside
from whence.readers.data.structured import line_of, mappings, parsed
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.datasets import DataLicence, DataOrigin, PersonalDataStatement

VERSION = 1
_LARGEST = 2 * 1024 * 1024
_NAMES = re.compile(
    r"(?:^|[/_.-])(?:data|datasets?|sources?|manifest|register|registry|catalog(?:ue)?|provenance"
    r"|corpora|lineage|inventory)[\w.-]*\.(?:json|ya?ml|toml)$",
    re.IGNORECASE,
)
_MENTIONS = re.compile(rb"licen[cs]e|origin|provenance|personal|source", re.IGNORECASE)
_PATHS = ("path", "file", "filename", "file_name", "location", "target", "local_path", "name")
_ORIGINS = ("origin", "source", "url", "source_url", "provenance", "homepage", "download_url",
            "generated_by", "created_by", "repository", "collected_from", "script")  # fmt: skip
_LICENCES = ("licence", "license", "license_id", "licence_id", "spdx", "terms", "rights")
_PERSONAL = re.compile(r"(?:contains_|has_)?(?:personal_data|pii|personal_information)", re.I)
_BASES = ("legal_basis", "lawful_basis", "basis", "consent", "anonymised", "anonymized", "masked",
          "pseudonymised", "dpia", "privacy_review", "gdpr_basis")  # fmt: skip
_PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*/?")


def claims(path: str, head: bytes) -> bool:
    """By name and by what the beginning speaks of."""
    name = posixpath.basename(path)
    if name in ("datapackage.json", "package.json", "package-lock.json", "tsconfig.json"):
        return False
    return bool(_NAMES.search(path)) and bool(_MENTIONS.search(head)) and b"croissant" not in head


def read(source: Source) -> Iterator[DataOrigin | DataLicence | PersonalDataStatement | Unread]:
    """Facts for every entry that names a path; entries keyed by path count as well.

    A file past 2 MiB is data with a telling name, not a register of data.
    """
    if source.size > _LARGEST:
        return
    for keys, entry in mappings(parsed(source)):
        subjects = list(_subjects(source, keys, entry))
        for subject in subjects:
            yield from _entry(source, subject, entry)


def _subjects(source: Source, keys: tuple[str, ...], entry: dict[str, Any]) -> Iterator[str]:
    """The paths that an entry speaks for, as written and as seen from its folder."""
    named = next((entry[key] for key in _PATHS if isinstance(entry.get(key), str)), "")
    if not named and keys and ("/" in keys[-1] or "." in keys[-1]):
        named = keys[-1]
    if named and _PATH.fullmatch(named) and ("/" in named or "." in named):
        found = {posixpath.normpath(named), beside(source.path, named)}
        yield from sorted(path for path in found if path and not path.startswith("../"))


def _entry(
    source: Source, subject: str, entry: dict[str, Any]
) -> Iterator[DataOrigin | DataLicence | PersonalDataStatement]:
    text = source.text
    start = max(text.find(posixpath.basename(subject)), 0)
    for key in _ORIGINS:
        value = _word(entry.get(key))
        if value:
            span = source.span(_line(text, value, start))
            yield DataOrigin(span, subject, value[:200], "register")
            break
    for key in _LICENCES:
        value = _word(entry.get(key))
        if value:
            span = source.span(_line(text, value, start))
            yield DataLicence(span, subject, value[:200], "register")
            break
    for key, value in entry.items():
        if _PERSONAL.fullmatch(str(key)):
            present = {"True": "yes", "False": "no"}.get(str(value), _said(value))
            basis = next((_word(entry.get(name)) for name in _BASES if entry.get(name)), "")
            span = source.span(_line(text, str(key), start))
            yield PersonalDataStatement(span, subject, present, basis[:200], "register")


def _said(value: Any) -> str:
    text = str(value).strip().lower()
    return "no" if text in ("no", "none", "false", "0", "") else "yes"


def _word(value: Any) -> str:
    if value is True:
        return "yes"
    if isinstance(value, dict):
        value = value.get("name") or value.get("id") or value.get("url")
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.lower() in ("unknown", "n/a", "none", "?", "tbd", "unspecified") else text


def _line(text: str, word: str, start: int) -> int:
    """The line of a word at or near an entry that begins at an offset."""
    at = text.find(word, max(start - 400, 0))
    return text.count("\n", 0, at) + 1 if at >= 0 else line_of(text, word)
