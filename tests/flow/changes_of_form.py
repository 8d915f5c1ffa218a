"""Changes of a program's form that leave its meaning alone."""

from __future__ import annotations

import ast
import builtins
import copy
import json
from collections.abc import Callable, Iterator

Files = dict[str, str | bytes]
Change = Callable[[ast.Module], ast.Module]


def renamed(tree: ast.Module) -> ast.Module:
    """Every variable and every function has another name."""
    kept = _kept_names(tree)
    mapping = {
        name: f"{name}_{number}" for number, name in enumerate(sorted(_bound_names(tree) - kept))
    }

    class Renamer(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.Name:
            node.id = mapping.get(node.id, node.id)
            return node

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
            node.name = mapping.get(node.name, node.name)
            self.generic_visit(node)
            return node

        visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

        def visit_Global(self, node: ast.Global) -> ast.Global:
            node.names = [mapping.get(name, name) for name in node.names]
            return node

        visit_Nonlocal = visit_Global  # type: ignore[assignment]

    return Renamer().visit(copy.deepcopy(tree))


def through_temporaries(tree: ast.Module) -> ast.Module:
    """Arguments of calls get names of their own before the call."""
    made = iter(range(10_000))

    class Splitter(ast.NodeTransformer):
        def _block(self, body: list[ast.stmt]) -> list[ast.stmt]:
            found: list[ast.stmt] = []
            for statement in body:
                before: list[ast.stmt] = []
                self.generic_visit(statement)
                if isinstance(statement, ast.Assign | ast.Expr | ast.Return) and statement.value:
                    statement.value = _hoisted(statement.value, before, made)
                found.extend([*before, statement])
            return found

        def generic_visit(self, node: ast.AST) -> ast.AST:
            for name in ("body", "orelse", "finalbody"):
                held = getattr(node, name, None)
                if isinstance(held, list) and held and isinstance(held[0], ast.stmt):
                    setattr(node, name, self._block(held))
            for handler in getattr(node, "handlers", []):
                handler.body = self._block(handler.body)
            return node

    changed = copy.deepcopy(tree)
    Splitter().generic_visit(changed)
    return changed


def _hoisted(node: ast.expr, before: list[ast.stmt], made: Iterator[int]) -> ast.expr:
    if isinstance(node, ast.Call):
        node.args = [_named(arg, before, made) for arg in node.args]
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg != "encoding":
                keyword.value = _named(keyword.value, before, made)
    return node


def _named(node: ast.expr, before: list[ast.stmt], made: Iterator[int]) -> ast.expr:
    if not isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.Constant):
        return node
    name = f"part_{next(made)}"
    value = _hoisted(node, before, made)
    before.append(ast.Assign([ast.Name(name, ast.Store())], value))
    return ast.Name(name, ast.Load())


def in_a_decorator(tree: ast.Module) -> ast.Module:
    """Every function stands behind a decorator that passes everything on."""
    changed = copy.deepcopy(tree)
    for node in changed.body:
        if isinstance(node, ast.FunctionDef) and not _yields(node):
            node.decorator_list.append(ast.Name("passing_on", ast.Load()))
    start = _after_imports(changed)
    changed.body[start:start] = ast.parse(
        "import functools\n"
        "def passing_on(function):\n"
        "    @functools.wraps(function)\n"
        "    def inner(*args, **kwargs):\n"
        "        return function(*args, **kwargs)\n"
        "    return inner\n"
    ).body
    return changed


