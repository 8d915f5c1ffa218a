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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise

from whence.readers.code.large_sources import LARGE, LargeSource
from whence.readers.code.legacy import is_legacy, modernised
from whence.readers.code.magics import noted_magics
from whence.readers.code.newer import older
from whence.readers.code.scope import ModuleScope, Scope
from whence.readers.code.statements import lower_block
from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.program import Function, PythonModule

VERSION = 7
SIZE_LIMIT = 8 * 1024 * 1024
STATEMENTS = 500
FEW = 3
REPAIR_WORK = 4 * 1024 * 1024
_DATABRICKS = "# Databricks notebook source"
_SHEBANG = re.compile(rb"^#![^\n]*\bpython")
_MAGIC = re.compile(r"(?m)^([ \t]*+)[%!][A-Za-z][^\n]*")
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
    text = decoded(source.data)
    if text.startswith(_DATABRICKS):
        yield from noted_magics(source.path, text.split("\n"))
    yield from read_code(text, source.path)


def decoded(data: bytes) -> str:
    """Source text by its byte order mark and PEP 263 line; as Latin-1 where these do not fit."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        data = _without_nulls(data)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return data.decode("latin-1")


def _without_nulls(data: bytes) -> bytes:
    """UTF-16 that no mark tells, as UTF-8; any other null byte as a blank, since Python takes none."""
    head = data[:4096]
    for encoding, nulls in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if nulls.count(0) * 3 > len(nulls) and not head.count(0) * 3 > len(head) * 2:
            return data.decode(encoding, "replace").encode("utf-8", "replace")
    return data.replace(b"\0", b" ")


def read_code(
    text: str, path: str, lines: list[int] | None = None, cells: list[int] | None = None
) -> Iterator[Fact | Unread]:
    """The module that a text is. `lines` and `cells` translate a notebook's line numbers."""
    with _collector_off():
        body, left_out = statements_of(text)
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


def statements_of(text: str) -> tuple[Iterable[ast.stmt], Left]:
    """As `parsed`; the statements of a large text are parsed, and left out, as they are read."""
    if len(text) <= LARGE:
        return parsed(text)
    source = LargeSource(text, parsed)
    return source.statements(), source.left_out


def parsed(text: str) -> tuple[list[ast.stmt], Left]:
    """The top-level statements, and (first line, last line, reason) of those left out."""
    tree = _tree(text)
    if isinstance(tree, ast.Module):
        return tree.body, []
    for other in dict.fromkeys((_MAGIC.sub(r"\1pass", text), older(text), modernised(text))):
        retried = _tree(other) if other != text else tree
        if isinstance(retried, ast.Module):
            return retried.body, []
    return _repaired(older(text) if not is_legacy(text) else modernised(text))


def _repaired(text: str) -> tuple[list[ast.stmt], Left]:
    """The statements that can be parsed when those with an error are left out."""
    tree = _tree(text)
    if isinstance(tree, ast.Module):
        return tree.body, []
    left_out: Left = []
    repaired: ast.Module | tuple[int, str] = tree
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
            if _lost(left_out) <= FEW:
                return repaired.body, left_out
            break
        tree = repaired
    body, others = _by_statement(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if isinstance(repaired, ast.Module) and _lost(left_out) <= _lost(others):
        return repaired.body, left_out
    return body, others


def _lost(left_out: Left) -> int:
    return sum(last - first + 1 for first, last, _ in left_out)


def _by_statement(lines: list[str]) -> tuple[list[ast.stmt], Left]:
    """Each top-level statement parsed by itself; for errors that name no line."""
    starts = [n for n, line in enumerate(lines) if _TOP_LEVEL.match(line or " ")]
    starts = [n for n in starts if not (n and lines[n - 1].startswith("@"))] or [0]
    body: list[ast.stmt] = []
    left_out: Left = []
    for first, last in pairwise([*starts, len(lines)]):
        tree = _tree("\n".join(lines[first:last]))
        if isinstance(tree, ast.Module):
            body.extend(ast.increment_lineno(statement, first) for statement in tree.body)
        else:
            reason = f"syntax error in line {tree[0] + first}: {tree[1]}"
            left_out.append((first + 1, last, reason))
            if len(left_out) > STATEMENTS:
                left_out.append((last + 1, len(lines), "too many statements with syntax errors"))
                break
    return body, left_out


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
    if last > first and last == len(lines) and not lines[-1]:
        last -= 1
    return first, last


def lowered(body: Iterable[ast.stmt], last: int) -> tuple[list[Function], list[str], Left]:
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
