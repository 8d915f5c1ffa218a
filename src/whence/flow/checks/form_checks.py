"""Tests of a text against a regular expression that all of it must match."""

from __future__ import annotations

import re
from collections.abc import Callable

from whence.flow.checks.text_forms import admits, allowed_by_refusal, lets_paths_through
from whence.flow.program.callee import Callees
from whence.flow.program.conditions import operands
from whence.flow.program.members import attribute_values
from whence.flow.program.project import Scope
from whence.flow.program.text import LENGTH, Texts
from whence.flow.tables import checks
from whence.vocabulary.fact.code import Guard
from whence.vocabulary.fact.program import Attribute, Call, Compare, Const, Name

DEPTH = 6
_UNKNOWN = re.compile(r"\{(?!\d*+(?:,\d*+)?\})[^{}]*\}")
_LINES = frozenset({"M", "MULTILINE"})
_WHY = {
    "form": "only text of a fixed form passes",
    "calls": "only listed characters pass, calls among them",
    "anything": "the pattern lets anything through",
}


class FormChecks:
    """Judges `re.match`, `fullmatch` and `search`, of a module or of a compiled pattern."""

    def __init__(self, callees: Callees, texts: Texts) -> None:
        self.callees = callees
        self.texts = texts

    def of_test(
        self, scope: Scope, index: int, truth: bool, tested: Callable[[int], bool]
    ) -> Guard | None:
        """The guard that a test's outcome is; `tested` tells the value in question."""
        value = scope.values[index]
        if isinstance(value, Compare) and value.operator in ("is", "==", "is not", "!="):
            against = scope.values[value.right]
            if isinstance(against, Const) and against.value in (None, True, False):
                same = value.operator in ("is", "==")
                truth = (same is bool(against.value)) is truth
                return self.of_test(scope, value.left, truth, tested)
        if not isinstance(value, Call) or not value.args:
            return None
        for dotted in self.callees.dotted(scope, index):
            if dotted == "bool":
                return self.of_test(scope, value.args[0], truth, tested)
            found = self._asked(scope, index, dotted)
            if found is not None and tested(found[1]):
                return self._judged(scope, index, found[0], dotted.rpartition(".")[2], truth)
        return None

    def pattern_of(self, scope: Scope, index: int, dotted: str) -> str:
        """The pattern of a call such as `re.sub`, of a module or of a compiled pattern."""
        call = scope.call(index)
        package, _, name = dotted.partition(".")
        if package not in checks.PATTERNS:
            return ".*"
        if "." not in name:
            given = call.positional[:1] or tuple(at for key, at in call.named if key == "pattern")
            return self._spelled(*self._defined(scope, given[0])) if given else ".*"
        place, at = self._receiver(scope, call.callee)
        held = place.values[at]
        if not isinstance(held, Call) or not held.args:
            return ".*"
        return self._spelled(*self._defined(place, held.args[0]))

    def of_declared(self, scope: Scope, index: int) -> Guard | None:
        """The guard that a pattern is which a type or a field declares."""
        pattern = self._spelled(*self._defined(scope, index))
        return self._judged(scope, index, pattern, "search", True)

    def _asked(self, scope: Scope, index: int, dotted: str) -> tuple[str, int] | None:
        """The pattern that a call asks for and the text that it is asked of."""
        call = scope.call(index)
        package, _, name = dotted.partition(".")
        if package not in checks.PATTERNS or name.rpartition(".")[2] not in checks.MATCHES:
            return None
        plain = call.positional
        named = dict(call.named)
        if name in checks.MATCHES:
            text = plain[1] if len(plain) > 1 else named.get("string", -1)
            flags = plain[2] if len(plain) > 2 else named.get("flags", -1)
            compiled = (scope, plain[0] if plain else named.get("pattern", -1))
        else:
            text = plain[0] if plain else named.get("string", -1)
            place, at = self._receiver(scope, call.callee)
            held = place.values[at]
            if not isinstance(held, Call) or not held.args:
                return None
            flags = held.args[1] if len(held.args) > 1 else -1
            compiled, scope = (place, held.args[0]), place
        if text < 0 or compiled[1] < 0 or (flags >= 0 and self._by_lines(scope, flags)):
            return None
        return self._spelled(*self._defined(*compiled)), text

    def _judged(
        self, scope: Scope, index: int, pattern: str, how: str, truth: bool
    ) -> Guard | None:
        if not truth:
            pattern = allowed_by_refusal(pattern) if how in ("search", "findall") else ""
            if not pattern:
                return None
            how = "fullmatch"
        elif how == "findall":
            return None
        passing = admits(pattern, begins=how != "search", ends=how == "fullmatch")
        narrow = passing == "form" and not lets_paths_through(pattern)
        kind = "allow-list" if narrow or passing == "anything" else "characters"
        return Guard(kind, passing != "anything", _WHY[passing], scope.place(index))

    def _spelled(self, scope: Scope, index: int) -> str:
        """A pattern as far as it is written down; `.*` stands for what is not known."""
        value = scope.values[index]
        if isinstance(value, Const):
            return str(value.value)
        text = self.texts.rendered(scope, index)
        return _UNKNOWN.sub(".*", text) if len(text) < LENGTH else ".*"

    def _defined(self, scope: Scope, index: int, depth: int = 0) -> tuple[Scope, int]:
        """Where a variable or an attribute of the project gets its value."""
        value = scope.values[index]
        if depth > DEPTH:
            return scope, index
        if isinstance(value, Name):
            found = self._named(scope, value.dotted, value.imported)
            return self._defined(*found, depth + 1) if found else (scope, index)
        if isinstance(value, Attribute):
            found = self._member(scope, value)
            return self._defined(*found, depth + 1) if found else (scope, index)
        return scope, index

    def _receiver(self, scope: Scope, callee: int) -> tuple[Scope, int]:
        """What a method is called of."""
        value = scope.values[callee]
        if isinstance(value, Attribute):
            return self._defined(scope, value.base)
        if isinstance(value, Name):
            found = self._named(scope, value.dotted.rpartition(".")[0], value.imported)
            return self._defined(*found) if found else (scope, callee)
        return self._defined(scope, callee)

    def _named(self, scope: Scope, dotted: str, imported: bool) -> tuple[Scope, int] | None:
        owner = None if imported else scope.owner
        while owner is not None:
            held = owner.code.names.get(dotted)
            if held is not None:
                return owner, held
            owner = owner.owner
        located = self.callees.project.locate(dotted, scope.module)
        if isinstance(located, tuple):
            body = located[0].body
            return body, body.code.names[located[1]]
        return None

    def _member(self, scope: Scope, value: Attribute) -> tuple[Scope, int] | None:
        """What an attribute of a class or a module of the project holds."""
        for target in self.callees.targets(scope, value.base):
            if target.scope is not None and target.kind in ("instance", "class"):
                for found in attribute_values(target.scope, value.name)[:1]:
                    return found
            if target.kind == "module" and target.module is not None:
                body = target.module.body
                if value.name in body.code.names:
                    return body, body.code.names[value.name]
        return None

    def _by_lines(self, scope: Scope, index: int, depth: int = 0) -> bool:
        """Whether flags let `^` and `$` stand at the ends of any line."""
        value = scope.values[index]
        name = getattr(value, "name", "") or getattr(value, "dotted", "")
        if name.rpartition(".")[2] in _LINES:
            return True
        return depth < DEPTH and any(
            self._by_lines(scope, part, depth + 1) for part in operands(scope, index)
        )