def in_a_class(tree: ast.Module) -> ast.Module:
    """Functions of the module are static methods of one class."""
    changed = copy.deepcopy(tree)
    moved = [n for n in changed.body if isinstance(n, ast.FunctionDef) and not n.decorator_list]
    names = {node.name for node in moved}
    if not moved:
        return changed

    class Caller(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            if node.id in names and isinstance(node.ctx, ast.Load):
                return ast.Attribute(ast.Name("Held", ast.Load()), node.id, ast.Load())
            return node

    at = min(changed.body.index(node) for node in moved)
    rest = [node for node in changed.body if node not in moved]
    for node in moved:
        node.decorator_list = [ast.Name("staticmethod", ast.Load())]
    held = ast.ClassDef("Held", [], [], list(moved), [])
    changed.body = [*rest[:at], held, *rest[at:]]
    return Caller().visit(changed)


def turned_round(tree: ast.Module) -> ast.Module:
    """The functions of the module stand in the opposite order."""
    changed = copy.deepcopy(tree)
    functions = [n for n in changed.body if isinstance(n, ast.FunctionDef) and not n.decorator_list]
    turned = iter(reversed(functions))
    changed.body = [next(turned) if node in functions else node for node in changed.body]
    return changed


def in_a_main_function(tree: ast.Module) -> ast.Module:
    """What the module does at its top happens in a function that it calls."""
    changed = copy.deepcopy(tree)
    stays = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    shared = _names_used_inside(changed)
    above = [
        node
        for node in changed.body
        if isinstance(node, stays) or _bound_names(ast.Module([node], [])) & shared
    ]
    inside = [node for node in changed.body if node not in above]
    if not inside:
        return changed
    arguments = ast.arguments([], [], None, [], [], None, [])
    main = ast.FunctionDef("main", arguments, inside, [])
    call = ast.Expr(ast.Call(ast.Name("main", ast.Load()), [], []))
    changed.body = [*above, main, call]
    return changed


def with_named_arguments(tree: ast.Module) -> ast.Module:
    """Arguments of the module's own functions are given by name."""
    changed = copy.deepcopy(tree)
    parameters = {
        node.name: [arg.arg for arg in node.args.args]
        for node in changed.body
        if isinstance(node, ast.FunctionDef) and not node.args.vararg and not node.args.posonlyargs
    }
    for node in ast.walk(changed):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        names = parameters.get(node.func.id, [])
        plain = not any(isinstance(arg, ast.Starred) for arg in node.args)
        if plain and len(node.args) <= len(names):
            given = [ast.keyword(n, arg) for n, arg in zip(names, node.args, strict=False)]
            node.args, node.keywords = [], [*given, *node.keywords]
    return changed


def in_a_block(tree: ast.Module) -> ast.Module:
    """What functions do happens in a `try` that cleans up."""
    changed = copy.deepcopy(tree)
    for node in ast.walk(changed):
        if isinstance(node, ast.FunctionDef):
            scope = [n for n in node.body if isinstance(n, ast.Global | ast.Nonlocal)]
            rest = [n for n in node.body if n not in scope]
            clean = ast.parse("print('done')").body
            node.body = [*scope, ast.Try(rest, [], [], clean)]
    return changed


def beside_others(tree: ast.Module) -> ast.Module:
    """Functions that nobody calls stand between the others."""
    changed = copy.deepcopy(tree)
    other = ast.parse("def beside(data):\n    return data\n\nclass Beside:\n    data = None\n").body
    start = _after_imports(changed)
    changed.body[start:start] = other
    return changed


CHANGES: tuple[Change, ...] = (
    renamed,
    through_temporaries,
    in_a_decorator,
    in_a_class,
    turned_round,
    in_a_main_function,
    with_named_arguments,
    in_a_block,
    beside_others,
)


def in_one_file(tree: ast.Module) -> Files:
    return {"a.py": _text(tree)}


def in_a_notebook(tree: ast.Module) -> Files:
    """Each statement is a cell."""
    sources = [_text(ast.Module([node], [])) for node in tree.body]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return {"n.ipynb": json.dumps({"nbformat": 4, "cells": cells}, indent=1)}


def in_two_modules(tree: ast.Module) -> Files:
    """Definitions and constants in a package, what happens in a script that imports them."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    shared = _names_used_inside(tree)
    imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    defined = [
        n
        for n in tree.body
        if n not in imports and (isinstance(n, kinds) or _bound_names(ast.Module([n], [])) & shared)
    ]
    rest = [n for n in tree.body if n not in imports and n not in defined]
    rebound = _bound_names(ast.Module(rest, []))
    names = sorted(_bound_names(ast.Module(defined, [])) - rebound)
    if not names or rebound & shared:
        return in_one_file(tree)
    bring = f"from acme.parts import {', '.join(names)}\n"
    return {
        "src/acme/__init__.py": "",
        "src/acme/parts.py": _text(ast.Module([*imports, *defined], [])),
        "src/acme/run.py": bring + _text(ast.Module([*imports, *rest], [])),
    }


LAYOUTS = (in_one_file, in_a_notebook, in_two_modules)


def _text(tree: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _after_imports(tree: ast.Module) -> int:
    kinds = (ast.Import, ast.ImportFrom)
    return next(n for n, node in enumerate(tree.body) if not isinstance(node, kinds))


def _yields(node: ast.FunctionDef) -> bool:
    return any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(node))


def _bound_names(tree: ast.AST) -> set[str]:
    """Names that code gives: variables, functions, classes; no attributes and no parameters."""
    found = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return found | {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def _kept_names(tree: ast.Module) -> set[str]:
    """Names that are more than a variable: of methods, fields, classes, parameters, imports."""
    kept = set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            kept |= {node.name} | _bound_names(ast.Module(node.body, []))
        elif isinstance(node, ast.arg):
            kept.add(node.arg)
        elif isinstance(node, ast.alias):
            kept.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.keyword) and node.arg:
            kept.add(node.arg)
    return kept


def _names_used_inside(tree: ast.Module) -> set[str]:
    """Names that functions and classes read of the module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    inside = [node for node in tree.body if isinstance(node, kinds)]
    used = {n.id for node in inside for n in ast.walk(node) if isinstance(n, ast.Name)}
    return used | {name for node in inside for n in ast.walk(node)
                   if isinstance(n, ast.Global) for name in n.names}  # fmt: skip
