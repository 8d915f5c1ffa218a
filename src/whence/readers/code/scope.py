"""One scope of Python code while its body is read: names, values, conditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from whence.vocabulary.fact.program import (
    AnyValue,
    Attribute,
    Choice,
    Const,
    Context,
    Function,
    Name,
    Parameter,
    Store,
    Text,
)

TEXT_KEPT = 4000


class ModuleScope:
    """What all scopes of one module share."""

    def __init__(self) -> None:
        self.functions: list[Function] = []
        self.imports: dict[str, str] = {}
        self.stars: list[str] = []
        self.taken: set[str] = set()


class Scope:
    """Collects the values of one function, class or module body.

    `names` maps a local name to the index of its value, `ever` also where the control has left since. `journal` remembers what a branch
    overwrote, so that leaving the branch costs only what it changed. `parts` holds attributes and
    items that were asked before, until something is stored there: the same words, the same value.
    """

    def __init__(self, module: ModuleScope, name: str, kind: str, owner: str) -> None:
        self.module = module
        self.name = name
        self.kind = kind
        self.owner = owner
        self.values: list[AnyValue] = []
        self.lines: list[int] = []
        self.contexts: list[Context] = [Context(-1, "body")]
        self.context = 0
        self.names: dict[str, int] = {}
        self.ever: dict[str, int] = {}
        self.journal: list[dict[str, int]] = []
        self.returns: list[tuple[int, int]] = []
        self.stores: list[Store] = []
        self.raises: list[int] = []
        self.globals: set[str] = set()
        self.line = 0
        self.has_inner = False
        self.left_by = ""
        self.breaks = 0
        self.constants: dict[tuple[object, str, type], int] = {}
        self._outside: dict[str, int] = {}
        self.parts: dict[tuple[int, str | int], int] = {}

    def add(self, value: AnyValue) -> int:
        """The index of a new value."""
        values = self.values
        values.append(value)
        self.lines.append(self.line)
        return len(values) - 1

    def constant(self, value: Any, kind: str = "") -> int:
        """The index of a literal; equal literals share one."""
        if value.__class__ is str:
            if len(value) > TEXT_KEPT:
                value = value[:TEXT_KEPT]
            if not value.isascii():
                value = value.encode("utf-8", "backslashreplace").decode()
        key = (value, kind, value.__class__)
        found = self.constants.get(key)
        if found is None:
            found = self.constants[key] = self.add(Const(value, kind))
        return found

    def switch(self, value: bool, line: int) -> int:
        """The index of `True` or `False`; those of one line share one, as a line may decide."""
        key = (value, str(line), bool)
        found = self.constants.get(key)
        if found is None:
            self.line = line
            found = self.constants[key] = self.add(Const(value, ""))
        return found

    def restated(self, index: int, line: int) -> int:
        """A value that a name is given; a literal of a module's or class's name stands at its line."""
        value = self.values[index]
        if self.kind == "function" or value.__class__ is not Const or self.lines[index] == line:
            return index
        self.line = line
        return self.add(value)

    def look_up(self, name: str) -> int:
        """What a name holds here."""
        found = self.names.get(name)
        if found is not None:
            return found
        dotted = self.module.imports.get(name)
        if dotted is not None:
            return self.imported(dotted)
        found = self._outside.get(name)
        if found is None:
            found = self._outside[name] = self.add(Name(name))
        return found

    def imported(self, dotted: str) -> int:
        """A full dotted name that imports give."""
        key = "import " + dotted
        found = self._outside.get(key)
        if found is None:
            found = self._outside[key] = self.add(Name(dotted, True))
        return found

    def attribute(self, base: int, name: str) -> int:
        """`base.name`; of an imported name, the longer dotted name."""
        owner = self.values[base]
        if owner.__class__ is Name and owner.imported:
            return self.imported(f"{owner.dotted}.{name}")
        found = self.parts.get((base, name))
        if found is None:
            found = self.parts[(base, name)] = self.add(Attribute(base, name))
        return found

    def text_of(self, index: int) -> str:
        """A text that is a literal, or put together of literals; empty where it is neither."""
        value = self.values[index]
        if value.__class__ is Const:
            return value.value if isinstance(value.value, str) and not value.kind else ""
        if value.__class__ is not Text or value.how not in ("+", "f"):
            return ""
        texts = [self.text_of(part) for part in value.parts]
        return "".join(texts) if all(texts) else ""

    def bind(self, name: str, value: int) -> None:
        """The name holds the value from here on."""
        if name in self.globals:
            self.stores.append(
                Store(-1, value, name, -1, self.context, len(self.values), self.line)
            )
        if self.journal:
            self.journal[-1].setdefault(name, self.names.get(name, -1))
        self.names[name] = self.ever[name] = value

    def enter(self, context: Context) -> int:
        """Goes into a context; answers the one to come back to."""
        before = self.context
        self.contexts.append(context)
        self.context = len(self.contexts) - 1
        return before

    def begin(self) -> None:
        """A branch starts: changes of names are kept apart."""
        self.journal.append({})

    def leave(self) -> dict[str, int]:
        """The branch ends: names are as before it; answers what it had made of them."""
        changed = self.journal.pop()
        made: dict[str, int] = {}
        for name, old in changed.items():
            made[name] = self.names[name]
            if old < 0:
                del self.names[name]
            else:
                self.names[name] = old
        return made

    def merge(self, branches: Iterable[dict[str, int]], exhaustive: bool) -> None:
        """Names hold what any branch left; without `exhaustive` also what they held before."""
        kept = list(branches)
        for name in dict.fromkeys(name for made in kept for name in made):
            options: dict[int, None] = {}
            before = self.names.get(name)
            for made in kept:
                value = made.get(name, before)
                if value is not None:
                    options[value] = None
            if not exhaustive and before is not None:
                options[before] = None
            choices = list(options)
            self.bind(name, choices[0] if len(choices) == 1 else self.add(Choice(tuple(choices))))

    def finish(
        self,
        line: int,
        last: int,
        parameters: list[Parameter],
        decorators: list[int],
        ends: bool,
        bases: list[str],
        fields: dict[str, str],
        asynchronous: bool,
    ) -> None:
        """Hands the finished scope to the module."""
        keep = self.has_inner or self.kind in ("module", "class")
        self.module.functions.append(
            Function(
                self.name,
                self.kind,
                self.owner,
                line,
                last,
                parameters,
                decorators,
                self.values,
                self.lines,
                self.contexts,
                self.returns,
                self.stores,
                {**self.ever, **self.names} if keep else {},
                self.raises,
                self.context if ends else -1,
                bases,
                fields,
                asynchronous,
            )
        )


def free_name(scope: Scope, wanted: str) -> str:
    """The qualified name of an inner scope; numbered where the module has one of that name."""
    prefix = "" if scope.kind == "module" else scope.name + "."
    name = prefix + wanted
    number = 2
    while name in scope.module.taken:
        name = f"{prefix}{wanted}#{number}"
        number += 1
    scope.module.taken.add(name)
    return name
