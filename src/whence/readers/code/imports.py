"""Import statements → names of a scope."""

from __future__ import annotations

from typing import Any

from whence.readers.code.scope import Scope


def lower_import(scope: Scope, node: Any) -> None:
    for alias in node.names:
        if alias.asname:
            bound, dotted = alias.asname, alias.name
        else:
            bound = dotted = alias.name.partition(".")[0]
        _import_name(scope, bound, dotted)
        if alias.name != dotted:
            scope.imported(alias.name)


def lower_import_from(scope: Scope, node: Any) -> None:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            scope.module.stars.append(module)
            continue
        dotted = module + alias.name if module.endswith(".") else f"{module}.{alias.name}"
        _import_name(scope, alias.asname or alias.name, dotted)


def _import_name(scope: Scope, bound: str, dotted: str) -> None:
    if scope.kind == "module":
        scope.module.imports[bound] = dotted
    scope.bind(bound, scope.imported(dotted))
