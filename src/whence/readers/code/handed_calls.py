"""Functions handed to something that calls them: threads, pools, `map`, `apply`.

What a thread runs is read as the call that runs there. What is called for each item, or later, is
read as a call beside the one that hands it on.
"""

from __future__ import annotations

import ast
from typing import Any

from whence.readers.code.scope import Scope
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Closure,
    Each,
    Name,
    Param,
    Sequence,
    Star,
)

# The position of the function among the arguments. Sources: the references of asyncio, anyio, starlette.
_RUNNERS = {"to_thread": 0, "run_sync": 0, "run_in_threadpool": 0, "run_in_executor": 1}
# How the function is given its arguments. Sources: the references of the standard library, pandas,
# datasets, polars, dask, Spark, joblib and ray.
_LATER = frozenset({"submit", "call_soon", "call_soon_threadsafe", "spawn", "apply_pipe", "pipe"})
_FOR_EACH = frozenset(
    {"map", "imap", "imap_unordered", "map_async", "amap", "uimap", "map_unordered", "applymap",
     "apply", "progress_apply", "parallel_apply", "progress_map", "map_elements", "map_rows",
     "map_batches", "map_partitions", "flat_map", "flatMap", "mapPartitions", "foreach",
     "foreachPartition", "transform", "filter", "process_map", "thread_map", "reduce", "starmap",
     "starmap_async", "apply_async"}
)  # fmt: skip
_SPREAD = frozenset({"starmap", "starmap_async"})
_PACKED = frozenset({"apply", "apply_async"})
_KEYWORDS = ("function", "func", "fn", "f")
_FUNCTIONS = frozenset({Name, Attribute, Closure, Param})
HANDING = _LATER | _FOR_EACH


def handed(node: ast.Call) -> ast.Call | None:
    """The call that a thread makes; None for any other call."""
    function = node.func
    if function.__class__ is ast.Attribute:
        position = _RUNNERS.get(function.attr)
    elif function.__class__ is ast.Name:
        position = _RUNNERS.get(function.id)
    else:
        return None
    if position is None or len(node.args) <= position:
        return None
    inner = node.args[position]
    if not isinstance(inner, ast.Name | ast.Attribute):
        return None
    made = ast.Call(inner, node.args[position + 1 :], node.keywords)
    return ast.copy_location(made, node)


def call_back(scope: Scope, index: int, name: str) -> None:
    """Adds the call of the function that a call of this name hands on."""
    call: Any = scope.values[index]
    plain = len(call.args) - len(call.keywords)
    keywords = dict(zip(call.keywords, call.args[plain:], strict=True))
    function = (
        call.args[0] if plain else next((keywords[k] for k in _KEYWORDS if k in keywords), -1)
    )
    if function < 0 or scope.values[function].__class__ not in _FUNCTIONS:
        return
    rest = call.args[1:plain]
    names: tuple[str, ...] = ()
    if name in _LATER:
        given = list(rest)
        names = call.keywords
        given.extend(call.args[plain:])
    else:
        given = _items(scope, call, name, rest)
    if given or name in _LATER:
        scope.add(Call(function, tuple(given), names, call.context, call.last))


def _items(scope: Scope, call: Call, name: str, rest: tuple[int, ...]) -> list[int]:
    """The arguments of one of the calls that are made for each item."""
    if name in _PACKED and rest:
        held = scope.values[rest[0]]
        return list(held.items) if held.__class__ is Sequence else []
    if name in _SPREAD:
        return [scope.add(Star(scope.add(Each(base)))) for base in rest[:1]]
    if name == "reduce":
        return [scope.add(Each(base)) for base in rest[:1] for _ in range(2)]
    if rest:
        return [scope.add(Each(base)) for base in rest]
    callee = scope.values[call.callee]
    return [scope.add(Each(callee.base))] if callee.__class__ is Attribute else []
