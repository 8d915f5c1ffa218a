"""Notebooks: their code cells in order as one module, shell lines, and hazards of cells.

Formats 1 to 4.5 of nbformat. Nothing is run; outputs are read only for secrets that they show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.code.cell_order import misplaced
from whence.readers.code.cell_outputs import secrets_shown
from whence.readers.code.magics import constants, without_magics
from whence.readers.code.notebook_file import code_of, notebook_of
from whence.readers.code.python import read_code
from whence.readers.contract import Source
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import CellHazard

VERSION = 8
CELLS = 2000
_BRINGS = re.compile(
    r"(?m)^\s*%(?:run|load_ext|pylab|store|load|reload_ext|%capture|%sql|%R|%bigquery)\b|^%%\w+ +-?\w|^\s*\w+\s*=\s*%"
)


def claims(path: str, head: bytes) -> bool:
    """`*.ipynb`."""
    return path.endswith(".ipynb")


def read(source: Source) -> Iterator[Fact | Unread]:
    """The code of all cells as one module, its shell commands, and what the cells give away."""
    held = notebook_of(source)
    cells = [cell for cell in held.cells if cell.get("cell_type") == "code"]
    places = _Lines(held.text)
    known = constants([code_of(cell) for cell in cells[:CELLS]])
    code: list[str] = []
    lines: list[int] = []
    numbers: list[int] = []
    brings_names = False
    texts: list[str] = []
    starts: list[int] = []
    for number, cell in enumerate(cells[:CELLS], 1):
        text = code_of(cell)
        first = len(code)
        start = places.of(text)
        for offset, line in enumerate(text.split("\n")):
            code.append(line)
            lines.append(start[min(offset, len(start) - 1)])
            numbers.append(number)
        brings_names = brings_names or bool(_BRINGS.search(text))
        yield from without_magics(source.path, code, lines, first, known)
        texts.append("\n".join(code[first:]))
        starts.append(lines[first])
        yield from _shown(source.path, cell, number, lines[first])
    if len(cells) > CELLS:
        yield Unread(source.span(), "notebook", f"more than {CELLS} code cells")
    if held.lost:
        yield Unread(source.span(), "notebook", held.lost)
    for kind in [*secrets_shown(held.metadata)][:1]:
        yield CellHazard(Span(source.path, 0, 0, "widgets"), "secret", kind)
    yield from _order(source.path, cells)
    for number, kind, name in [] if brings_names or held.lost else misplaced(texts):
        place = Span(source.path, starts[number - 1], starts[number - 1], f"cell {number}")
        yield CellHazard(place, kind, name)
    yield from read_code("\n".join(code), source.path, lines or [1], numbers or [1])


class _Lines:
    """Finds the line of the file on which each line of a cell stands, going forward only."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.at = 0

    def of(self, cell: str) -> list[int]:
        found: list[int] = []
        for line in cell.split("\n"):
            wanted = msgspec.json.encode(line).decode()[1:-1]
            loose = line.encode("ascii", "ignore").decode().strip()
            position = self.at
            while position < len(self.lines):
                candidate = self.lines[position]
                if wanted in candidate or (loose != line.strip() and loose in candidate):
                    break
                position += 1
            if position < len(self.lines) and wanted.strip():
                self.at = position
                found.append(position + 1)
            else:
                found.append(found[-1] if found else self.at + 1)
        return found


def _shown(path: str, cell: dict[str, Any], number: int, line: int) -> Iterator[CellHazard]:
    """Secrets that a cell's outputs show; one for each output."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        for kind in [*secrets_shown(output)][:1]:
            yield CellHazard(Span(path, line, line, f"cell {number}"), "secret", kind)


def _order(path: str, cells: list[dict[str, Any]]) -> Iterator[CellHazard]:
    """Whether cells were last run in another order than they stand in."""
    last = 0
    for number, cell in enumerate(cells[:CELLS], 1):
        count = cell.get("execution_count", cell.get("prompt_number"))
        if isinstance(count, int):
            if count < last:
                detail = f"run as number {count} after a later cell ran as {last}"
                yield CellHazard(Span(path, 0, 0, f"cell {number}"), "order", detail)
                return
            last = count
