"""The JSON of a notebook → its cells, as far as the file can be read.

A file that breaks off, or that holds what strict JSON forbids, still gives the cells before that.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from whence.readers.contract import Source, Unreadable

_HALF = re.compile("[\ud800-\udfff]")
_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Notebook(msgspec.Struct, frozen=True):
    """All cells in order, what the notebook says of itself, and why some cells are missing."""

    text: str
    cells: list[dict[str, Any]]
    metadata: dict[str, Any]
    lost: str = ""


def notebook_of(source: Source) -> Notebook:
    """The cells of a notebook of any version. Raises Unreadable where there are none to be found."""
    try:
        document = msgspec.json.decode(source.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _tolerant(source, str(error))
    if not isinstance(document, dict):
        raise Unreadable("not a notebook: no object at the top")
    metadata = document.get("metadata")
    return Notebook(source.text, _cells(document), metadata if isinstance(metadata, dict) else {})


def code_of(cell: dict[str, Any]) -> str:
    """The text of a cell: `source`, or what older versions call it."""
    return text_of(cell.get("source", cell.get("input", cell.get("code", ""))))


def text_of(value: object) -> str:
    """A text, or a list of its lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str)).rstrip("\n")
    return value.rstrip("\n") if isinstance(value, str) else ""


def _cells(document: dict[str, Any]) -> list[dict[str, Any]]:
    found, sheets = document.get("cells"), document.get("worksheets")
    if found is None and isinstance(sheets, list):
        inside = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        found = [cell for cells in inside if isinstance(cells, list) for cell in cells]
    if not isinstance(found, list):
        raise Unreadable("not a notebook: no list of cells")
    return [cell for cell in found if isinstance(cell, dict)]


def _tolerant(source: Source, reason: str) -> Notebook:
    """The cells of a file that is not quite JSON: each by itself, up to the first that is broken."""
    text = _decoded(source.data)
    decoder = json.JSONDecoder(strict=False)
    at = text.find('"cells"')
    at = text.find("[", at) + 1 if at >= 0 else 0
    if not at:
        raise Unreadable(f"not a notebook: {reason}")
    cells: list[dict[str, Any]] = []
    whole = False
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text) or text[at] == "]":
            whole = at < len(text)
            break
        try:
            cell, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if isinstance(cell, dict):
            cells.append(_plain(cell))
    if not cells and not whole:
        raise Unreadable(f"not a notebook: {reason}")
    return Notebook(text, cells, {}, "" if whole else f"cells after number {len(cells)}: {reason}")


def _decoded(data: bytes) -> str:
    if data[:2] in _MARKS:
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _plain(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell without halves of surrogate pairs, which are no text."""
    told = json.dumps(cell, ensure_ascii=False)
    if not _HALF.search(told):
        return cell
    whole = told.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    clean: dict[str, Any] = json.loads(whole)
    return clean
