"""The project's Python, as rules ask it: which calls there are, by full name, and with which words.

Names are resolved through imports, aliases, attributes and module variables; words through constants,
defaults, joined paths, configuration files and the callers of a function. What is not known is `?`.
Nothing is concluded about values that are computed: for those the data flow engine has facts.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

import msgspec

from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import (
    AnyValue,
    Attribute,
    Call,
    Choice,
    Closure,
    Const,
    Each,
    Function,
    Item,
    Name,
    Param,
    PythonModule,
    Sequence,
)
from whence.vocabulary.graph import SupplyGraph, asked_once

_DEPTH = 40
_TESTS = frozenset({"tests", "test", "testing", "testdata", "fixtures"})
_SHOWCASES = frozenset({"examples", "example", "docs", "doc", "tutorials", "benchmarks", "samples",
                        "demo", "demos", "cookbook", "recipes", "playground"})  # fmt: skip


class Site(msgspec.Struct, frozen=True, eq=False):
    """A call: where it stands and the full dotted name of what is called."""

    code: Code
    function: Function
    index: int
    name: str

    @property
    def call(self) -> Call:
        found = self.function.values[self.index]
        assert isinstance(found, Call)
        return found

    @property
    def path(self) -> str:
        return self.code.path

    @property
    def tail(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def span(self) -> Span:
        return self.code.module.place(self.function.lines[self.index], self.call.last)

    def argument(self, *wanted: int | str) -> int | None:
        """The value given for the first of these positions or names that the call has."""
        call = self.call
        plain = len(call.args) - len(call.keywords)
        for name in wanted:
            if isinstance(name, int):
                if name < plain:
                    return call.args[name]
            elif name in call.keywords:
                return call.args[plain + call.keywords.index(name)]
        return None

    @property
    def spreads(self) -> bool:
        """Whether some arguments are in a dictionary that is spread."""
        return "**" in self.call.keywords

    @property
    def receiver(self) -> int | None:
        """The value that a method is called on."""
        callee = self.function.values[self.call.callee]
        return callee.base if isinstance(callee, Attribute) else None


class Code:
    """One Python file with its functions by name."""

    def __init__(self, module: PythonModule) -> None:
        self.module = module
        self.path = module.span.path
        self.functions = {function.name: function for function in module.functions}
        self.body = module.functions[0]
        folder, _, file = self.path.rpartition("/")
        stem = file.rpartition(".")[0]
        parts = [part for part in folder.split("/") if part]
        self.folder = parts
        self.parts = parts if stem == "__init__" else [*parts, stem]

    @cached_property
    def is_test(self) -> bool:
        """Whether the file belongs to the tests."""
        return is_test(self.path)

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Every full dotted name that the file's imports give."""
        found = {
            value.dotted
            for function in self.module.functions
            for value in function.values
            if value.__class__ is Name and value.imported
        }
        return tuple(sorted({*found, *self.module.stars}))

    def imports_of(self, *packages: str) -> bool:
        """Whether the file imports one of these top-level packages."""
        return any(name == p or name.startswith(p + ".") for name in self.imports for p in packages)

    @cached_property
    def own_stores(self) -> dict[tuple[str, str], tuple[Function, int]]:
        """What methods first give an attribute of their object, by class and attribute."""
        found: dict[tuple[str, str], tuple[Function, int]] = {}
        for method in self.module.functions:
            for store in method.stores:
                if store.name and isinstance(method.values[store.base], Param):
                    found.setdefault((method.owner, store.name), (method, store.value))
        return found

    def resolved(self, function: Function, name: str) -> tuple[Function, int] | None:
        """What a bare name holds in the enclosing scopes."""
        owner = self.functions.get(function.owner)
        while owner is not None and owner is not function:
            if name in owner.names and (owner.kind != "class" or function.owner == owner.name):
                return owner, owner.names[name]
            function, owner = owner, self.functions.get(owner.owner)
        if function is not self.body and name in self.body.names:
            return self.body, self.body.names[name]
        return None


@lru_cache(maxsize=1 << 14)
def is_test(path: str) -> bool:
    """Whether a file belongs to the tests, by its place and name."""
    *folders, name = path.split("/")
    return (
        any(folder in _TESTS or folder.endswith(("_tests", "-tests")) for folder in folders)
        or name.startswith("test_")
        or name.endswith("_test.py")
        or name == "conftest.py"
    )


@lru_cache(maxsize=1 << 14)
def is_showcase(path: str) -> bool:
    """Whether a file shows how to use something: examples, documentation, benchmarks."""
    return any(folder.lower() in _SHOWCASES for folder in path.split("/")[:-1])


