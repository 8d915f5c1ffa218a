"""Dumps of databases (SQL with rows) → the columns of each table that has rows, with masked values.

Source: the forms of `INSERT INTO` and of PostgreSQL's `COPY … FROM stdin`, as mysqldump, pg_dump and
sqlite write them. Only the beginning of a file is looked at.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator

from whence.readers.contract import Source
from whence.readers.data.person_marks import marks_in
from whence.readers.data.table_columns import SAMPLES, masked
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.datasets import DataColumns

VERSION = 1
HEAD = 512 * 1024
ROWS = 200
_CREATE = re.compile(
    r"(?im)^[ \t]{0,8}create table (?:if not exists )?[`\"\[]?(?:\w{1,60}[`\"\]]?\.[`\"\[]?)?(\w{1,60})[`\"\]]?\s{0,4}\("
)
_COLUMN = re.compile(r"^\s{0,12}[`\"\[]?([A-Za-z_]\w{0,60})[`\"\]]?\s{1,12}[A-Za-z]")
_NO_COLUMN = re.compile(r"(?i)(?:primary|foreign|unique|constraint|key|check|index|fulltext)$")
_ROWS = re.compile(
    r"(?im)^[ \t]{0,8}(?:(insert) into|(copy)) (?:only )?[`\"\[]?(?:\w{1,60}[`\"\]]?\.[`\"\[]?)?(\w{1,60})[`\"\]]?"
    r"\s{0,4}(?:\(([^()]{1,4000})\)\s{0,4})?(?:values\s{0,4}|from stdin;)"
)
_TUPLE = re.compile(r"\(((?:[^()'\\]++|'(?:[^'\\]++|''|\\.)*+')++)\)", re.DOTALL)


def claims(path: str, head: bytes) -> bool:
    """By the extension; a file with zero bytes is no text."""
    return path.lower().endswith((".sql", ".dump")) and b"\0" not in head


def read(source: Source) -> Iterator[DataColumns | Unread]:
    """One fact for each table with rows, at its first row."""
    with source.open() as stream:
        text = stream.read(HEAD).decode("utf-8-sig", "replace")
    columns = dict(_created(text))
    lines: dict[str, int] = {}
    rows: dict[str, list[list[str]]] = defaultdict(list)
    for found in _ROWS.finditer(text):
        table = found[3]
        if found[4]:
            columns[table] = tuple(name.strip(' `"[]\n\r\t') for name in found[4].split(","))
        lines.setdefault(table, text.count("\n", 0, found.start()) + 1)
        if len(rows[table]) < ROWS:
            taken = _copied(text, found.end()) if found[2] else _inserted(text, found.end())
            rows[table].extend(taken)
    for table, line in lines.items():
        names = columns.get(table, ())
        if names and rows[table]:
            yield _described(source, table, line, names, rows[table][:ROWS])


def _described(
    source: Source, table: str, line: int, names: tuple[str, ...], rows: list[list[str]]
) -> DataColumns:
    samples: dict[str, list[str]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, value in zip(names, row, strict=False):
            if value and value.upper() != "NULL" and value != "\\N":
                if len(samples[name]) < SAMPLES:
                    samples[name].append(masked(value))
                people[name].update(mark for _, mark in marks_in(value))
    held = {name: tuple(values) for name, values in samples.items()}
    marked = {name: len(marks) for name, marks in people.items() if marks}
    return DataColumns(
        source.span(line, place=f"table {table}"),
        source.path,
        names,
        "dump",
        held,
        marked,
        len(rows),
    )


def _created(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for found in _CREATE.finditer(text):
        body = text[found.end() : found.end() + 8000]
        names = []
        for part in re.split(r",\s*\n|\n", body.split(";")[0]):
            column = _COLUMN.match(part)
            if column and not _NO_COLUMN.match(column[1]):
                names.append(column[1])
        yield found[1], tuple(names)


def _inserted(text: str, start: int) -> Iterator[list[str]]:
    at = start
    for _ in range(ROWS):
        found = _TUPLE.match(text, at)
        if not found:
            return
        yield next(
            csv.reader([found[1].replace("\n", " ")], quotechar="'", skipinitialspace=True), []
        )
        at = found.end()
        while at < len(text) and text[at] in ", \r\n\t":
            at += 1


def _copied(text: str, start: int) -> Iterator[list[str]]:
    for line in text[start : start + HEAD].lstrip("\r\n").split("\n")[:ROWS]:
        if line.startswith("\\."):
            return
        yield line.rstrip("\r").split("\t")
