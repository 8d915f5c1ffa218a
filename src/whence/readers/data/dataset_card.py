"""Cards of data in Markdown or text: where data comes from, under which licence, about whom.

Facts: the hub's dataset card metadata (`license`, `source_datasets`, `dataset_info.features`), and the
sentences of any README beside data or at the root that name a data file or folder.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.data.recorded import beside
from whence.readers.data.structured import line_of, yaml_value
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact.datasets import (
    DataColumns,
    DataLicence,
    DataOrigin,
    PersonalDataStatement,
)

VERSION = 5
_Found = DataColumns | DataLicence | DataOrigin | PersonalDataStatement | Unread
_CARD = re.compile(
    r"(?:^|/)(?:README|DATA|DATASETS?|DATA[_-]?CARD|DATASET[_-]?CARD|DATASHEET|PROVENANCE|SOURCES?"
    r"|ORIGIN|[\w.-]*dataset[_-]?card)\.(?:md|markdown|rst|txt)$",
    re.IGNORECASE,
)
_LICENCE_FILE = re.compile(r"(?:^|/)(?:LICEN[CS]E|COPYING|TERMS)[\w-]*(?:\.(?:md|txt|rst))?$", re.I)
_DATA_FOLDER = re.compile(r"(?:^|/)(?:data|datasets?|corpus|corpora|raw)(?:/|$)", re.IGNORECASE)
_FRONT = re.compile(r"\A---\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_URL = re.compile(r"(?:https?|ftp|hf|s3|gs|doi):/{0,2}[^\s)>\]`\"'|]+")
_ADDRESS = re.compile(r"(?<![\w@./-])(?:[a-z\d-]{1,63}\.){1,5}[a-z]{2,6}/[\w./-]+")
_PATH = re.compile(
    r"(?<![\w./-])/?[\w.-]+(?:/[\w.*-]+)+/?|(?<![\w-])[\w-]+\.(?:csv|tsv|jsonl?|parquet|arrow|npz|npy|zip|txt)\b"
)
_MADE = re.compile(
    r"\b(?:synthetic|generated|produced|made|invented|written|created|exported|derived|sampled|labelled"
    r"|annotated|collected|downloaded|obtained|taken|scraped|donated|licen[cs]ed|comes?|came|dump"
    r"|download|source|origin)\b[^\n]{0,200}?\b(?:by|from|with|in-house|internally|using|for this|of)\b"
    r"|\b(?:synthetic)\b",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"\b(?:CC0(?:-1\.0)?|CC[- ]BY(?:[- ](?:NC|SA|ND))*(?:[- ]\d\.\d)?|ODC-?(?:By|BY)(?:-1\.0)?|ODbL(?:-1\.0)?"
    r"|PDDL(?:-1\.0)?|CDLA-[A-Za-z]+-\d\.\d|Apache(?:-| License,? (?:Version )?)2\.0|MIT(?= licen[cs]e|-licen)"
    r"|public domain|GPL-\d\.\d|non-?commercial[^.\n|]{0,40}|research (?:use |purposes )?only"
    r"|academic use only|Creative Commons[^.\n|]{0,60}|Open Government Licen[cs]e|proprietary)",
    re.IGNORECASE,
)
# `Licence: internal`: terms of one's own, said to be the licence.
_SAID = re.compile(
    r"\blicen[cs]e(?:d under)?[*_`]{0,2} {0,2}[:=][*_` ]{0,3}"
    r"(?!unknown|unclear|unspecified|none|not\b|n/a|tbd|todo|other|see\b|ask\b|\?)(\w[^.;,|\n]{1,60})",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(?i)^\W{0,4}(?:data )?(?:licen[cs]e|terms)\W{0,4}$")
_NO_PEOPLE = re.compile(
    r"\b(?:no|without|free of|not contain(?:ing)?(?: any)?|contains no) (?:personal|personally)"
    r"|personal data[.:*_ ]{1,8}(?:none|no)\b|\b(?:anonymi[sz]ed|pseudonymi[sz]ed|masked|redacted)\b"
    r"|de-identified",
    re.IGNORECASE,
)
_BASIS = re.compile(
    r"legal basis|lawful basis|consent(?:ed)?\b|legitimate interest|art(?:icle)?\.? ?6|GDPR"
    r"|privacy review|DPIA|ethics (?:board|approval)|IRB",
    re.IGNORECASE,
)
_LARGEST = 512 * 1024
# A paragraph that names more is a list of files, which says nothing of any of them.
_MOST_PATHS = 50


def claims(path: str, head: bytes) -> bool:
    """By name; licence files only in folders of data."""
    if b"\0" in head or ".egg-info/" in path:
        return False
    folder = posixpath.dirname(path)
    return bool(_CARD.search(path)) or bool(
        _LICENCE_FILE.search(path) and _DATA_FOLDER.search(folder)
    )


def read(source: Source) -> Iterator[_Found]:
    """Front matter speaks for the card's folder, sentences for the paths that they name."""
    if source.size > _LARGEST:
        raise Unreadable("larger than a card")
    folder = posixpath.dirname(source.path) or "."
    if _LICENCE_FILE.search(source.path):
        yield DataLicence(source.span(1), folder, _named_licence(source.text), "licence-file")
        return
    front = _FRONT.match(source.text)
    if front:
        metadata = yaml_value(front[1])
        if isinstance(metadata, dict):
            yield from _metadata(source, folder, metadata)
    yield from _sentences(source, folder)