class Programs:
    """All Python of a project."""

    def __init__(self, graph: SupplyGraph) -> None:
        self.graph = graph
        self.codes = [Code(module) for module in graph.facts_of(PythonModule)]
        self.by_path = {code.path: code for code in self.codes}
        self._by_tail: dict[str, list[tuple[Code, Function, int]]] = defaultdict(list)
        self._names: dict[tuple[int, int], str] = {}
        self._callers: dict[tuple[str, str], list[Site]] = {}
        self._by_file: dict[str, dict[str, list[tuple[Function, int]]]] = {}
        for code in self.codes:
            here = self._by_file[code.path] = defaultdict(list)
            for function in code.module.functions:
                for index, value in enumerate(function.values):
                    if value.__class__ is Call:
                        tail = _tail(function.values, value.callee)
                        self._by_tail[tail].append((code, function, index))
                        here[tail].append((function, index))

    def calls(self, *tails: str) -> Iterator[Site]:
        """The calls whose name ends in one of these words, in order of files; tests left out."""
        for tail in tails:
            for code, function, index in self._by_tail.get(tail, ()):
                if not code.is_test:
                    yield self.site(code, function, index)

    def calls_of(self, code: Code, *tails: str) -> Iterator[Site]:
        """As `calls`, in one file."""
        for tail in tails:
            for function, index in self._by_file[code.path].get(tail, ()):
                yield self.site(code, function, index)

    def site(self, code: Code, function: Function, index: int) -> Site:
        """The call at an index, with its full name."""
        value = function.values[index]
        name = self.dotted(code, function, value.callee)  # type: ignore[union-attr]
        return Site(code, function, index, name)

    def calls_in(self, function: Function, code: Code) -> Iterator[Site]:
        """The calls of one function in order."""
        for index, value in enumerate(function.values):
            if value.__class__ is Call:
                yield self.site(code, function, index)

    def dotted(self, code: Code, function: Function, index: int, depth: int = 0) -> str:
        """An expression as a full dotted name, `()` after what is called, `?` for no name."""
        key = (id(function), index)
        known = self._names.get(key)
        if known is None:
            if depth > _DEPTH or index < 0:
                return "?"
            self._names[key] = "?"
            known = self._names[key] = self._dotted(code, function, index, depth)
        return known

    def _dotted(self, code: Code, function: Function, index: int, depth: int) -> str:
        value = function.values[index]
        if isinstance(value, Name):
            return self._dotted_name(code, function, value, depth)
        if isinstance(value, Attribute):
            stored = self.own_attribute(code, function, value)
            if stored is not None:
                return self.dotted(code, stored[0], stored[1], depth + 1)
            return f"{self.dotted(code, function, value.base, depth + 1)}.{value.name}"
        if isinstance(value, Call):
            return f"{self.dotted(code, function, value.callee, depth + 1)}()"
        if isinstance(value, Choice):
            names = [self.dotted(code, function, o, depth + 1) for o in value.options[:4]]
            return next((name for name in names if not name.startswith("?")), "?")
        if isinstance(value, Item | Each):
            return f"{self.dotted(code, function, value.base, depth + 1)}[]"
        if isinstance(value, Param):
            held = next((p for p in function.parameters if p.name == value.name), None)
            return f"{held.annotation}()" if held is not None and held.annotation else "?"
        return value.name if isinstance(value, Closure) else "?"

    def _dotted_name(self, code: Code, function: Function, value: Name, depth: int) -> str:
        held = None if value.imported else code.resolved(function, value.dotted)
        if held is None:
            return value.dotted
        target = held[0].values[held[1]]
        if isinstance(target, Const | Closure):
            return target.name if isinstance(target, Closure) else value.dotted
        return self.dotted(code, held[0], held[1], depth + 1)

    def own_attribute(
        self, code: Code, function: Function, value: Attribute
    ) -> tuple[Function, int] | None:
        """What `self.name` was given in the class: by any of its methods or in its body."""
        base = function.values[value.base]
        owner = code.functions.get(function.owner)
        if not isinstance(base, Param) or owner is None or owner.kind != "class":
            return None
        if not function.parameters or base.name != function.parameters[0].name:
            return None
        stored = code.own_stores.get((owner.name, value.name))
        if stored is not None:
            return stored
        if value.name in owner.names and not isinstance(
            owner.values[owner.names[value.name]], Closure
        ):
            return owner, owner.names[value.name]
        return None

    def callers(self, code: Code, function: Function) -> list[Site]:
        """The calls of a function of the project, by its name and by who can see it."""
        key = (code.path, function.name)
        if key not in self._callers:
            self._callers[key] = list(self._calling(code, function))
        return self._callers[key]

    def _calling(self, code: Code, function: Function) -> Iterator[Site]:
        simple = function.name.rpartition(".")[2]
        if function.kind == "module" or not simple or "#" in simple:
            return
        if simple == "__init__":
            simple = function.owner.rpartition(".")[2]
        found = self._by_tail.get(simple, ())
        for other, where, index in found[:24]:
            callee = where.values[where.values[index].callee]  # type: ignore[union-attr]
            if other is code or self._sees(other, code, callee, simple):
                yield Site(other, where, index, simple)

    def _sees(self, other: Code, code: Code, callee: AnyValue, simple: str) -> bool:
        if isinstance(callee, Name) and callee.imported:
            return _is_module(callee.dotted.rpartition(".")[0], code, other)
        if isinstance(callee, Attribute):
            return code in self.imported_by(other)
        return isinstance(callee, Name) and any(
            _is_module(star, code, other) for star in other.module.stars
        )

    def imported_by(self, code: Code) -> list[Code]:
        """The files of the project that a file imports."""
        return self._imported.get(code.path, [])

    @cached_property
    def _imported(self) -> dict[str, list[Code]]:
        by_last: dict[str, list[Code]] = defaultdict(list)
        for code in self.codes:
            if code.parts:
                by_last[code.parts[-1]].append(code)
        found: dict[str, list[Code]] = {}
        for code in self.codes:
            seen: dict[str, Code] = {}
            for name in code.imports:
                for head in (name, name.rpartition(".")[0]):
                    for other in by_last.get(head.rpartition(".")[2], ()):
                        if other is not code and _is_module(head, other, code):
                            seen[other.path] = other
            found[code.path] = [seen[path] for path in sorted(seen)]
        return found

    def reach(self, starts: list[Code]) -> dict[str, Code]:
        """Files by path: the given ones and all that they import, directly or not."""
        found = {code.path: code for code in starts}
        waiting = list(starts)
        while waiting:
            for other in self.imported_by(waiting.pop()):
                if other.path not in found:
                    found[other.path] = other
                    waiting.append(other)
        return found

    @cached_property
    def options(self) -> dict[str, list[str]]:
        """What the project's own command lines give for options of Python programs, by name."""
        found: dict[str, list[str]] = defaultdict(list)
        for command in self.graph.facts_of(ShellCommand):
            if not any("python" in word or word.endswith(".py") for word in command.argv[:4]):
                continue
            for word, after in zip(command.argv, (*command.argv[1:], ""), strict=True):
                name, equals, value = word.partition("=")
                given = value if equals else after
                if name.startswith("--") and not given.startswith("-"):
                    found[name.lstrip("-").replace("-", "_")].append(given)
        return found

    @cached_property
    def settings(self) -> dict[str, list[ConfigValue]]:
        """Values of configuration files by dotted key."""
        found: dict[str, list[ConfigValue]] = defaultdict(list)
        for value in self.graph.facts_of(ConfigValue):
            found[value.key].append(value)
        return found


