"""Text data (CSV, TSV, JSON lines; documents and JSON in folders for data) → what people do not see in it.

A file is read in blocks. Where a block has nothing that could be meant it costs one search.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from whence.readers.contract import TEXT_LIMIT, Source
from whence.readers.data.instructions import turn
from whence.readers.data.text_form import is_text, is_utf16
from whence.readers.data.unseen_characters import Trace, escaped, is_suspect, names_of, traces
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.datasets import HiddenText, Sighting

VERSION = 2
BLOCK = 1024 * 1024
LINE = 4 * 1024 * 1024
LINES = 400_000
EXAMPLES = 5
SIGNATURES = 200
LABELS = 50
LABELLED = 20_000
CHANCE = 0.01
_ROWS = (".csv", ".tsv", ".jsonl", ".ndjson")
_DOCUMENTS = (".md", ".markdown", ".rst", ".html", ".htm", ".txt")
_MAYBE = (*_DOCUMENTS, ".json")
_FOLDER = re.compile(
    r"(?:^|/)(?:data|datasets?|corpus|corpora|train|training|knowledge(?:[_-]?base)?|rag|retrieval"
    r"|passages|chunks)/",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:readme|license|licence|notice|changelog|data(?:set)?[_-]?card|requirements)\b"
)
_COMMENT = re.compile(r"<!--.{0,2000}?-->", re.DOTALL)
_FENCED = re.compile(r"(?m)^[ \t]{0,3}(`{3}|~{3}).*?^[ \t]{0,3}\1", re.DOTALL)
_QUOTED = re.compile(r"[\"“„«`‘][^\"”»`’]{0,60}$")
_LABEL = re.compile(
    r"label(?:_?id|s)?|class|target|category|sentiment|stars|rating|intent|y", re.IGNORECASE
)


def claims(path: str, head: bytes) -> bool:
    """By the extension, and by the folder where the extension says little, cards and read-mes left out.

    Zero bytes are no text, but for UTF-16 that says so.
    """
    low = path.lower()
    if low.endswith(_ROWS):
        return is_text(head)
    name = low.rsplit("/", 1)[-1]
    return (
        low.endswith(_MAYBE) and bool(_FOLDER.search(path)) and not _ABOUT.match(name) and is_text(head)
    )  # fmt: skip


def read(source: Source) -> Iterator[HiddenText | Unread]:
    """One fact for the file. Unread for bytes that are no UTF-8, and for what lies past the bounds."""
    found = _Found(source.path)
    strange = 0
    past = ""
    for text, is_clean in _blocks(source):
        if not is_clean and not strange:
            strange = found.rows + 1
        found.look_at(text)
        if found.looked >= LINES:
            past = f"more than {LINES} lines with unusual characters: the rest was not searched"
            break
    else:
        if source.size > TEXT_LIMIT:
            past = f"only the first {TEXT_LIMIT // BLOCK} MiB were searched for hidden text"
    yield HiddenText(source.span(1), source.path, found.rows, found.head, found.sightings())
    if strange:
        reason = "not UTF-8 text: characters that are not seen were not searched for"
        yield Unread(source.span(strange), "hidden_text", reason)
    if past:
        yield Unread(source.span(found.rows), "hidden_text", past)


def _blocks(source: Source) -> Iterator[tuple[str, bool]]:
    """Texts that end with a line, and whether each is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
    taken = 0
    with source.open() as stream:
        if is_utf16(stream.read(2)):
            stream.seek(0)
            yield from _wide(stream)
            return
        stream.seek(0)
        while taken < TEXT_LIMIT:
            block = stream.read(BLOCK)
            if not block:
                return
            block += stream.readline(LINE)
            taken += len(block)
            try:
                yield decoder.decode(block), True
            except UnicodeDecodeError:
                decoder.reset()
                yield block.decode("latin-1").encode("ascii", "replace").decode("ascii"), False


def _wide(stream: BinaryIO) -> Iterator[tuple[str, bool]]:
    wrapped = io.TextIOWrapper(stream, "utf-16", "replace", newline="\n")
    taken = 0
    while taken < TEXT_LIMIT:
        text = wrapped.read(BLOCK)
        if not text:
            return
        text += wrapped.readline(LINE)
        taken += 2 * len(text)
        yield text, "\ufffd" not in text


def _on_one_line(text: str) -> str:
    """A document with each comment on its first line; lines keep their numbers."""
    return _COMMENT.sub(
        lambda found: found.group().replace("\n", " ") + "\n" * found.group().count("\n"), text
    )


def _samples(text: str) -> set[int]:
    """The lines of a document, from 0, that stand between fences: samples."""
    lines: set[int] = set()
    for found in _FENCED.finditer(text):
        first = text.count("\n", 0, found.start())
        lines.update(range(first, first + found.group().count("\n") + 1))
    return lines


