"""Notebooks: their code cells in order as one module, shell lines, and hazards of cells.

Formats 3 and 4 of nbformat. Nothing is run; outputs are read only for secrets that they show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from whence.readers.code.cell_order import misplaced
from whence.readers.code.python import read_code
from whence.readers.contract import Source, Unreadable
from whence.readers.shell import commands
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import CellHazard

VERSION = 7
CELLS = 2000
OUTPUT_READ = 200_000
_FILLED_IN = re.compile(r"(?<!\$)\{([A-Za-z_][\w.]*)\}")
_CELL_MAGIC = re.compile(r"^%%(\w+)")
_SHELL_MAGICS = frozenset({"bash", "sh", "script", "system", "sx"})
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "python", "python3"})
_BRINGS = re.compile(
    r"(?m)^\s*%(?:run|load_ext|pylab|store|load|reload_ext|%capture|%sql|%R|%bigquery)\b|^%%\w+ +-?\w|^\s*\w+\s*=\s*%"
)
_ASSIGNED = re.compile(r"^(\s*+)(\w[\w, ]*+)=\s*+[!%](.*)$")
_SECRETS = (
    ("an AWS access key", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{34}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----")),
    ("a Slack token", re.compile(r"\bxox[abpr]-[A-Za-z0-9-]{20,}\b")),
    (
        "a password or key",
        re.compile(r"(?i)\b(?:password|secret_key|api_key|access_token)\b['\"]?\s*[:=]\s*['\"]?"
                   r"(?!none|null|\*|x{3}|<|your|example|changeme)[A-Za-z0-9/+_\-]{16,}"),
    ),
)  # fmt: skip


def claims(path: str, head: bytes) -> bool:
    """`*.ipynb`."""
    return path.endswith(".ipynb")


def read(source: Source) -> Iterator[Fact | Unread]:
    """The code of all cells as one module, its shell commands, and what the cells give away."""
    cells = _cells(source)
    places = _Lines(source.text)
    code: list[str] = []
    lines: list[int] = []
    numbers: list[int] = []
    brings_names = False
    texts: list[str] = []
    starts: list[int] = []
    for number, cell in enumerate(cells[:CELLS], 1):
        text = _text(cell.get("source", cell.get("input", cell.get("code", ""))))
        first = len(code)
        start = places.of(text)
        for offset, line in enumerate(text.split("\n")):
            code.append(line)
            lines.append(start[min(offset, len(start) - 1)])
            numbers.append(number)
        brings_names = brings_names or bool(_BRINGS.search(text))
        yield from _magics(source.path, code, lines, first)
        texts.append("\n".join(code[first:]))
        starts.append(lines[first])
        yield from _shown(source.path, cell, number, lines[first])
    if len(cells) > CELLS:
        yield Unread(source.span(), "notebook", f"more than {CELLS} code cells")
    yield from _order(source.path, cells)
    for number, kind, name in [] if brings_names else misplaced(texts):
        place = Span(source.path, starts[number - 1], starts[number - 1], f"cell {number}")
        yield CellHazard(place, kind, name)
    yield from read_code("\n".join(code), source.path, lines or [1], numbers or [1])


def _cells(source: Source) -> list[dict[str, Any]]:
    try:
        document = msgspec.json.decode(source.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a notebook: {error}") from None
    if not isinstance(document, dict):
        raise Unreadable("not a notebook: no object at the top")
    found = document.get("cells")
    if found is None:
        sheets = document.get("worksheets")
        found = [
            cell
            for sheet in (sheets if isinstance(sheets, list) else [])
            if isinstance(sheet, dict)
            for cell in (sheet.get("cells") or [])
        ]
    if not isinstance(found, list):
        raise Unreadable("not a notebook: no list of cells")
    return [c for c in found if isinstance(c, dict) and c.get("cell_type") == "code"]


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str)).rstrip("\n")
    return value.rstrip("\n") if isinstance(value, str) else ""


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


def _magics(path: str, code: list[str], lines: list[int], first: int) -> Iterator[Fact | Unread]:  # noqa: C901 - one branch for each kind
    """Takes magics out of the last cell of `code`; yields the commands of its shell lines."""
    if first >= len(code):
        return
    whole = _CELL_MAGIC.match(code[first])
    if whole and whole.group(1) not in _PYTHON_MAGICS:
        if whole.group(1) in _SHELL_MAGICS:
            text = "\n".join(code[first + 1 :])
            start = lines[min(first + 1, len(lines) - 1)]
            yield from commands(text, start, path, "notebook")
        for index in range(first, len(code)):
            code[index] = ""
        return
    for index in range(first, len(code)):
        line = code[index]
        bare = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        assigned = _ASSIGNED.match(line)
        if bare.startswith(("!", "%")):
            bare = _continued(bare, code, index)
        if bare.startswith("!"):
            yield from commands(_as_shell(bare.lstrip("!")), lines[index], path, "notebook")
            code[index] = indent + _shell_call(bare.lstrip("!"))
        elif bare.startswith("%"):
            words = bare.lstrip("%").split(None, 1)
            if words and words[0] in ("pip", "conda", "mamba"):
                yield from commands(_as_shell(bare.lstrip("%")), lines[index], path, "notebook")
            rest = words[1] if len(words) > 1 else ""
            if words and words[0] == "run" and rest:
                script = rest.removeprefix("-i ").strip()
                yield from commands(f"python {script}", lines[index], path, "notebook")
            code[index] = indent + (rest if words and words[0] in _PYTHON_MAGICS else "pass")
        elif assigned:
            code[index] = f"{assigned.group(1)}{assigned.group(2)} = None"
        elif (bare.endswith("?") or bare.startswith("?")) and not bare.startswith("#"):
            code[index] = indent + "pass"


def _continued(bare: str, code: list[str], index: int) -> str:
    """A shell line with those that it is continued on, which are taken out of the cell."""
    while bare.endswith("\\") and index + 1 < len(code):
        index += 1
        bare = f"{bare}\n{code[index].strip()}"
        code[index] = ""
    return bare


def _as_shell(command: str) -> str:
    """A shell line in which what IPython fills in, such as `{sys.executable}`, is a variable."""
    return _FILLED_IN.sub(lambda found: "${" + re.sub(r"\W", "_", found.group(1)) + "}", command)


def _shell_call(command: str) -> str:
    """A shell line as the call that IPython makes of it: `{name}` and `$name` are filled in."""
    names = re.findall(r"\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)", command)
    used = [one or other for one, other in names]
    if not used:
        return "pass"
    literal = repr(re.sub(r"[{}%]", "", command))
    parts = " + ".join([literal, *(f"str({name})" for name in used)])
    return f"get_ipython().system({parts})"


def _shown(path: str, cell: dict[str, Any], number: int, line: int) -> Iterator[CellHazard]:
    """Secrets that a cell's output shows."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        held = [output.get("text"), *(data.values() if isinstance(data, dict) else [])]
        text = "\n".join(_text(part) for part in held)[:OUTPUT_READ]
        for name, pattern in _SECRETS:
            if pattern.search(text):
                yield CellHazard(Span(path, line, line, f"cell {number}"), "secret", name)
                break


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
