"""Labelled texts and features (CSV, TSV, JSON lines, JSON records) → what their numbers show of tampering with the data.

At most 64 MiB and 200,000 rows of a file are read; what lies beyond is reported as unread.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import msgspec

from whence.readers.contract import TEXT_LIMIT, Source, Unreadable
from whence.readers.data.feature_words import Features
from whence.readers.data.json_records import LARGEST, begins_records, flat, records_in
from whence.readers.data.label_extract import counts_of, kept_of, suspects_kept
from whence.readers.data.label_statistics import Texts
from whence.readers.data.label_tampering import weighed
from whence.readers.data.text_form import encoding_of, is_text
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.datasets import LabelledTexts

VERSION = 2
ROWS = 200_000
LINE = 1024 * 1024
FEATURE_ROWS = 30_000
SAMPLE = 2000
_NAMES = (".csv", ".tsv", ".jsonl", ".ndjson")
_LABEL = re.compile(
    r"(?:label|sentiment|target|class|category|y|stars|rating|intent|polarity|topic|emotion|toxic(?:ity)?"
    r"|is_?(?:spam|toxic|positive)|spam|verdict|outcome|score|stance|airline_sentiment)(?:_?(?:id|name|text))?"
    r"|(?:gold|true|final)_?label|v1"
)
_BESIDE = re.compile(r"category|topic|class|score|outcome|y$")
_TEXT = re.compile(
    r"(?:review|raw|clean(?:ed)?|full|message|comment|customer|user|tweet)?_?(?:text|review|comment|content|prompt"
    r"|sentence|body|message|tweet|utterance|query|question|document|description|post|sms|feedback|title|headline"
    r"|input|remark|note|opinion|passage)s?|v2"
)
_SOURCE = re.compile(
    r"source|origin|annotators?(?:_?id)?|vendor|worker(?:_?id)?|contributor|provider|channel|supplier|site|labell?er"
    r"|dataset|batch|annotated_by|labell?ed_by|platform|feed"
)
_Row = tuple[int, dict[str, str]]


def claims(path: str, head: bytes) -> bool:
    """By the extension; zero bytes are no text but in UTF-16, and JSON must begin with records."""
    low = path.lower()
    return (low.endswith(_NAMES) and is_text(head)) or (
        low.endswith(".json") and begins_records(head)
    )


def read(source: Source) -> Iterator[LabelledTexts | Unread]:
    """One fact for a table with a column of labels and one of texts, or several of numbers."""
    by_keys = source.path.lower().endswith((".jsonl", ".ndjson"))
    with source.open() as stream:
        encoding = encoding_of(stream.read(2))
        stream.seek(0)
        wrapped = io.TextIOWrapper(stream, encoding, "replace", newline="")
        if source.path.lower().endswith(".json"):
            rows = _records(wrapped)
        else:
            rows = _objects(wrapped) if by_keys else _table(wrapped)
        first: list[_Row] = []
        try:
            first.extend(islice(rows, SAMPLE))
            sample = [cells for _, cells in first]
            chosen = _columns(sample)
            label = _label_of_features(sample) if chosen is None else ""
            if chosen is not None:
                texts, left = _gathered(chain(first, rows), chosen)
            elif label and (features := Features(sample, label)).are_enough():
                chosen = "", label, ""
                texts, left = _measured(chain(first, rows), label, features)
            else:
                return
        except csv.Error as error:
            raise Unreadable(f"not a table: {error}") from None
    if texts.rows and 2 <= len(texts.labels) <= 20:
        text, label, _ = chosen
        signals, suspects, tried = weighed(texts)
        counts, totals = counts_of(texts)
        places, kept = kept_of(texts)
        yield LabelledTexts(
            source.span(1), source.path, text, label, texts.rows, tuple(signals),
            tuple(texts.labels), counts, totals, kept,
            suspects_kept(texts, suspects, tried, places),
        )  # fmt: skip
    if left or source.size > (LARGEST if source.path.lower().endswith(".json") else TEXT_LIMIT):
        yield Unread(
            source.span(), "label_signals", f"labels were weighed in the first {texts.rows} rows"
        )


def _gathered(rows: Iterator[_Row], chosen: tuple[str, str, str]) -> tuple[Texts, bool]:
    """The texts, and whether rows were left."""
    texts = Texts()
    for number, (line, cells) in enumerate(rows):
        if number >= ROWS:
            return texts, True
        text, label, origin = (cells.get(name, "").strip() for name in chosen)
        if text and label:
            texts.add(text, label[:60], origin[:60], line)
            if len(texts.labels) > 20:
                return texts, False
    return texts, False


def _measured(rows: Iterator[_Row], label: str, features: Features) -> tuple[Texts, bool]:
    """Rows of features as texts, and whether rows were left."""
    texts = Texts(is_measured=True)
    for number, (line, cells) in enumerate(rows):
        if number >= FEATURE_ROWS:
            return texts, True
        held = cells.get(label, "").strip()
        if held:
            texts.add_words(features.words(cells), held[:60], "", line)
    return texts, False


def _label_of_features(rows: list[dict[str, str]]) -> str:
    """The one column that is named as a label and looks like one; empty without."""
    names = [
        name
        for name in (rows[0] if rows else ())
        if _LABEL.fullmatch(_last(name)) and _is_label([row.get(name, "").strip() for row in rows])
    ]
    return names[0] if len(names) == 1 else ""


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    held = 0
    while held < TEXT_LIMIT:
        line = stream.readline(LINE)
        if not line:
            return
        held += len(line)
        yield line


def _table(stream: io.TextIOWrapper) -> Iterator[_Row]:
    lines = _lines(stream)
    first = next(lines, "")
    delimiter = max(",\t;|", key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter)
    header = [cell.strip() for cell in next(reader, [])]
    named = any(_LABEL.fullmatch(cell.lower()) or _TEXT.fullmatch(cell.lower()) for cell in header)
    names = header if named and len(set(header)) == len(header) else None
    before = reader.line_num
    if names is None:
        names = [f"column {number}" for number in range(1, len(header) + 1)]
        yield 1, dict(zip(names, header, strict=True))
    for row in reader:
        if len(row) >= 2:
            yield before + 1, dict(zip(names, row, strict=False))
        before = reader.line_num


def _records(stream: io.TextIOWrapper) -> Iterator[_Row]:
    for line, value in records_in(stream.read(LARGEST)):
        yield line, _fields(value)


def _objects(stream: io.TextIOWrapper) -> Iterator[_Row]:
    for number, line in enumerate(_lines(stream), 1):
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
        if isinstance(value, dict):
            yield number, _fields(value)


def _fields(value: dict[str, Any]) -> dict[str, str]:
    return {
        str(name): str(held) for name, held in flat(value).items() if isinstance(held, str | int)
    }


def _columns(rows: list[dict[str, str]]) -> tuple[str, str, str] | None:
    """The columns of texts, labels and, where there is one, sources."""
    values: dict[str, list[str]] = {}
    for row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value.strip())
    lengths = {
        name: sum(len(value.split()) for value in held) / len(held) for name, held in values.items()
    }
    texts = [name for name, length in lengths.items() if length >= 2]
    texts = [name for name in texts if 5 * len(set(values[name])) > len(values[name])]
    texts.sort(key=lambda name: (not _TEXT.fullmatch(_last(name)), -lengths[name], name))
    if not texts:
        return None
    labels = [name for name in values if name != texts[0] and _is_label(values[name])]
    labels.sort(key=lambda name: (_rank(name.lower()), name))
    labels = [name for name in labels if not _SOURCE.fullmatch(name.lower())]
    if not labels or not (_LABEL.fullmatch(_last(labels[0])) or len(labels) == 1):
        return None
    sources = [n for n in values if _SOURCE.fullmatch(n.lower()) and n not in (texts[0], labels[0])]
    return texts[0], labels[0], sources[0] if sources else ""


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower()


def _rank(name: str) -> int:
    """Names of labels first, then what may also be a topic beside them, then all others."""
    last = _last(name)
    if not _LABEL.fullmatch(last):
        return 2
    return int(bool(_BESIDE.match(last)))


def _is_label(values: list[str]) -> bool:
    """Whether few short values, each more than once on average, stand there."""
    distinct = {value for value in values if value}
    return (
        2 <= len(distinct) <= 20
        and len(values) >= 2 * len(distinct)
        and all(len(value) <= 40 for value in distinct)
    )
