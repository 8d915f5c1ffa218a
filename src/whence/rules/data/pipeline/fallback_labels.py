"""Labels that nobody knows and that code turns into one it knows, instead of refusing the row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.sources.fetches import closure
from whence.rules.data.sources.programs import Code
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Compare,
    Const,
    Function,
    Item,
)

_LABEL = re.compile(
    r"(?i)^(?:\w+_)?(?:labels?|target|class|category_id|sentiment|polarity|verdict)(?:_id|_name)?$"
)
_NO_LABEL = re.compile(
    r"(?i)|unk(?:nown)?|<unk>|other|none|null|nan|n/?a|missing|invalid|ignore|\?|-"
)
_ROWS = frozenset(
    {"DictReader", "reader", "loads", "iterrows", "itertuples", "to_dict", "load_dataset", "json", "read_csv", "read_json",
     "iter_rows", "fetchall", "read_parquet", "splitlines", "YAML", "safe_load"}
)  # fmt: skip


def fallback_labels(code: Code) -> Iterator[tuple[Function, Span, str]]:
    """Places of a file where a row's unknown label becomes a constant, and that constant."""
    for function in code.module.functions:
        if not _reads_rows(function):
            continue
        for index, value in enumerate(function.values):
            fallback = _looked_up(function, value) or _chosen(function, value)
            if fallback:
                yield function, code.module.place(function.lines[index]), fallback


def _reads_rows(function: Function) -> bool:
    """Whether a function takes rows apart."""
    for value in function.values:
        if isinstance(value, Call):
            callee = function.values[value.callee]
            name = getattr(callee, "name", "") or getattr(callee, "dotted", "").rpartition(".")[2]
            if name in _ROWS:
                return True
    return False


def _looked_up(function: Function, value: object) -> str:
    """The default of `KNOWN.get(row["label"], "neutral")`."""
    if not isinstance(value, Call) or len(value.args) != 2 or value.keywords:
        return ""
    callee = function.values[value.callee]
    if not isinstance(callee, Attribute) or callee.name != "get":
        return ""
    return _constant(function, value.args[1]) if _is_label(function, value.args[0]) else ""


def _chosen(function: Function, value: object) -> str:
    """The constant of `row["label"] if row["label"] in KNOWN else "neutral"`."""
    if not isinstance(value, Choice) or len(value.options) != 2:
        return ""
    kept, other = value.options
    if not _is_label(function, kept):
        kept, other = other, kept
    if not _is_label(function, kept) or not _is_tested(function, kept):
        return ""
    return _constant(function, other)


def _is_tested(function: Function, label: int) -> bool:
    """Whether the function asks if this label is a known one."""
    key = _key(function, label)
    return any(
        isinstance(value, Compare)
        and value.operator in ("in", "not in")
        and any(_key(function, at) == key for at in closure(function, value.left))
        for value in function.values
    )


def _is_label(function: Function, index: int) -> bool:
    """Whether a value is a row's label, also stripped or in lower case."""
    value = function.values[index]
    for _ in range(4):
        if not isinstance(value, Call):
            break
        callee = function.values[value.callee]
        inner = (
            callee.base if isinstance(callee, Attribute) else value.args[0] if value.args else -1
        )
        if inner < 0:
            return False
        index, value = inner, function.values[inner]
    return _LABEL.match(_key(function, index)) is not None


def _key(function: Function, index: int) -> str:
    """The column that `row["label"]` or `row.label` names."""
    value = function.values[index]
    if isinstance(value, Item):
        key = function.values[value.key]
        return str(key.value) if isinstance(key, Const) else ""
    return value.name if isinstance(value, Attribute) else ""


def _constant(function: Function, index: int) -> str:
    value = function.values[index]
    if isinstance(value, Const) and isinstance(value.value, str) and value.kind != "bytes":
        return "" if _NO_LABEL.fullmatch(value.value) else value.value
    return ""
