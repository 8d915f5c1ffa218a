"""All Python of a project, findable by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from whence.flow.program.module_names import ModuleNames
from whence.flow.program.other_names import ADDS, called_as, in_table, other_names, put_in
from whence.flow.program.spelling import last_name, spelled
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Closure,
    Dict,
    Function,
    Name,
    PythonModule,
    Store,
)


class Scope:
    """One function, class body or module body, with the module and the scope that it stands in."""

    __slots__ = (
        "attributes",
        "children",
        "code",
        "id",
        "klass",
        "module",
        "owner",
        "parameters",
        "receiver",
        "stored",
        "values",
    )

    def __init__(self, module: Module, code: Function, number: int) -> None:
        self.module = module
        self.code = code
        self.values = code.values
        self.id = number
        self.klass: Scope | None = None
        self.owner: Scope | None = None
        self.children: dict[str, Scope] = {}
        self.parameters = {parameter.name: parameter for parameter in code.parameters}
        self.stored: dict[int, list[int]] | None = None
        self.attributes: dict[str, list[tuple[Scope, int]]] | None = None
        self.receiver: str | None = None

    def __repr__(self) -> str:
        return f"{self.module.path}:{self.code.name}"

    def place(self, index: int) -> Span:
        """Where a value stands; a call from its first to its last line."""
        value = self.values[index]
        last = value.last if value.__class__ is Call else 0
        return self.module.fact.place(self.code.lines[index], last)

    def call(self, index: int) -> Call:
        """A value that is known to be a call."""
        value = self.values[index]
        assert value.__class__ is Call
        return value

    @property
    def self_name(self) -> str:
        """The name of the first parameter of a method; empty elsewhere."""
        if self.receiver is None:
            held = self.klass is not None and bool(self.code.parameters) and not self.is_static
            self.receiver = self.code.parameters[0].name if held else ""
        return self.receiver

    @property
    def is_static(self) -> bool:
        """Whether a decorator says `staticmethod`."""
        return any(name.endswith("staticmethod") for name in self.decorator_names)

    @property
    def decorator_names(self) -> list[str]:
        """The dotted names of the decorators, without their arguments."""
        owner = self.owner
        return [spelled(owner, index) for index in self.code.decorators] if owner else []


class Module:
    """One file or notebook."""

    def __init__(self, fact: PythonModule) -> None:
        self.fact = fact
        self.path = fact.span.path
        folder, _, file = self.path.rpartition("/")
        stem = file.rpartition(".")[0] or file
        parts = [part for part in folder.split("/") if part]
        self.is_package = stem == "__init__"
        self.parts = parts if self.is_package else [*parts, stem]
        self.folder = parts
        self.scopes: dict[str, Scope] = {}
        self.imported: set[str] = set()
        self.is_test = (
            any(
                part in ("tests", "test", "testing", "test_utils") or part.endswith("_tests")
                for part in parts
            )
            or file.startswith("test_")
            or file.endswith("_test.py")
            or file == "conftest.py"
        )

    @property
    def body(self) -> Scope:
        """The module's own statements."""
        return self.scopes["<module>"]

    @cached_property
    def imports(self) -> frozenset[str]:
        """The packages of which the module names something."""
        return frozenset(dotted.partition(".")[0] for dotted in self.imported)


