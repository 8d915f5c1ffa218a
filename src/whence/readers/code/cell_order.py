"""Names that a notebook's cells need before any cell above gives them.

Run from top to bottom, such a notebook fails or does something else than its author saw: the name
is given further down, or by a cell that was deleted since.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterator

CELLS = 500
_GIVEN = frozenset(dir(builtins)) | {
    "get_ipython", "display", "In", "Out", "exit", "quit", "_", "__", "___", "spark", "sc", "dbutils",
    "__file__", "__name__", "sqlContext", "displayHTML", "table",
}  # fmt: skip


def misplaced(cells: list[str]) -> Iterator[tuple[int, str, str]]:
    """Number of the cell from 1, `later` or `lost`, and the name; the first few of a notebook."""
    parsed = [_parsed(text) for text in cells[:CELLS]]
    if any(tree is None for tree in parsed) or any(_opaque(tree) for tree in parsed if tree):
        return
    used, made = (
        zip(*(_names(tree) for tree in parsed if tree), strict=True) if parsed else ((), ())
    )
    known: set[str] = set()
    told: set[str] = set()
    for number, (needs, gives) in enumerate(zip(used, made, strict=True), 1):
        for name in sorted(needs - known - _GIVEN - told):
            told.add(name)
            later = any(name in other for other in made[number:])
            yield number, "later" if later else "lost", name
        known |= gives


def _parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _opaque(tree: ast.Module) -> bool:
    """Whether code can bring names that it does not spell: `import *`, `exec`, other notebooks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return True
        if isinstance(node, ast.Name) and node.id in ("exec", "globals", "locals", "vars", "eval"):
            return True
    return False


def _names(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Names that the statements of a cell need from above, and those that it gives.

    What functions and classes use inside is left out: they may be called much later.
    """
    needs: set[str] = set()
    gives: set[str] = set()
    for statement in tree.body:
        needs |= _needed(statement) - gives
        gives |= _bound(statement)
    return needs, gives


def _needed(statement: ast.stmt) -> set[str]:
    found: set[str] = set()
    own: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name):
            (found if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            own.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            own |= _bound_by_import(node)
        waiting.extend(ast.iter_child_nodes(node))
    compound = not isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign)
    scoped = {n.id for c in ast.walk(statement) if isinstance(c, ast.comprehension)
              for n in ast.walk(c.target) if isinstance(n, ast.Name)}  # fmt: skip
    walrus = {n.target.id for n in ast.walk(statement) if isinstance(n, ast.NamedExpr)}
    patterns = {n.name for n in ast.walk(statement) if isinstance(n, ast.MatchAs) and n.name}
    return found - scoped - walrus - patterns - (own if compound else set())


def _bound(statement: ast.stmt) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= _bound_by_import(node)
    return found


def _bound_by_import(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
