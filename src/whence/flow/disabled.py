"""Checks that stand in the code and do not take effect."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.conditions import implied
from whence.flow.engine import Engine
from whence.flow.project import Scope, is_test, last_name
from whence.flow.tables.checks import RAISES
from whence.flow.tables.lifecycle import CHECK_NAME, VALIDATORS
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import DisabledCheck, OriginKind, Validation
from whence.vocabulary.fact.program import Call, Context

_BROAD = frozenset(
    {"BaseException", "Exception", "ValueError", "AssertionError", "RuntimeError", "TypeError"}
)
_OFF_ARGUMENTS = ("strict", "raise_error", "raise_on_error", "raise_exception", "enforce")


def disabled_facts(engine: Engine) -> Iterator[DisabledCheck | Validation]:
    """A fact for every call of a check, of another kind where something turns it off."""
    optimised = [
        command.span
        for command in engine.settings.commands
        if "-O" in command.argv[:4] or "-OO" in command.argv[:4]
    ] + [setting.span for setting in engine.settings.of_environment("PYTHONOPTIMIZE")]
    for scope in engine.project.scopes:
        if is_test(scope):
            continue
        for index, value in enumerate(scope.values):
            if value.__class__ is Call and _is_check(engine, scope, index):
                off = list(_of_call(engine, scope, index))
                name = last_name(scope.values, value.callee)
                yield from off
                if not off:
                    yield Validation(**engine.use(scope, index, name, (), ""))
        if optimised and CHECK_NAME.search(scope.code.name.rpartition(".")[2]):
            yield from _asserts(engine, scope, optimised[0])


def _is_check(engine: Engine, scope: Scope, index: int) -> bool:
    name = last_name(scope.values, scope.call(index).callee)
    if not CHECK_NAME.search(name) and name != "validate":
        return False
    for target in engine.callees.of_call(scope, index):
        inner = engine.callees.runs(target)
        if inner is not None and inner.code.raises:
            return True
        if target.kind == "external" and (target.dotted in VALIDATORS or target.dotted in RAISES):
            return True
    return False


def _of_call(engine: Engine, scope: Scope, index: int) -> Iterator[DisabledCheck]:
    call = scope.call(index)
    name = last_name(scope.values, call.callee)
    for held in _around(scope, call.context):
        if held.kind == "swallow" and set(_short(held.detail)) & _BROAD:
            why = f"`{name}` may fail, and the `except` around it goes on as if it had passed"
            decision = scope.module.fact.place(held.line)
            yield _fact(engine, scope, index, name, "swallowed", why, decision)
            return
        if held.kind in ("if", "exit") and held.value >= 0:
            off = _switched_off(engine, scope, held)
            if off is not None:
                why = f"`{name}` runs only where `{off[0]}` says so, and it says {off[1]}"
                yield _fact(engine, scope, index, name, "flag", why, off[2])
                return
    arguments = engine.arguments.of(scope, index)
    for flag in _OFF_ARGUMENTS:
        if arguments.get(flag) == "False":
            given = call.args[len(call.args) - len(call.keywords) + call.keywords.index(flag)]
            decision = engine.arguments.decision(scope, given) or scope.place(index)
            why = f"`{name}` is told `{flag}=False`, so that it rejects nothing"
            yield _fact(engine, scope, index, name, "flag", why, decision)
            return


def _switched_off(engine: Engine, scope: Scope, held: Context) -> tuple[str, str, Span] | None:
    """The setting that keeps a condition from holding: its name, its value, its place."""
    for atom, truth, _ in implied(scope, held.value, held.holds):
        for leaf in engine.tracer.origins(scope, atom)[:4]:
            if leaf.kind not in (
                OriginKind.CONFIG,
                OriginKind.ENVIRONMENT,
                OriginKind.COMMAND_LINE,
                OriginKind.CONSTANT,
            ):
                continue
            if leaf.kind is OriginKind.CONSTANT and leaf.scope.code.kind != "module":
                continue
            text = engine.arguments.constant(scope, atom)
            if text not in ("True", "False") or (text == "True") is truth:
                continue
            name = leaf.detail.rpartition("#")[2] or engine.texts.rendered(scope, atom).strip("{}")
            place = engine.arguments.decision(scope, atom)
            if place is not None:
                if leaf.kind is OriginKind.CONSTANT:
                    name = "a constant"
                return name, text, place
    return None


def _asserts(engine: Engine, scope: Scope, decision: Span) -> Iterator[DisabledCheck]:
    if scope.code.raises:
        return
    for held in scope.code.contexts:
        if held.kind == "assert":
            name = scope.code.name.rpartition(".")[2]
            why = f"`{name}` asserts, and Python is started with -O, which removes assertions"
            yield DisabledCheck(
                span=scope.module.fact.place(held.line),
                callee=name,
                library="",
                function=scope.code.name,
                how="assert",
                why=why,
                decision=decision,
            )
            return


def _fact(
    engine: Engine, scope: Scope, index: int, name: str, how: str, why: str, decision: Span
) -> DisabledCheck:
    shared = engine.use(scope, index, name, (), "")
    return DisabledCheck(**shared, how=how, why=why, decision=decision)


def _around(scope: Scope, context: int) -> Iterator[Context]:
    while context >= 0:
        held = scope.code.contexts[context]
        yield held
        context = held.parent


def _short(names: str) -> list[str]:
    return [name.rpartition(".")[2] for name in names.split(",")]
