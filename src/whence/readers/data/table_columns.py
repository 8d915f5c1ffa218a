"""Tables of data (CSV, TSV, JSON lines, JSON records) → their columns, with a few values, names and digits masked.

Only the beginning of a file is looked at. What could identify a person is not carried further: of an
e-mail address its domain is kept, of anything else its form.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from whence.readers.contract import Source
from whence.readers.data.json_records import begins_records, flat, records_in
from whence.readers.data.person_marks import marks_in
from whence.readers.data.text_form import encoding_of, is_text
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.datasets import DataColumns

VERSION = 2
HEAD = 64 * 1024
ROWS = 200
COLUMNS = 500
SAMPLES = 3
VALUE = 60
_NAMES = (".csv", ".tsv", ".jsonl", ".ndjson")
_HIDDEN = re.compile(
    r"[*#xX•.-]{3,}(?:@.*)?|[<\[{(].*[>\]})]|(?i:redacted|masked|removed|anonymi[sz]ed|hidden|null|none)"
    r"|[0-9a-fA-F]{16,}|[A-Za-z0-9+/]{40,}={0,2}"
)
_HEADER = re.compile(r"[A-Za-z_][\w .:/()-]{0,60}")


def claims(path: str, head: bytes) -> bool:
    """By the extension; zero bytes are no text but in UTF-16, and JSON must begin with records."""
    low = path.lower()
    return (low.endswith(_NAMES) and is_text(head)) or (
        low.endswith(".json") and begins_records(head)
    )


def read(source: Source) -> Iterator[DataColumns | Unread]:
    """One fact for a table with a header or with keys; none for a file that has neither."""
    with source.open() as stream:
        head = stream.read(HEAD)
        text = head.decode(encoding_of(head), "replace")
    lines = text.splitlines()
    if source.size > HEAD:
        lines = lines[:-1]
    if source.path.lower().endswith(".json"):
        columns, rows = _records(value for _, value in islice(records_in(text), ROWS))
    elif source.path.lower().endswith((".jsonl", ".ndjson")):
        columns, rows = _objects(lines)
    else:
        columns, rows = _table(lines)
    if not columns:
        return
    samples: dict[str, list[str]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, value in row:
            if value and len(samples[name]) < SAMPLES:
                samples[name].append(masked(value))
            people[name].update(mark for _, mark in marks_in(value))
    held = {name: tuple(values) for name, values in samples.items() if values}
    marked = {name: len(marks) for name, marks in people.items() if marks}
    yield DataColumns(source.span(1), source.path, columns, "file", held, marked, len(rows))


_Rows = list[list[tuple[str, str]]]


def _table(lines: list[str]) -> tuple[tuple[str, ...], _Rows]:
    first = lines[0] if lines else ""
    delimiter = max(",\t;|", key=first.count)
    reader = csv.reader(io.StringIO("\n".join(lines[: ROWS + 1])), delimiter=delimiter)
    try:
        table = list(reader)
    except csv.Error:
        return (), []
    header = [cell.strip() for cell in table[0]][:COLUMNS] if table else []
    if len(header) < 2 or len(set(header)) < len(header):
        return (), []
    if not all(_HEADER.fullmatch(cell) for cell in header if cell):
        return (), []
    rows = [list(zip(header, row, strict=False)) for row in table[1:]]
    return tuple(cell for cell in header if cell), rows


def _objects(lines: list[str]) -> tuple[tuple[str, ...], _Rows]:
    found: list[dict[str, Any]] = []
    for line in lines[:ROWS]:
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return _records(found)


def _records(values: Iterable[dict[str, Any]]) -> tuple[tuple[str, ...], _Rows]:
    names: dict[str, None] = {}
    rows: _Rows = []
    for value in values:
        kept = list(flat(value).items())[:COLUMNS]
        names.update((name, None) for name, _ in kept)
        rows.append([(name, held) for name, held in kept if isinstance(held, str)])
    return tuple(names)[:COLUMNS], rows


def masked(value: str) -> str:
    """A value with letters as `x` and digits as `0`; the domain of an e-mail address stays.

    What was masked before, or is a digest, is `***`.
    """
    if _HIDDEN.fullmatch(value.strip()):
        return "***"
    value = value[:VALUE]
    parts = []
    end = 0
    for found in re.finditer(r"@[\w-]+(?:\.[\w-]+)+", value):
        parts += [_form(value[end : found.start()]), found.group()]
        end = found.end()
    return "".join([*parts, _form(value[end:])])


def _form(text: str) -> str:
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", text))
