"""Calls that leave only harmless characters of a text, by what they replace or drop."""

from __future__ import annotations

from whence.flow.checks.form_checks import FormChecks
from whence.flow.checks.text_forms import admits, allowed_by_refusal, lets_paths_through
from whence.flow.program.callee import Callees
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import spelled
from whence.flow.program.text import Texts
from whence.flow.tables.checks import SHAPES
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Compare,
    Const,
    Each,
    Item,
    Sequence,
)

_SEPARATORS = ("/", "\\")
# What libraries of databases call the functions that quote a name or a literal.
_ESCAPES = frozenset(
    {"quote_ident", "quote_identifier", "quote_name", "escape_identifier", "escape_string",
     "escape_literal", "quote_literal", "Identifier", "quoted_name"}
)  # fmt: skip
_LAST = {"split": (-1,), "rsplit": (-1,), "rpartition": (-1, 2)}
_PLAIN = frozenset("_- .+~")


class Cleanings:
    """Answers which danger a call takes from the text that it is given."""

    def __init__(self, callees: Callees, texts: Texts) -> None:
        self.texts = texts
        self.forms = FormChecks(callees, texts)

    def of(self, scope: Scope, index: int, dotted: str) -> tuple[str, int]:
        """The kind of guard that a call is, and the text; an empty kind where it is none."""
        name = dotted.rpartition(".")[2]
        if name == "sub":
            return self._substituted(scope, index, dotted)
        if name == "replace":
            return self._replaced(scope, index)
        if name == "join":
            return self._picked(scope, index)
        if name in _ESCAPES and scope.call(index).args:
            return "escaped", scope.call(index).args[0]
        return "", -1

    def _picked(self, scope: Scope, index: int) -> tuple[str, int]:
        """`"".join(c for c in name if c.isalnum())`, or with something else in place of the rest."""
        call = scope.call(index)
        held = scope.values[call.args[0]] if len(call.args) == 1 else None
        if not isinstance(held, Sequence) or not held.many:
            return "", -1
        made = scope.values[held.items[0]]
        options = made.options if isinstance(made, Choice) else held.items
        letters = [at for at in options if scope.values[at].__class__ is Each]
        others = [value for at in options if at not in letters for value in (scope.values[at],)]
        if len(letters) != 1 or not all(
            isinstance(value, Const) and _is_plain(str(value.value)) for value in others
        ):
            return "", -1
        tested = [self._is_listed(scope, at, letters[0]) for at in range(index)]
        if True not in tested or False in tested:
            return "", -1
        return "allow-list", letters[0]

    def _is_listed(self, scope: Scope, index: int, letter: int) -> bool | None:
        """Whether a test of one character admits harmless ones only; None where it is no test."""
        value = scope.values[index]
        if isinstance(value, Call):
            callee = scope.values[value.callee]
            shape = isinstance(callee, Attribute) and callee.base == letter
            return True if shape and getattr(callee, "name", "") in SHAPES else None
        if isinstance(value, Compare) and value.left == letter:
            text = self.texts.rendered(scope, value.right)
            return value.operator == "in" and not any(each in text for each in _SEPARATORS)
        return None

    def _substituted(self, scope: Scope, index: int, dotted: str) -> tuple[str, int]:
        """`re.sub` of everything that is not listed."""
        pattern = self.forms.pattern_of(scope, index, dotted)
        shift = 1 if dotted.partition(".")[2] == "sub" else 0
        text = argument_of(scope, index, ("string", 1 + shift))
        put = argument_of(scope, index, ("repl", shift))
        held = scope.values[put] if put is not None else None
        if text is None or not isinstance(held, Const) or not _is_plain(str(held.value)):
            return "", -1
        left = allowed_by_refusal(pattern)
        if not left or admits(left, begins=True, ends=True) != "form":
            return "", -1
        return ("characters" if lets_paths_through(left) else "allow-list"), text

    def _replaced(self, scope: Scope, index: int) -> tuple[str, int]:
        """`name.replace("/", "_")`, and quotes that are doubled."""
        call = scope.call(index)
        callee = scope.values[call.callee]
        if not isinstance(callee, Attribute) or len(call.positional) != 2:
            return "", -1
        old, new = (scope.values[at] for at in call.positional)
        if not isinstance(old, Const) or not isinstance(new, Const):
            return "", -1
        gone, put = str(old.value), str(new.value)
        if gone in ("'", '"', "`") and put in (gone * 2, f"\\{gone}"):
            return "escaped", callee.base
        if gone in _SEPARATORS and not any(each in put for each in _SEPARATORS):
            return "confined", callee.base
        return "", -1


def _is_plain(text: str) -> bool:
    return all(char.isalnum() or char in _PLAIN for char in text) and ".." not in text


def last_part(scope: Scope, item: Item) -> int:
    """The path whose last part an item is, as in `name.split("/")[-1]`; -1 where it is none."""
    key, base = scope.values[item.key], scope.values[item.base]
    if not isinstance(key, Const) or not isinstance(base, Call) or not base.args:
        return -1
    if spelled(scope, base.callee).endswith("path.splitext") and key.value in (1, -1):
        return base.args[0]  # an ending holds no separator
    callee, first = scope.values[base.callee], scope.values[base.args[0]]
    if not isinstance(callee, Attribute) or not isinstance(first, Const):
        return -1
    cut = callee.name == "split" and len(base.args) > 1
    ends = () if cut else _LAST.get(callee.name, ())
    return callee.base if key.value in ends and first.value in _SEPARATORS else -1
