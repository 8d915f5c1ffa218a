"""Constant values of a build script, found without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice

_DEPTH = 40
_LIMIT = 20_000
_BUDGET = 400_000
_FILE = re.compile(r"[\w./*-]+\.(?:txt|in|pip)\Z")
_LISTS = ("list", "tuple", "sorted", "set")

Text = tuple[str, int]


class Constants:
    """The names that a module binds, and what literals they lead to."""

    def __init__(self, tree: ast.Module) -> None:
        self._bound: dict[str, list[ast.expr]] = {}
        self._functions: dict[str, ast.FunctionDef] = {}
        self._budget = _BUDGET
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(target, node.value)
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value:
                self._bind(node.target, node.value)
            elif isinstance(node, ast.withitem) and node.optional_vars:
                self._bind(node.optional_vars, node.context_expr)
            elif isinstance(node, (ast.For, ast.comprehension)):
                self._bind(node.target, node.iter)
            elif isinstance(node, ast.FunctionDef):
                self._functions[node.name] = node
            elif isinstance(node, ast.Call):
                self._extended(node)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._bound.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            made = ast.Dict(keys=[target.slice], values=[value])
            self._bound.setdefault(target.value.id, []).append(ast.copy_location(made, value))
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self._bind(part, value)

    def _extended(self, node: ast.Call) -> None:
        """`names.append(…)` and `names.extend(…)` add to what the name is bound to."""
        function = node.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            return
        if function.attr in ("append", "extend") and len(node.args) == 1:
            value: ast.expr = node.args[0]
            if function.attr == "append":
                value = ast.copy_location(ast.List(elts=[value], ctx=ast.Load()), value)
            self._bound.setdefault(function.value.id, []).append(value)

    def values(self, name: str) -> list[ast.expr]:
        """Everything that a name is bound to anywhere in the module."""
        return self._bound.get(name, [])

    def function(self, name: str) -> ast.FunctionDef | None:
        """The function of that name."""
        return self._functions.get(name)

    def text(self, value: ast.expr | None) -> str:
        """The one string that an expression stands for, or nothing."""
        found = self.texts(value)
        return found[0][0] if len(found) == 1 else ""

    def texts(self, value: ast.expr | None) -> list[Text]:
        """Every string that an expression lists, with its line; all branches of conditions."""
        found: list[Text] = []
        for leaf in self._bounded(value) if value is not None else ():
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                found.extend(_lines(leaf))
        return list(dict.fromkeys(found))

    def is_complete(self, value: ast.expr) -> bool:
        """Whether the expression is made of literals alone."""
        leaves = self._bounded(value)
        return (
            self._budget > 0
            and len(leaves) < _LIMIT
            and all(isinstance(leaf, ast.Constant) for leaf in leaves)
        )

    def entries(self, value: ast.expr) -> list[tuple[str, ast.expr]]:
        """Keys and values of a dictionary, through names and `dict(…)`."""
        found: list[tuple[str, ast.expr]] = []
        for node in self._through_names(value):
            if isinstance(node, ast.Dict):
                for key, entry in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found.append((key.value, entry))
            elif isinstance(node, ast.Call) and _name(node.func) == "dict":
                found += [(word.arg, word.value) for word in node.keywords if word.arg]
        return found

    def files_read(self, value: ast.expr) -> tuple[str, ...]:
        """Names of text files that an expression mentions, also in the functions that it calls.

        Folders that the code joins before a name belong to it: `os.path.join("reqs", name)`. A `*`
        stands in names that the code looks for: `Path().glob("reqs/*.txt")`.
        """
        found: list[str] = []
        joined: set[str] = set()
        folders: set[str] = set()
        for node in self._mentioned(value, 0, set()):
            parts = _joined(node)
            file = parts[-1] if parts and _FILE.match(parts[-1]) else ""
            if file:
                found.append("/".join(parts).lstrip("/"))
                joined.add(file)
            elif parts and "." not in parts[-1]:
                folders.add("/".join(parts))
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(node, ast.JoinedStr):
                text = self._formatted(node)
                joined.update(_pieces(node))
            if isinstance(text, str) and _FILE.match(text) and text not in joined:
                found.append(text.lstrip("/"))
        folder = next(iter(folders)) + "/" if len(folders) == 1 else ""
        return tuple(dict.fromkeys(n if "/" in n else folder + n for n in found))

    def _formatted(self, text: ast.JoinedStr) -> str:
        """What a formatted string says as far as names lead to one literal; `*` for the rest."""
        return "".join(
            str(part.value)
            if isinstance(part, ast.Constant)
            else self.text(part.value if isinstance(part, ast.FormattedValue) else part) or "*"
            for part in text.values
        )

    def _through_names(self, value: ast.expr) -> Iterator[ast.expr]:
        if isinstance(value, ast.Name):
            yield from self.values(value.id)
        else:
            yield value

    def _bounded(self, value: ast.expr) -> list[ast.expr]:
        found = list(islice(self._leaves(value, 0, frozenset()), min(_LIMIT, self._budget)))
        self._budget -= len(found)
        return found

    def _leaves(self, value: ast.expr, depth: int, seen: frozenset[str]) -> Iterator[ast.expr]:
        """The parts of a list expression that are no lists themselves."""
        if isinstance(value, ast.Name) and value.id not in seen:
            parts, seen = self.values(value.id), seen | {value.id}
        elif isinstance(value, ast.Subscript):
            parts = self._chosen(value)
        elif isinstance(value, ast.Call):
            parts = _called(value)
        else:
            parts = _listed(value)
        if not parts or depth > _DEPTH:
            if not isinstance(value, (ast.List, ast.Tuple, ast.Set)) or depth > _DEPTH:
                yield value
            return
        for part in parts:
            yield from self._leaves(part, depth + 1, seen)

    def _chosen(self, value: ast.Subscript) -> list[ast.expr]:
        """`extras["dev"]` of a dictionary that the module spells out."""
        key = value.slice.value if isinstance(value.slice, ast.Constant) else None
        return [entry for name, entry in self.entries(value.value) if name == key]

    def _mentioned(self, value: ast.AST, depth: int, seen: set[str]) -> Iterator[ast.AST]:
        for node in ast.walk(value):
            yield node
            name = node.id if isinstance(node, ast.Name) else ""
            if not name or name in seen or depth > _DEPTH:
                continue
            seen.add(name)
            function = self.function(name)
            for bound in [*self.values(name), *([function] if function else [])]:
                yield from self._mentioned(bound, depth + 1, seen)


def _joined(node: ast.AST) -> list[str]:
    """The constant parts of a path that the code puts together, by `join` or by `/`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        named = node.func.attr in ("join", "joinpath") and not isinstance(
            node.func.value, ast.Constant
        )
        parts = node.args if named else []
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        parts = [node.right]
        left = node.left
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div):
            parts.insert(0, left.right)
            left = left.left
    else:
        return []
    texts = [part.value for part in parts if isinstance(part, ast.Constant)]
    return [text.strip("/") for text in texts if isinstance(text, str) and text.strip("./")]


def _listed(value: ast.expr) -> list[ast.expr]:
    """The parts of a literal list, a sum or a condition."""
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return value.elts
    if isinstance(value, ast.Starred):
        return [value.value]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return [value.left, value.right]
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    return []


def _called(value: ast.Call) -> list[ast.expr]:
    """What `list(…)` and `"…".split()` are made of."""
    if _name(value.func) in _LISTS and len(value.args) == 1:
        return value.args
    if isinstance(value.func, ast.Attribute) and value.func.attr in ("split", "splitlines"):
        inner = value.func.value
        return [inner] if isinstance(inner, ast.Constant) else []
    return []


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _lines(leaf: ast.Constant) -> Iterator[Text]:
    """A string of several lines lists one requirement a line."""
    for offset, line in enumerate(str(leaf.value).split("\n")):
        text = line.strip()
        if text and not text.startswith("#"):
            yield text, leaf.lineno + offset


def _pieces(text: ast.JoinedStr) -> Iterator[str]:
    """The literal parts of a formatted string, which name nothing by themselves."""
    for part in text.values:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
