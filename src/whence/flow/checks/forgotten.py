"""Whether the work goes on, after a check whose failure is caught, as if it had passed.

It does not where what follows needs what only a passed check gives, where the handler leaves, where
it notes the failure and what follows asks for the note, or where it tells the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.flow.program.callee import Callees
from whence.flow.program.conditions import ancestor_ids, operands, tells
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Choice,
    Const,
    Context,
    Each,
    Item,
    Param,
)

_LOGS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "print", "log"})
_ASKS = frozenset({"len", "isinstance", "issubclass", "hasattr", "callable", "type", "id"})
_LEAVES = frozenset({"abort", "abort_with_status", "exit", "_exit", "fail_json", "quit"})
_ENDS = re.compile(r"(?i)(?:parser|ctx|context|module|ArgumentParser)$")
_ANSWERS = frozenset(
    {"set_code", "set_details", "set_status", "send_error", "send_response", "write_error",
     "set_trailing_metadata", "send_json", "send_text", "send_bytes", "reply", "nack", "reject",
     "set_exception", "showerror"}
)  # fmt: skip
_STATUS = frozenset({"status", "status_code", "code", "returncode", "exit_code", "error"})
_NOTES = frozenset({"append", "add", "extend", "update", "put", "insert", "setdefault"})
_PARTS = frozenset({"get", "getlist", "pop", "setdefault", "__getitem__"})
_VALUES = 200


class Forgotten:
    """What a `try` around a check leaves behind when the check has failed."""

    def __init__(self, callees: Callees, scope: Scope, index: int, swallow: int) -> None:
        self.callees = callees
        self.scope = scope
        self.index = index
        self.swallow = swallow
        self.handlers = tuple(_handlers(scope, swallow))
        self.first = min((scope.code.contexts[each].line for each in self.handlers), default=0)
        self.last = self._last_inside()
        above = (scope.code.contexts[each] for each in ancestor_ids(scope, swallow))
        self.led = {(held.value, held.holds) for held in above if held.kind == "if"}
        self.notes, self.noted = self._notes()

    def goes_on(self) -> bool:
        """Whether what was checked is used after the `try` as if nothing had happened."""
        if self.handlers and all(self._leaves(each) for each in self.handlers):
            return False
        if self._skips_work() or self._returns_notes():
            return False
        return self._is_returned() or self._is_used()

    def _is_returned(self) -> bool:
        checked, answers = self._checked(), self._answers()
        for value, context in self.scope.code.returns:
            if not self._apart(context):
                made = self._made_of((value,))
                if checked & made if checked else not answers:
                    if not self._decided(made):
                        return True
        return False

    def _is_used(self) -> bool:
        checked, answers = self._checked(), self._answers()
        for at in range(self.index + 1, len(self.scope.values)):
            held = self.scope.values[at]
            if not isinstance(held, Call) or self._apart(held.context):
                continue
            if last_name(self.scope.values, held.callee) in _LOGS | _ASKS:
                continue
            made = self._made_of((at,))
            if (checked & made if checked else not answers) and not self._decided(made):
                return True
        return False

    def raises(self) -> Iterator[int]:
        """The contexts of conditions under which a handler lets the failure out after all."""
        for context in self.scope.code.raises:
            if any(each in ancestor_ids(self.scope, context) for each in self.handlers):
                yield context

    def _skips_work(self) -> bool:
        """Whether work on what was checked stands behind the check, and is skipped with it."""
        about = self._checked() | {self.index}
        for store in self.scope.code.stores:
            if store.before > self.index and self._is_inside(store.context):
                if about & self._made_of((store.base, store.value), within=True):
                    return True
        for at in range(self.index + 1, self.last + 1):
            held = self.scope.values[at]
            if isinstance(held, Call) and self._is_inside(held.context):
                if last_name(self.scope.values, held.callee) not in _LOGS | _ASKS:
                    if about & self._made_of((at,), within=True):
                        return True
        return False

    def _is_inside(self, context: int) -> bool:
        return self.swallow in ancestor_ids(self.scope, context)

    def _returns_notes(self) -> bool:
        """Whether the function answers with what its handlers noted."""
        answers = [self._made_of((value,), within=True) for value, _ in self.scope.code.returns]
        return bool(answers) and all(self.notes & each for each in answers)

    def _checked(self) -> frozenset[int]:
        """What was put to the test: the arguments, or the object that tests itself."""
        call = self.scope.call(self.index)
        callee = self.scope.values[call.callee]
        receiver = (callee.base,) if isinstance(callee, Attribute) else ()
        checked = self._tested(call.args or receiver)
        if not self._answers():
            return checked
        return frozenset(at for at in checked if not self._is_self(at))

    def _tested(self, values: tuple[int, ...]) -> frozenset[int]:
        """Values, and what they are made of where they are made for the test alone."""
        seen: set[int] = set()
        waiting = [(each, True) for each in values]
        while waiting and len(seen) < _VALUES:
            at, alone = waiting.pop()
            if at < 0 or at in seen:
                continue
            seen.add(at)
            value = self.scope.values[at]
            if isinstance(value, Call) and (not alone or self._is_used_else(at)):
                continue
            alone = alone and not isinstance(value, Each | Item) and not self._takes_part(value)
            waiting.extend((each, alone) for each in operands(self.scope, at))
        return frozenset(at for at in seen if tells(self.scope, at))

    def _takes_part(self, value: object) -> bool:
        """Whether a value is a part of its operand, and says nothing of the whole."""
        return (
            isinstance(value, Call)
            and last_name(self.scope.values, value.callee) in _PARTS
            and isinstance(self.scope.values[value.callee], Attribute)
        )

    def _is_used_else(self, at: int) -> bool:
        """Whether a value is there for more than the test."""
        if any(value == at for value, _ in self.scope.code.returns):
            return True
        later = range(self.index + 1, len(self.scope.values))
        return any(at in operands(self.scope, each) for each in later)

    def _is_self(self, at: int) -> bool:
        value = self.scope.values[at]
        return isinstance(value, Param) and value.name == self.scope.self_name

    def _apart(self, context: int) -> bool:
        """Whether a point is inside the `try`, in its handlers, or asks for what they noted.

        So is one in another branch of a condition that led to the check.
        """
        for number in ancestor_ids(self.scope, context):
            if number == self.swallow or number in self.handlers:
                return True
            held = self.scope.code.contexts[number]
            if held.kind == "if" and (held.value, not held.holds) in self.led:
                return True
            if held.kind in ("if", "exit") and held.value >= 0 and held.line >= self.first > 0:
                if self._decided(self._made_of((held.value,), within=True)):
                    return True
        return False

    def _leaves(self, handler: int) -> bool:
        """Whether a handler calls what never returns."""
        for at, held in enumerate(self.scope.values):
            if isinstance(held, Call) and held.context == handler:
                if last_name(self.scope.values, held.callee) in _LEAVES or self._ends(held):
                    return True
                runs = [self.callees.runs(each) for each in self.callees.of_call(self.scope, at)]
                if runs and all(each is not None and _never_returns(each) for each in runs):
                    return True
        return False

    def _ends(self, call: Call) -> bool:
        """Whether a call is `parser.error(...)` or the like, which ends the program."""
        callee = self.scope.values[call.callee]
        base = self.scope.values[callee.base] if isinstance(callee, Attribute) else None
        if not isinstance(callee, Attribute) or callee.name not in ("error", "fail", "exit"):
            return False
        name = base.name if isinstance(base, Param | Attribute) else ""
        return _ENDS.search(name or spelled(self.scope, callee.base)) is not None

    def _answers(self) -> bool:
        """Whether a handler tells the caller that it failed."""
        named = any(
            last_name(self.scope.values, held.callee) in _ANSWERS for held in self._in_handlers()
        )
        return named or any(
            store.name in _STATUS and self._is_handled(store.context)
            for store in self.scope.code.stores
        )

    def _notes(self) -> tuple[frozenset[int], frozenset[tuple[int, str]]]:
        """What handlers change: values, and attributes of values."""
        stores = [held for held in self.scope.code.stores if self._is_handled(held.context)]
        whole = {store.base for store in stores if store.key >= 0}
        noted = {(store.base, store.name) for store in stores if store.key < 0}
        for held in self._in_handlers():
            callee = self.scope.values[held.callee]
            if isinstance(callee, Attribute) and callee.name in _NOTES:
                whole.add(callee.base)
        for value in (self.scope.values[at] for at in whole):
            if isinstance(value, Attribute):
                noted.add((value.base, value.name))
        return frozenset(whole), frozenset(noted)

    def _in_handlers(self) -> Iterator[Call]:
        for at in range(self.index + 1, len(self.scope.values)):
            held = self.scope.values[at]
            if isinstance(held, Call) and self._is_handled(held.context):
                yield held

    def _is_handled(self, context: int) -> bool:
        return any(each in self.handlers for each in ancestor_ids(self.scope, context))

    def _decided(self, made: frozenset[int]) -> bool:
        """Whether values tell a failed check from a passed one: what a handler set, or noted."""
        for at in made:
            value = self.scope.values[at]
            if at in self.notes:
                return True
            if isinstance(value, Attribute) and (value.base, value.name) in self.noted:
                return True
            if isinstance(value, Choice) and at > self.index and self._is_merge(value):
                return True
        return False

    def _is_merge(self, value: Choice) -> bool:
        values = [self.scope.values[option] for option in value.options]
        if any(isinstance(held, Const) and not held.value for held in values):
            return True
        lines = [self.scope.code.lines[option] for option in value.options]
        return bool(lines) and min(lines) < self.first <= max(lines)

    def _last_inside(self) -> int:
        """The last value that is made where the check has passed."""
        if self.first:
            lines = self.scope.code.lines
            after = (at for at in range(self.index, len(lines)) if lines[at] >= self.first)
            return next(after, len(lines)) - 1
        inside = [
            at
            for at in range(self.index, len(self.scope.values))
            if isinstance(held := self.scope.values[at], Call)
            and self.swallow in ancestor_ids(self.scope, held.context)
        ]
        return max(inside, default=self.index)

    def _remains(self, at: int) -> bool:
        """Whether a value is there although the check has failed."""
        if not self.index <= at <= self.last:
            return True
        value = self.scope.values[at]
        return isinstance(value, Choice) and min(value.options) < self.index

    def _made_of(self, values: tuple[int, ...], within: bool = False) -> frozenset[int]:
        """The values that some are made of, without those that only a passed check gives."""
        seen: set[int] = set()
        waiting = list(values)
        while waiting and len(seen) < _VALUES:
            at = waiting.pop()
            if at < 0 or at in seen or not (within or self._remains(at)):
                continue
            seen.add(at)
            waiting.extend(operands(self.scope, at))
        return frozenset(at for at in seen if tells(self.scope, at))


def _never_returns(scope: Scope) -> bool:
    """Whether a function of the project only ever raises or ends the program."""
    code = scope.code
    return code.kind == "function" and code.end < 0 and not code.returns


def _handlers(scope: Scope, swallow: int) -> Iterator[int]:
    """The handlers of a `try` that forget what they catch."""
    contexts: list[Context] = scope.code.contexts
    forgotten = set(contexts[swallow].detail.split(","))
    for number in range(swallow + 1, len(contexts)):
        held = contexts[number]
        if held.kind == "handler" and held.parent == contexts[swallow].parent:
            names = set(held.detail.split(","))
            if names <= forgotten:
                forgotten -= names
                yield number
            if not forgotten:
                return