def _is_quoted(line: str, said: str) -> bool:
    """Whether a document mentions an order in quotation marks or as code, as an essay about it does."""
    marked = turn(line)
    said = said or (marked.group() if marked else "")
    return said in line and _QUOTED.search(line[: line.index(said)]) is not None


class _Tally:
    """What was found of one kind."""

    def __init__(self) -> None:
        self.rows = 0
        self.lines: list[tuple[int, str]] = []
        self.instruction = ""
        self.characters: dict[str, None] = {}
        self.labels: dict[str, Counter[str]] = {}

    def add(self, number: int, trace: Trace, label: str) -> None:
        self.rows += 1
        if len(self.lines) < EXAMPLES:
            self.lines.append((number, trace.excerpt))
        self.instruction = self.instruction or trace.instruction
        if trace.signature:
            if len(self.characters) < 12:
                self.characters.update(dict.fromkeys(names_of(trace.signature)))
            if trace.signature in self.labels or len(self.labels) < SIGNATURES:
                self.labels.setdefault(trace.signature, Counter())[label] += 1


class _Found:
    """What was found so far, kind by kind, and how labels are spread."""

    def __init__(self, path: str) -> None:
        self.rows = 0
        self.looked = 0
        self.head = ""
        self._escapes = path.lower().endswith((".json", ".jsonl", ".ndjson"))
        self._is_table = path.lower().endswith((".csv", ".tsv"))
        self._is_document = path.lower().endswith(_DOCUMENTS)
        # A JSON document among data is as often a model's configuration, with its template.
        self._is_one_value = path.lower().endswith(".json")
        self._samples: set[int] = set()
        self._delimiter = ","
        self._label: int | None = None
        self._kinds: dict[str, _Tally] = {}
        self._labels: Counter[str] = Counter()

    def look_at(self, text: str) -> None:
        """Adds a block of whole lines."""
        if self._is_document:
            text = _on_one_line(text)
            self._samples = {self.rows + 1 + line for line in _samples(text)}
        # Not splitlines(): that also cuts at separators which stand inside a row.
        lines = text.split("\n")
        if not self.rows:
            self._begin(lines[0])
        for line in lines[: max(LABELLED - self.rows, 0)]:
            label = self._label_of(line)
            if label and len(self._labels) <= LABELS:
                self._labels[label] += 1
        if is_suspect(text, self._escapes):
            for number, line in enumerate(lines, self.rows + 1):
                if is_suspect(line, self._escapes):
                    self._line(number, line)
                    if self.looked >= LINES:
                        break
        self.rows += len(lines) - (not lines[-1])

    def _begin(self, line: str) -> None:
        self.head = escaped(line)
        if self._is_table:
            self._delimiter = max(",\t;|", key=line.count)
            names = [name.strip(' "\r') for name in line.split(self._delimiter)]
            at = [index for index, name in enumerate(names) if _LABEL.fullmatch(name)]
            self._label = at[-1] if at else None

    def _line(self, number: int, line: str) -> None:
        self.looked += 1
        seen: set[str] = set()
        for trace in traces(line, self._escapes):
            if trace.kind == "turn" and self._is_one_value:
                continue
            if trace.kind in ("spoken", "turn") and (
                number in self._samples
                or (self._is_document and _is_quoted(line, trace.instruction))
            ):
                continue
            if trace.kind not in seen:
                seen.add(trace.kind)
                label = self._label_of(line)
                self._kinds.setdefault(trace.kind, _Tally()).add(number, trace, label)
            elif trace.instruction and not self._kinds[trace.kind].instruction:
                self._kinds[trace.kind].instruction = trace.instruction

    def _label_of(self, line: str) -> str:
        if self._label is not None:
            try:
                cells = next(csv.reader([line.rstrip("\r")], delimiter=self._delimiter), [])
            except csv.Error:
                return ""
            return cells[self._label].strip()[:40] if len(cells) > self._label else ""
        if not self._escapes or not line.startswith("{"):
            return ""
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return ""
        held = [value[name] for name in sorted(value) if _LABEL.fullmatch(name)]
        return str(held[0])[:40] if held and isinstance(held[0], str | int) else ""

    def sightings(self) -> tuple[Sighting, ...]:
        """What was found, by kind."""
        return tuple(
            Sighting(kind, tally.rows, tuple(tally.characters), tuple(tally.lines),
                     tally.instruction, self._one_label(tally))
            for kind, tally in sorted(self._kinds.items())
        )  # fmt: skip

    def _one_label(self, tally: _Tally) -> str:
        """The label that the same hidden characters go with, where chance is no likely reason."""
        total = self._labels.total()
        if not 2 <= len(self._labels) <= LABELS:
            return ""
        for labels in tally.labels.values():
            (label, rows), *others = labels.most_common(2)
            usual = max(self._labels[label] - rows, 0) / max(total - rows, 1)
            if label and rows >= 3 and not others and usual**rows < CHANCE:
                return label
        return ""
