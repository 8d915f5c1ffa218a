"""Python files → `PythonModule`: what each function does with its values.

Parsed with `ast`, never run. What cannot be parsed is left out by top-level statement and listed.
"""

from __future__ import annotations

import ast
import gc
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from whence.readers.code.legacy import modernised
from whence.readers.code.scope import ModuleScope, Scope
from whence.readers.code.statements import lower_block
from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.program import Function, PythonModule

VERSION = 6
SIZE_LIMIT = 8 * 1024 * 1024
REPAIR_WORK = 4 * 1024 * 1024
_SHEBANG = re.compile(rb"^#![^\n]*\bpython")
_TOP_LEVEL = re.compile(r"^(?![\s#)\]}]|(?:else|elif|except|finally)\b)")
_READER = "python"


def claims(path: str, head: bytes) -> bool:
    """`*.py`, `*.pyw`, `*.pyi` are left to it, and scripts that start with a Python shebang."""
    name = path.rpartition("/")[2]
    if name.endswith((".py", ".pyw")):
        return True
    return "." not in name and _SHEBANG.match(head) is not None


def read(source: Source) -> Iterator[Fact | Unread]:
    """One `PythonModule`, and what of the file had to be left out."""
    if source.size > SIZE_LIMIT:
        raise Unreadable(f"larger than {SIZE_LIMIT // 1024 // 1024} MiB of Python")
    yield from read_code(decoded(source.data), source.path)


def decoded(data: bytes) -> str:
    """Source text by its byte order mark and PEP 263 line; as Latin-1 where these do not fit."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16", "replace")
        return data.decode("latin-1")


def read_code(
    text: str, path: str, lines: list[int] | None = None, cells: list[int] | None = None
) -> Iterator[Fact | Unread]:
    """The module that a text is. `lines` and `cells` translate a notebook's line numbers."""
    with _collector_off():
        body, left_out = parsed(text)
        functions, stars, too_deep = lowered(body, text.count("\n") + 1)
    module = PythonModule(Span(path), functions, stars, lines or [], cells or [])
    yield module
    for first, last, reason in [*left_out, *too_deep]:
        yield Unread(module.place(first, last), _READER, reason, whole=not functions[0].values)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Syntax trees hold no cycles; looking for some while they grow costs a third of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


Left = list[tuple[int, int, str]]


def parsed(text: str) -> tuple[list[ast.stmt], Left]:
    """The top-level statements, and (first line, last line, reason) of those left out."""
    tree = _tree(text)
    if isinstance(tree, ast.Module):
        return tree.body, []
    newer = modernised(text)
    if newer != text:
        retried = _tree(newer)
        if isinstance(retried, ast.Module):
            return retried.body, []
        text, tree = newer, retried
    left_out: Left = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for _ in range(max(3, min(50, REPAIR_WORK // (len(text) + 1)))):
        line, reason = tree
        first, last = _statement_around(lines, min(max(line, 1), len(lines)))
        if all(not kept for kept in lines[first - 1 : last]):
            break
        left_out.append((first, last, f"syntax error in line {line}: {reason}"))
        lines[first - 1 : last] = [""] * (last - first + 1)
        repaired = _tree("\n".join(lines))
        if isinstance(repaired, ast.Module):
            return repaired.body, left_out
        tree = repaired
    left_out.append((1, len(lines), f"syntax error in line {tree[0]}: {tree[1]}"))
    return [], left_out


def _tree(text: str) -> ast.Module | tuple[int, str]:
    """The syntax tree, or the line and the reason why there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            return error.lineno or 1, error.msg
        except ValueError as error:
            return 1, str(error)
        except (RecursionError, MemoryError):
            return 1, "nested too deeply"


def _statement_around(lines: list[str], line: int) -> tuple[int, int]:
    """First and last line of the top-level statement that a line belongs to."""
    first = line
    while first > 1 and not _TOP_LEVEL.match(lines[first - 1] or " "):
        first -= 1
    while first > 1 and lines[first - 2].startswith("@"):
        first -= 1
    last = line
    while last < len(lines) and not _TOP_LEVEL.match(lines[last] or " "):
        last += 1
    return first, last


def lowered(body: list[ast.stmt], last: int) -> tuple[list[Function], list[str], Left]:
    """Functions with the module body first, modules imported with `*`, and what was too deep."""
    module = ModuleScope()
    scope = Scope(module, "<module>", "module", "")
    too_deep: Left = []
    ends = True
    for statement in body:
        known = len(scope.journal), scope.context
        try:
            ends = lower_block(scope, [statement]) and ends
        except RecursionError:
            del scope.journal[known[0] :]
            scope.context = known[1]
            final = statement.end_lineno or statement.lineno
            too_deep.append((statement.lineno, final, "nested too deeply"))
    scope.finish(1, last, [], [], ends, [], {}, False)
    module.functions.insert(0, module.functions.pop())
    return module.functions, module.stars, too_deep
