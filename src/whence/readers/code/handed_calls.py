"""Calls that hand a function and its arguments to a thread, read as the call that runs there."""

from __future__ import annotations

import ast

# The position of the function among the arguments. Sources: the references of asyncio, anyio, starlette.
_RUNNERS = {"to_thread": 0, "run_sync": 0, "run_in_threadpool": 0, "run_in_executor": 1}


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
