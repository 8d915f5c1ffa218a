"""Annotations and base classes → the names in them."""

from __future__ import annotations

import ast

from whence.readers.code.scope import Scope


def dotted_name(scope: Scope, node: ast.expr | None) -> str:  # noqa: C901 - one branch for each kind
    """The full dotted name in an annotation or base class; empty where it is something else."""
    if node is None:
        return ""
    parts: list[str] = []
    while True:
        if node.__class__ is ast.Attribute:
            parts.append(node.attr)
            node = node.value
        elif node.__class__ is ast.Subscript:
            if not parts and dotted_name(scope, node.value).rpartition(".")[2] in (
                "Annotated",
                "Optional",
            ):
                inner = node.slice
                node = inner.elts[0] if inner.__class__ is ast.Tuple and inner.elts else inner
                continue
            node = node.value
        elif node.__class__ is ast.BinOp:
            node = node.left
        elif node.__class__ is ast.Constant and isinstance(node.value, str):
            text = node.value.strip()
            if not text.replace(".", "").isidentifier():
                return ""
            first, _, rest = text.partition(".")
            return ".".join(filter(None, (scope.module.imports.get(first, first), rest)))
        elif node.__class__ is ast.Name:
            first = node.id
            return ".".join([scope.module.imports.get(first, first), *reversed(parts)])
        elif node.__class__ is ast.Call and not parts:
            node = node.func
        else:
            return ""


_FILLERS = ("Depends", "Security", "Query", "Path", "Body", "Form", "Header", "Cookie")
_CONSTRAINTS = ("Field", "StringConstraints", "AfterValidator", "BeforeValidator", "constr")


def injected(scope: Scope, annotation: ast.expr | None) -> ast.Call | None:
    """The call in `Annotated[T, Depends(f)]`, which means what the default `Depends(f)` means."""
    return _written_along(scope, annotation, _FILLERS)


def constraint(scope: Scope, annotation: ast.expr | None) -> ast.Call | None:
    """The call that says what a field may hold: `constr(...)`, or one in `Annotated[...]`."""
    if isinstance(annotation, ast.Call) and _last(scope, annotation) in _CONSTRAINTS:
        return annotation
    return _written_along(scope, annotation, _CONSTRAINTS)


def _written_along(
    scope: Scope, annotation: ast.expr | None, names: tuple[str, ...]
) -> ast.Call | None:
    if not isinstance(annotation, ast.Subscript) or not isinstance(annotation.slice, ast.Tuple):
        return None
    for each in annotation.slice.elts[1:]:
        if isinstance(each, ast.Call) and _last(scope, each) in names:
            return each
    return None


def _last(scope: Scope, node: ast.Call) -> str:
    return dotted_name(scope, node.func).rpartition(".")[2]
