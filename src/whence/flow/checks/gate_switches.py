"""Refusals that stand behind a switch which what starts the program has thrown.

`if score < floor and not args.force: raise` refuses nothing where the Makefile passes `--force`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from whence.flow.engine import Engine
from whence.flow.program.project import Scope, is_test
from whence.flow.program.spelling import last_name
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import DisabledCheck
from whence.vocabulary.fact.program import Call, Compare, Context, Logic

_ENDS = frozenset({"exit", "_exit", "quit", "abort", "fail"})
_SETS = ("<", "<=", ">", ">=")

Switch = Callable[[Engine, Scope, Context], "tuple[str, str, Span] | None"]


def switched_refusals(engine: Engine, switched_off: Switch) -> Iterator[DisabledCheck]:
    """A fact for every refusal that a setting outside the code keeps from happening."""
    for scope in engine.project.scopes:
        if is_test(scope):
            continue
        asked = [
            (number, held)
            for number, held in enumerate(scope.code.contexts)
            if held.value >= 0
            and held.holds
            and scope.values[held.value].__class__ is Logic
            and held.kind == "if"
            and _tests_and_asks(scope, held.value)
        ]
        ends = _ends(scope) if asked else frozenset()
        for held in (held for number, held in asked if number in ends):
            off = switched_off(engine, scope, held)
            if off is None or off[0] == "a constant" or off[2].path == scope.module.path:
                continue
            yield _fact(engine, scope, held, off)


def _ends(scope: Scope) -> frozenset[int]:
    """The contexts that end the program, or the function by an exception."""
    return frozenset(scope.code.raises) | {
        value.context
        for value in scope.values
        if isinstance(value, Call) and last_name(scope.values, value.callee) in _ENDS
    }


def _tests_and_asks(scope: Scope, index: int) -> bool:
    """Whether a condition joins a test, a bound or an answer, with something else that must hold."""
    value = scope.values[index]
    if not isinstance(value, Logic) or value.operator != "and":
        return False
    return any(
        (isinstance(part := scope.values[at], Compare) and part.operator in _SETS)
        or (isinstance(part, Logic) and part.operator == "not" and _is_answer(scope, part.parts[0]))
        for at in value.parts
    )


def _is_answer(scope: Scope, index: int) -> bool:
    return isinstance(scope.values[index], Call | Compare)


def _fact(engine: Engine, scope: Scope, held: Context, off: tuple[str, str, Span]) -> DisabledCheck:
    name = scope.code.name.rpartition(".")[2]
    stem = scope.module.parts[-1] if scope.module.parts else ""
    callee = f"{stem}.{name}" if stem and name != "<module>" else stem or name
    return DisabledCheck(
        span=scope.module.fact.place(held.line),
        callee=callee,
        library="",
        function=scope.code.name,
        reached_from=engine.roles.reached_from(scope),
        how="flag",
        why=f"it refuses only where `{off[0]}` lets it, and that says {off[1]}",
        decision=off[2],
        setting=off[0],
    )