@asked_once
def programs_of(graph: SupplyGraph) -> Programs:
    """The Python of a project; several rules ask for the same one in a row."""
    return Programs(graph)


def _is_module(dotted: str, code: Code, asking: Code) -> bool:
    """Whether a dotted name, as one file spells it, means the other file."""
    level = len(dotted) - len(dotted.lstrip("."))
    words = [word for word in dotted[level:].split(".") if word]
    if level:
        return [*asking.folder[: len(asking.folder) - (level - 1)], *words] == code.parts
    return bool(words) and code.parts[-len(words) :] == words


def _tail(values: list[AnyValue], index: int) -> str:
    value = values[index]
    if isinstance(value, Attribute):
        return value.name
    if isinstance(value, Name):
        return value.dotted.rpartition(".")[2]
    if isinstance(value, Closure):
        return value.name.rpartition(".")[2]
    if isinstance(value, Choice) and value.options:
        return _tail(values, value.options[0])
    return ""


def beside(folder: Iterable[str], path: str) -> tuple[str, ...]:
    """The paths of the tree that a path written in a folder's file may mean, nearest first."""
    plain = path.removeprefix("./")
    near = posixpath.normpath(posixpath.join("/".join(folder), plain))
    return tuple(dict.fromkeys((posixpath.normpath(plain), near)))


def items_of(function: Function, index: int) -> tuple[int, ...]:
    """The items of a list or tuple; the value itself where it is none."""
    value = function.values[index]
    return value.items if isinstance(value, Sequence) else (index,)