class Project:
    """Modules, classes and functions, with look-ups by dotted name.

    `calls` maps the last part of a callee's name to the calls that spell it so; `mentions` maps
    it to the calls that take it as an argument. `tables` are the dictionaries that are written down.
    """

    def __init__(self, facts: Iterable[PythonModule]) -> None:
        self.modules = [Module(fact) for fact in facts]
        self.scopes: list[Scope] = []
        self.calls: dict[str, list[tuple[Scope, int]]] = defaultdict(list)
        self.mentions: dict[str, list[tuple[Scope, int, int]]] = defaultdict(list)
        self.tables: list[tuple[Scope, Dict]] = []
        self._names = ModuleNames(self.modules)
        self._located: dict[tuple[str, str], Located] = {}
        self._ancestry: dict[int, list[Scope | str]] = {}
        self._constructors: dict[int, Scope | None] = {}
        self._aliases: dict[str, set[str]] = defaultdict(set)
        for module in self.modules:
            self._take_in(module)
        for alias, tails in sorted(self._aliases.items()):
            for tail in sorted(tails - {alias}):
                self.calls[tail].extend(self.calls.get(alias, ()))

    def _take_in(self, module: Module) -> None:
        for code in module.fact.functions:
            scope = Scope(module, code, len(self.scopes))
            self.scopes.append(scope)
            module.scopes[code.name] = scope
        for scope in module.scopes.values():
            owner = scope.owner = module.scopes.get(scope.code.owner)
            if owner is not None and owner is not scope:
                owner.children[scope.code.name.rpartition(".")[2]] = scope
                if owner.code.kind == "class":
                    scope.klass = owner
            self._index_calls(scope)

    def _index_calls(self, scope: Scope) -> None:
        values, calls = scope.values, self.calls
        imported = scope.module.imported
        for index, value in enumerate(values):
            if value.__class__ is not Call:
                if value.__class__ is Name and value.imported:
                    imported.add(value.dotted)
                elif value.__class__ is Dict:
                    self.tables.append((scope, value))
                    self._stand_for(in_table(scope, index))
                continue
            callee = values[value.callee]
            if callee.__class__ is Attribute:
                tail = callee.name
                if tail in ADDS and value.args:
                    self._stand_for(put_in(scope, value))
            else:
                tail = called_as(scope, value.callee)
            if tail:
                calls[tail].append((scope, index))
                if tail == "partial":
                    self._partials(scope, index)
            self._index_arguments(scope, index, value)
        self._stand_for(other_names(scope))

    def _index_arguments(self, scope: Scope, index: int, call: Call) -> None:
        for position, arg in enumerate(call.args):
            if scope.values[arg].__class__ in _NAMES:
                self.mentions[last_name(scope.values, arg)].append((scope, index, position))

    def _stand_for(self, names: Iterable[tuple[str, str]]) -> None:
        for alias, tail in names:
            self._aliases[alias].add(tail)

    def calls_spelled(self, names: Iterable[str]) -> list[tuple[Scope, int, Call]]:
        """The calls whose callee's name ends so, in order of modules and lines; no partials."""
        found: dict[tuple[int, int], tuple[Scope, int, Call]] = {}
        for name in names:
            for scope, index in self.calls.get(name, ()):
                call = scope.call(index)
                if last_name(scope.values, call.callee) == name:
                    found[scope.id, index] = (scope, index, call)
        return [found[site] for site in sorted(found)]

    def _partials(self, scope: Scope, index: int) -> None:
        """Remembers the names that stand for what `functools.partial` makes."""
        tail = last_name(scope.values, index)
        for name, held in scope.code.names.items():
            if held == index:
                self._aliases[name].add(tail)
        for store in scope.code.stores:
            if store.value == index and store.name:
                self._aliases[store.name].add(tail)

    @cached_property
    def folders(self) -> frozenset[str]:
        """All folders that modules stand in, at whatever depth."""
        return frozenset(
            "/".join(module.folder[:depth])
            for module in self.modules
            for depth in range(1, len(module.folder) + 1)
        )

    @cached_property
    def classes(self) -> list[Scope]:
        """All classes."""
        return [scope for scope in self.scopes if scope.code.kind == "class"]

    @cached_property
    def attributes_set(self) -> dict[str, list[tuple[Scope, Store]]]:
        """What functions store under an attribute or a global name, by that name."""
        found: dict[str, list[tuple[Scope, Store]]] = defaultdict(list)
        for scope in self.scopes:
            for store in scope.code.stores:
                if store.name and store.key < 0:
                    found[store.name].append((scope, store))
        return found

    @cached_property
    def subclasses(self) -> dict[int, list[Scope]]:
        """Direct subclasses inside the project, by the id of the class."""
        found: dict[int, list[Scope]] = defaultdict(list)
        for klass in self.classes:
            for base in self.bases(klass):
                if isinstance(base, Scope):
                    found[base.id].append(klass)
        return found

    def bases(self, klass: Scope) -> list[Scope | str]:
        """The direct bases: classes of the project, or dotted names."""
        found: list[Scope | str] = []
        for dotted in klass.code.bases:
            target = self.find(dotted, klass.module)
            found.append(target if target is not None and target.code.kind == "class" else dotted)
        return found

    def ancestry(self, klass: Scope) -> list[Scope | str]:
        """The class itself and all bases, nearest first."""
        known = self._ancestry.get(klass.id)
        if known is not None:
            return known
        found = self._ancestry[klass.id] = []
        waiting: list[Scope | str] = [klass]
        while waiting and len(found) < 40:
            item = waiting.pop(0)
            if item in found:
                continue
            found.append(item)
            if isinstance(item, Scope):
                waiting.extend(self.bases(item))
        return found

    def method(self, klass: Scope, name: str) -> Scope | None:
        """The method that a class has or inherits inside the project."""
        for item in self.ancestry(klass):
            if isinstance(item, Scope) and name in item.children:
                return item.children[name]
        return None

    def module_named(self, dotted: str, asking: Module) -> Module | None:
        """The module that an import names, seen from the module that imports."""
        return self._names.module(dotted, asking)

    def find(self, dotted: str, asking: Module, depth: int = 0) -> Scope | None:
        """The function or class that a dotted name means, through re-exports."""
        found = self.locate(dotted, asking, depth)
        return found if isinstance(found, Scope) else None

    def locate(self, dotted: str, asking: Module, depth: int = 0) -> Located:
        """What a dotted name means: a scope, a variable of a module, a module, or nothing here."""
        key = (dotted, asking.path)
        if key not in self._located:
            self._located[key] = None
            self._located[key] = self._locate(dotted, asking, depth)
        return self._located[key]

    def _locate(self, dotted: str, asking: Module, depth: int) -> Located:
        if depth > 8:
            return None
        here = self._in_module(asking, dotted, depth) if not dotted.startswith(".") else None
        if here is not None and not ("." in dotted and isinstance(here, tuple)):
            return here
        head, rest = dotted, ""
        level = len(dotted) - len(dotted.lstrip("."))
        while head.strip("."):
            module = self.module_named(head, asking)
            if module is not None:
                return self._in_module(module, rest, depth + 1) if rest else module
            before, _, last = head.rpartition(".")
            if not before.strip("."):
                package = self.module_named("." * level, asking) if level else None
                if package is not None:
                    return self._in_module(package, f"{last}.{rest}".rstrip("."), depth + 1)
                return None
            rest = f"{last}.{rest}" if rest else last
            head = before
        return None

    def owner_of(self, dotted: str, asking: Module) -> tuple[Owner | None, list[str]]:
        """The variable or class that a longer imported name begins with, and the rest of it."""
        head, rest = dotted, list[str]()
        while True:
            head, _, last = head.rpartition(".")
            if not head.strip("."):
                return None, []
            rest.insert(0, last)
            found = self.locate(head, asking)
            if found is not None:
                return (None if isinstance(found, Module) else found), rest

    def _in_module(self, module: Module, name: str, depth: int) -> Located:
        scope = module.scopes.get(name)
        if scope is not None and scope.code.kind != "module":
            return scope
        first, _, rest = name.partition(".")
        body = module.body
        if first in body.code.names:
            index = body.code.names[first]
            value = body.values[index]
            if value.__class__ is Name and value.imported:
                further = f"{value.dotted}.{rest}" if rest else value.dotted
                if further != name or value.dotted.startswith("."):
                    return self.locate(further, module, depth + 1)
                return None
            if value.__class__ is Closure and not rest:
                return module.scopes.get(value.name)
            return (module, first) if not rest else None
        for star in module.fact.stars:
            other = self.module_named(star, module)
            if other is not None and depth < 8:
                found = self._in_module(other, name, depth + 1)
                if found is not None:
                    return found
        return None

    def constructor(self, klass: Scope) -> Scope | None:
        """The `__init__` that a class runs, inside the project."""
        if klass.id not in self._constructors:
            self._constructors[klass.id] = self.method(klass, "__init__")
        return self._constructors[klass.id]


_NAMES = frozenset({Name, Closure, Attribute})
Owner = Scope | tuple[Module, str]
Located = Owner | Module | None


def is_test(scope: Scope) -> bool:
    """Whether a function stands in the project's tests."""
    return scope.module.is_test
