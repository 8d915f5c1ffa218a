"""The items of long displays and calls past those that are kept: read for what they call only."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

ITEMS_KEPT = 256


def late(*items: list[ast.expr]) -> Iterator[ast.expr]:
    """Those of the later items in which something may be called."""
    for several in items:
        for item in several[ITEMS_KEPT:]:
            if not _is_plain(item) and not _is_row(item):
                yield item


def _is_plain(item: ast.expr | None) -> bool:
    """Whether an item is a constant or a name, with a sign or attributes at most."""
    while isinstance(item, ast.Attribute | ast.UnaryOp):
        item = item.value if isinstance(item, ast.Attribute) else item.operand
    return item is None or isinstance(item, ast.Constant | ast.Name)


def _is_row(item: ast.expr) -> bool:
    parts: Iterable[ast.expr | None]
    if isinstance(item, ast.Tuple | ast.List | ast.Set):
        parts = item.elts
    elif isinstance(item, ast.Dict):
        parts = (*item.keys, *item.values)
    else:
        return False
    return all(_is_plain(part) for part in parts)