def _named_licence(text: str) -> str:
    found = _LICENCE.search(text)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "licence file")
    return (found[0] if found else first)[:200]


def _metadata(source: Source, folder: str, metadata: dict[str, Any]) -> Iterator[_Found]:
    if not any(key in metadata for key in _DATASET_KEYS) and not _DATA_FOLDER.search(folder):
        return
    licence = metadata.get("license") or metadata.get("licence")
    for text in licence if isinstance(licence, list) else [licence]:
        if isinstance(text, str) and text.lower() not in ("unknown", "other", ""):
            yield DataLicence(_at(source, text), folder, text[:200], "card")
    for key in ("source_datasets", "source", "origin", "url", "homepage"):
        value = metadata.get(key)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text:
                yield DataOrigin(_at(source, text), folder, text[:200], "card")
    features = metadata.get("dataset_info")
    features = features.get("features") if isinstance(features, dict) else None
    names = [str(f["name"]) for f in features or () if isinstance(f, dict) and f.get("name")]
    if names:
        yield DataColumns(_at(source, "features:"), folder, tuple(names), "card")


_DATASET_KEYS = frozenset(
    {"dataset_info", "source_datasets", "task_categories", "annotations_creators", "task_ids",
     "size_categories", "language_creators", "pretty_name", "configs"}
)  # fmt: skip


def _sentences(source: Source, folder: str) -> Iterator[_Found]:
    """What lines say; in a card beside the data, also of the folder as a whole."""
    own = bool(_DATA_FOLDER.search(folder)) or not source.path.lower().endswith(
        ("readme.md", "readme.rst", "readme.txt", "readme.markdown")
    )
    general = folder if own else ""
    column = -1
    for block, first in _blocks(source.text):
        span = source.span(first, first + block.count("\n"))
        column = _licence_column(block, column)
        paths = sorted(set(_subjects(source, block)))[:_MOST_PATHS]
        origin = _URL.search(block) or _MADE.search(block) or _ADDRESS.search(block)
        licence = _licence_in(block, column)
        nobody, basis = _NO_PEOPLE.search(block), _BASIS.search(block)
        for subject in paths or ([general] if general else []):
            if origin:
                yield DataOrigin(span, subject, origin[0][:200], "card")
            if licence:
                yield DataLicence(span, subject, licence, "card")
        for subject in [*paths, general] if general else paths:
            if nobody:
                yield PersonalDataStatement(span, subject, "no", "", "card")
            elif basis:
                yield PersonalDataStatement(span, subject, "yes", basis[0], "card")


def _licence_column(block: str, before: int) -> int:
    """Which column of the table that a row belongs to holds licences; -1 outside such tables."""
    if not block.lstrip().startswith("|"):
        return -1
    headings = [at for at, cell in enumerate(_cells(block)) if _HEADING.search(cell)]
    return headings[0] if headings else before


def _licence_in(block: str, column: int) -> str:
    """The licence that a paragraph or a row of a table names; empty without one."""
    known = _LICENCE.search(block)
    if known:
        return known[0].strip()[:200]
    said = _SAID.search(block)
    if said:
        return said[1].strip()[:200]
    cells = _cells(block) if column >= 0 else []
    told = cells[column] if 0 <= column < len(cells) else ""
    empty = not re.search(r"\w{2}", told) or re.match(
        r"(?i)unknown|unclear|none|n/a|tbd|todo", told
    )
    return "" if empty or _HEADING.search(told) else told[:200]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _blocks(text: str) -> Iterator[tuple[str, int]]:
    """Paragraphs, and the rows of tables one by one, each with its first line."""
    held: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        is_row = line.lstrip().startswith("|")
        if held and (is_row or not line.strip()):
            yield "\n".join(held), number - len(held)
            held = []
        if is_row:
            yield line, number
        elif line.strip():
            held.append(line)


def _subjects(source: Source, block: str) -> Iterator[str]:
    for word in _PATH.findall(_URL.sub(" ", block)):
        plain = word.rstrip("/.").rstrip("*").rstrip("/")
        if plain.startswith("/"):
            yield posixpath.normpath(plain)
            continue
        for path in {posixpath.normpath(plain), beside(source.path, plain)} if plain else ():
            if path and not path.startswith(("../", "/")) and path != ".":
                yield path


def _at(source: Source, text: str) -> Span:
    return source.span(line_of(source.text, text))
