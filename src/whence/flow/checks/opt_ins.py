"""Switches that open a dangerous way and are off unless somebody turns them on."""

from __future__ import annotations

import re
from functools import lru_cache

from whence.flow.program.conditions import ancestors, implied
from whence.flow.program.leaf import Leaf
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.flow.values.trace import Tracer
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import Guard, OriginKind
from whence.vocabulary.fact.program import (
    AnyValue,
    Attribute,
    Call,
    Compare,
    Const,
    Item,
    Name,
    Param,
    Sequence,
)

_DANGER = re.compile(
    r"allow|unsafe|danger|trust|insecure|pickle|arbitrary|(?:^|_)(?:eval|exec|code)(?:_|$)",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SAFE = frozenset({"weights_only", "safe_mode", "safe", "safe_load", "use_safetensors"})
# What these answer is about files, types and texts, whatever their arguments are called.
_OF_OTHER_THINGS = frozenset(
    {"isinstance", "issubclass", "hasattr", "callable", "len", "exists", "lexists", "isfile",
     "is_file", "isdir", "is_dir", "islink", "is_symlink", "isabs", "is_absolute", "startswith",
     "endswith", "match", "fullmatch", "search", "issubset", "isdisjoint", "is_relative_to"}
)  # fmt: skip
_OFF = ("", "0", "false", "no", "off", "none", "f", "n")


class OptIns:
    """Answers which conditions hold only where somebody asked for the danger by name."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.heeded = 0

    def of(self, scope: Scope, index: int, truth: bool, leaf: Leaf | None) -> str:
        """The name of the switch that a test asks, where it is off by default; else empty."""
        scope, index = _held(scope, index)
        value = scope.values[index]
        if isinstance(value, Compare):
            equal = value.operator in (("==", "is", "in") if truth else ("!=", "is not", "not in"))
            truth = equal and _means_on(scope, value.right)
            index, value = value.left, scope.values[value.left]
        if not isinstance(value, Param | Attribute | Name | Item | Call):
            return ""
        spelled = _spelled(value)
        if spelled and not (_DANGER.search(spelled) if truth else spelled in _SAFE):
            return ""
        if isinstance(value, Call) and not self._may_ask(scope, index, value):
            return ""
        if not truth:
            return self._kept_safe(scope, index) if spelled or _asks_for_safe(scope, value) else ""
        self.heeded += 1
        around = {place.id for place, _ in leaf.trail} if leaf is not None else set()
        leaves = self._asked_of_environment(scope, index)
        leaves = leaves or self.tracer.origins_among(scope, index, around)
        name = self._name(scope, index, leaves)
        if not leaves or not _DANGER.search(name) or not self._all_off(leaves):
            return ""
        return name

    def _may_ask(self, scope: Scope, index: int, value: Call) -> bool:
        """Whether a call may answer what a switch says: of the project, or given the switch's name."""
        if last_name(scope.values, value.callee) in _OF_OTHER_THINGS:
            return False
        targets = self.tracer.callees.of_call(scope, index)
        return any(target.kind != "external" for target in targets) or any(
            isinstance(held := scope.values[at], Const) and _names_switch(held.value)
            for arg in value.args
            for at in (arg, *(getattr(scope.values[arg], "args", ())))
        )

    def of_call(self, scope: Scope, index: int, leaf: Leaf | None) -> tuple[str, bool]:
        """The switch that a called function insists on before it returns, and whether by `assert`."""
        call = scope.values[index]
        if call.__class__ is not Call or not _is_danger(last_name(scope.values, call.callee)):
            return "", False
        for target in self.tracer.callees.of_call(scope, index):
            inner = self.tracer.callees.runs(target)
            exits = [context for _, context in inner.code.returns] if inner is not None else []
            if inner is not None and inner.code.end >= 0:
                exits.append(inner.code.end)
            asked = [self._on_the_way(inner, at, leaf) for at in exits] if inner is not None else []
            if asked and all(name for name, _ in asked):
                return asked[0][0], any(asserted for _, asserted in asked)
        return "", False

    def _on_the_way(self, scope: Scope, context: int, leaf: Leaf | None) -> tuple[str, bool]:
        for held in ancestors(scope, context):
            if held.value < 0 or held.kind in ("loop", "body"):
                continue
            for atom, truth, _ in implied(scope, held.value, held.holds):
                name = self.of(scope, atom, truth, leaf)
                if name:
                    return name, held.kind == "assert"
        return "", False

    def _kept_safe(self, scope: Scope, index: int) -> str:
        """The name of a switch such as `weights_only` that is on and that nobody turns off."""
        leaves = self.tracer.origins(scope, index)
        name = self._name(scope, index, leaves)
        return f"not {name}" if name in _SAFE and self.is_on(scope, index) else ""

    def is_on(self, scope: Scope, index: int) -> bool:
        """Whether a switch is on by default and nobody in the project turns it off."""
        leaves = self.tracer.origins(scope, index)
        said = [
            str(held.value)
            for leaf in leaves
            if isinstance(held := leaf.scope.values[leaf.index], Const)
        ]
        given = [leaf for leaf in leaves if leaf.kind is not OriginKind.CONSTANT]
        on = bool(said) and all(text == "True" for text in said)
        return on and all(leaf.kind is None and self._is_off(leaf) is None for leaf in given)

    def _asked_of_environment(self, scope: Scope, index: int) -> list[Leaf]:
        """The variables that a function is given to answer yes or no: `strtobool(environ...)`."""
        value = scope.values[index]
        return [
            leaf
            for arg in (value.args if isinstance(value, Call) else ())
            for leaf in self.tracer.leaves(scope, arg)
            if leaf.kind is OriginKind.ENVIRONMENT
        ]

    def _name(self, scope: Scope, index: int, leaves: list[Leaf]) -> str:
        spelled = _spelled(scope.values[index])
        if spelled:
            return spelled
        named = [leaf.detail for leaf in leaves if leaf.kind is not OriginKind.CONSTANT]
        return named[0] if named else ""

    def _all_off(self, leaves: list[Leaf]) -> bool:
        """Whether every way to fill a switch leaves it off; at least one says so."""
        answers = [self._is_off(leaf) for leaf in leaves]
        return False not in answers and True in answers

    def _is_off(self, leaf: Leaf) -> bool | None:
        """Whether a value is off; None for a parameter that a caller outside may give."""
        if leaf.kind is OriginKind.CONSTANT:
            held = leaf.scope.values[leaf.index]
            said = held.value if isinstance(held, Const) else leaf.detail
            if isinstance(said, str) and _VARIABLE.fullmatch(said):
                decided = [one.value for one in self.tracer.settings.of_environment(said)]
                return all(text.lower() in _OFF for text in [*decided, *_fallbacks(leaf)])
            return str(said).lower() in _OFF
        if leaf.kind is OriginKind.ENVIRONMENT:
            decided = [
                setting.value for setting in self.tracer.settings.of_environment(leaf.detail)
            ]
            return all(text.lower() in _OFF for text in [*decided, *self._default(leaf)])
        if leaf.kind is OriginKind.COMMAND_LINE:
            return self.tracer.settings.is_left_off(leaf.detail, leaf.scope.module.path)
        if leaf.kind is None:
            parameter = leaf.scope.parameters.get(leaf.detail)
            if parameter is None:
                return False
            spread = parameter.kind == "**" and len(leaf.keys) == 1
            return None if spread or (parameter.default >= 0 and not leaf.keys) else False
        return False

    def _default(self, leaf: Leaf) -> list[str]:
        """The constant that a look-up of a variable falls back to."""
        held = leaf.scope.values[leaf.index]
        args = held.args[1:2] if isinstance(held, Call) else ()
        return [self.tracer.texts.rendered(leaf.scope, arg) for arg in args]


def insisted(switch: str, void: bool, span: Span) -> Guard:
    """The guard that a switch is which a called function insists on."""
    why = "its failure is forgotten, or an assert that -O removes" if void else ""
    return Guard(
        "opt-in", not void, why or f"only where `{switch}` is on, which nothing does", span
    )


def _spelled(value: AnyValue) -> str:
    """What the code itself calls a value; empty for what has no name."""
    if isinstance(value, Param | Attribute):
        return value.name
    return value.dotted if isinstance(value, Name) else ""


def _names_switch(text: object) -> bool:
    return isinstance(text, str) and (text in _SAFE or _is_danger(text))


def _asks_for_safe(scope: Scope, value: AnyValue) -> bool:
    """Whether a value is an item or an answer that a key such as `weights_only` names."""
    asked = value.args if isinstance(value, Call) else ()
    keys = (value.key,) if isinstance(value, Item) else asked
    held = (scope.values[key] for key in keys)
    return any(isinstance(key, Const) and key.value in _SAFE for key in held)


@lru_cache(maxsize=4096)
def _is_danger(name: str) -> bool:
    return _DANGER.search(name) is not None


def _held(scope: Scope, index: int) -> tuple[Scope, int]:
    """The comparison that a variable of the module holds, else the value itself."""
    value, body = scope.values[index], scope.module.body
    if isinstance(value, Name) and not value.imported and value.dotted in body.code.names:
        at = body.code.names[value.dotted]
        if isinstance(body.values[at], Compare):
            return body, at
    return scope, index


def _fallbacks(leaf: Leaf) -> list[str]:
    """The constants that stand beside the name of a variable in the call that asks for it."""
    calls = [
        (place, held) for place, at in leaf.trail if isinstance(held := place.values[at], Call)
    ]
    found = [place.values[arg] for place, call in calls[-1:] for arg in call.args]
    texts = [str(held.value) for held in found if isinstance(held, Const)]
    return [text for text in texts if not _VARIABLE.fullmatch(text)]


def _means_on(scope: Scope, index: int) -> bool:
    """Whether a constant, or each of a list of them, says yes."""
    value = scope.values[index]
    if isinstance(value, Sequence):
        return bool(value.items) and all(_means_on(scope, item) for item in value.items)
    return isinstance(value, Const) and str(value.value).lower() not in _OFF
