"""Checks that stand in the code and do not take effect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from whence.flow.checks.forgotten import Forgotten
from whence.flow.checks.gate_switches import switched_refusals
from whence.flow.checks.waived_checks import handed_on
from whence.flow.engine import Engine
from whence.flow.program.conditions import ancestor_ids, implied, operands
from whence.flow.program.leaf import Leaf, argument_of
from whence.flow.program.project import Scope, is_test
from whence.flow.program.spelling import last_name
from whence.flow.tables.checks import RAISES
from whence.flow.tables.lifecycle import CHECK_NAME, DATA_MODULE, REJECTING_TAILS, VALIDATORS
from whence.flow.values.arguments import from_text
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import DisabledCheck, OriginKind, Validation
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Compare,
    Const,
    Context,
    Name,
    Param,
    Sequence,
)

_BROAD = frozenset({"BaseException", "Exception", "ValueError", "AssertionError", "RuntimeError"})
_OF_CHECKS = re.compile(
    r"Validation|Schema|Integrity|Checksum|Digest|Hash|Mismatch|Signature|Invalid|Corrupt|Verif"
    r"|Quality|Reject|Refus|Bad[A-Z]|Malformed|Drift"
)
_MODES = re.compile(r"(?i)check|verify|validat|test|dry_?run|list|version|help")
_TURNS_OFF = re.compile(
    r"(?i)skip|no_|not_|without|disable|bypass|ignore|off|unsafe|unchecked|untested"
)
_DECIDED = (OriginKind.CONFIG, OriginKind.ENVIRONMENT, OriginKind.COMMAND_LINE)
_OFF_ARGUMENTS = ("strict", "raise_error", "raise_on_error", "raise_exception", "enforce")

_BARE_CHECK = re.compile(
    r"_*(?:run_|do_|apply_|data_|quality_|sanity_)?(?:check|checks|checked|guard)(?:_all|_frame|_df|_batch)?"
)
_OF_ROWS = frozenset({"columns", "dtypes", "isnull", "shape"}) | REJECTING_TAILS
_OF_FORM = re.compile(r"(?:^|_)(?:docs?|docstrings?|style|lint|naming|spelling)(?:_|$)")
_OF_DATA = re.compile(
    r"data|row|label|schema|valid|sum|hash|digest|signature|column|range|integrity|format|safe|trust"
)


def disabled_facts(engine: Engine) -> Iterator[DisabledCheck | Validation]:
    """A fact for every call of a check, of another kind where something turns it off."""
    optimised = sorted(set(engine.settings.unasserted)) + [
        setting.span
        for setting in engine.settings.of_environment("PYTHONOPTIMIZE")
        if setting.value not in ("", "0")
    ]
    names = [
        name
        for name in engine.project.calls
        if CHECK_NAME.search(name) or name == "validate" or _BARE_CHECK.fullmatch(name)
    ]
    for scope, index, call in engine.project.calls_spelled(names):
        if not is_test(scope) and _is_check(engine, scope, index) and not _makes(scope, index):
            off = list(_of_call(engine, scope, index))
            yield from off
            if not off:
                name = last_name(scope.values, call.callee)
                yield Validation(**engine.use(scope, index, name, (), ""))
    yield from switched_refusals(engine, switched_off)
    for scope in engine.project.scopes if optimised else ():
        if not is_test(scope) and _tests_data(scope):
            yield from _asserts(engine, scope, optimised[0])


def _tests_data(scope: Scope) -> bool:
    """Whether a function is there to test data: by its own name, or its module's and what it asserts."""
    name = scope.code.name.rpartition(".")[2]
    if CHECK_NAME.search(name) or (_BARE_CHECK.fullmatch(name) and _looks_at_rows(scope)):
        return True
    return bool(DATA_MODULE.search("/".join(scope.module.parts[-2:]))) and any(
        held.kind == "assert" and _compares(scope, held.value) for held in scope.code.contexts
    )


def _compares(scope: Scope, index: int) -> bool:
    """Whether a condition compares values; `is not None` and `isinstance` only calm a type checker."""
    for atom, _, _ in implied(scope, index, True) if index >= 0 else ():
        value = scope.values[atom]
        if value.__class__ is Compare and value.operator not in ("is", "is not"):
            return True
    return False


def _is_check(engine: Engine, scope: Scope, index: int) -> bool:
    name = last_name(scope.values, scope.call(index).callee)
    if _OF_FORM.search(name):
        return False
    for target in engine.callees.of_call(scope, index):
        inner = engine.callees.runs(target)
        if inner is not None and inner.code.raises:
            return not _BARE_CHECK.fullmatch(name) or _looks_at_rows(inner)
        if target.kind == "external" and (target.dotted in VALIDATORS or target.dotted in RAISES):
            return True
    return False


def _looks_at_rows(scope: Scope) -> bool:
    """Whether a function that is only named `check` asks about rows: their columns, values, copies."""
    for value in scope.values:
        if isinstance(value, Attribute) and value.name in _OF_ROWS:
            return True
        if isinstance(value, Call) and last_name(scope.values, value.callee) in REJECTING_TAILS:
            return True
    return False


def _makes(scope: Scope, index: int) -> bool:
    """Whether a call that ensures something is made for what it answers, and not to test."""
    name = last_name(scope.values, scope.call(index).callee)
    if not re.match(r"_*ensure_", name) or _OF_DATA.search(name):
        return False
    later = range(index + 1, len(scope.values))
    return any(index in operands(scope, at) for at in later)


def _of_call(engine: Engine, scope: Scope, index: int) -> Iterator[DisabledCheck]:
    call = scope.call(index)
    name = last_name(scope.values, call.callee)
    for number in ancestor_ids(scope, call.context):
        held = scope.code.contexts[number]
        if held.kind == "swallow" and _catches_failures(held):
            yield from _swallowed(engine, scope, index, name, number)
            return
        if held.kind in ("if", "exit") and held.value >= 0:
            off = switched_off(engine, scope, held)
            if off is not None:
                why = f"`{name}` runs only where `{off[0]}` says so, and it says {off[1]}"
                yield _fact(engine, scope, index, name, "flag", why, off[2], off[0])
                return
            variable = _never_set(engine, scope, held)
            if variable:
                why = f"`{name}` runs only where `{variable}` is set, and nothing in the project sets it"
                place = scope.module.fact.place(held.line)
                yield _fact(engine, scope, index, name, "optional", why, place, variable)
                return
    waived = handed_on(scope, index)
    if waived is not None and _catches_failures(waived):
        why = f"`{name}` may fail, and the `except` around it hands on what was refused"
        decision = scope.module.fact.place(waived.line)
        yield _fact(engine, scope, index, name, "swallowed", why, decision)
        return
    arguments = engine.arguments.of_flags(scope, index, _OFF_ARGUMENTS)
    for flag in _OFF_ARGUMENTS:
        if arguments.get(flag) == "False":
            given = call.args[len(call.args) - len(call.keywords) + call.keywords.index(flag)]
            decision = engine.arguments.decision(scope, given) or scope.place(index)
            why = f"`{name}` is told `{flag}=False`, so that it rejects nothing"
            yield _fact(engine, scope, index, name, "flag", why, decision)
            return


def _never_set(engine: Engine, scope: Scope, held: Context) -> str:
    """The variable that has to be set for a branch, which nothing sets and no default stands in for."""
    for atom, truth, _ in implied(scope, held.value, held.holds):
        value = scope.values[atom]
        asked = value.left if isinstance(value, Compare) and value.operator == "==" else atom
        leaves = engine.tracer.origins(scope, asked) if truth else []
        for leaf in leaves:
            if leaf.scope.values[leaf.index].__class__ is not Call:
                return ""
            called = isinstance(leaf.scope.values[leaf.index], Call)
            given = argument_of(leaf.scope, leaf.index, ("default", 1)) if called else None
            plain = leaf.kind is OriginKind.ENVIRONMENT and called and given is None
            if not plain or _is_mode(leaf.detail) or engine.arguments.settings_of(leaf):
                return ""
        if leaves:
            return leaves[0].detail
    return ""


def _catches_failures(held: Context) -> bool:
    """Whether a `try` forgets exceptions that a failed check raises."""
    names = [each.rpartition(".")[2] for each in held.detail.split(",")]
    return any(each in _BROAD or _OF_CHECKS.search(each) for each in names)


def _swallowed(
    engine: Engine, scope: Scope, index: int, name: str, swallow: int
) -> Iterator[DisabledCheck]:
    forgotten = Forgotten(engine.callees, scope, index, swallow)
    if not forgotten.goes_on():
        return
    for number in forgotten.raises():
        asked = (scope.code.contexts[each] for each in ancestor_ids(scope, number))
        held = next((each for each in asked if each.kind in ("if", "exit")), None)
        off = switched_off(engine, scope, held) if held is not None and held.value >= 0 else None
        if off is None:
            return
        why = f"a failure of `{name}` counts only where `{off[0]}` says so, and it says {off[1]}"
        yield _fact(engine, scope, index, name, "flag", why, off[2], off[0])
        return
    why = f"`{name}` may fail, and the `except` around it goes on as if it had passed"
    decision = scope.module.fact.place(scope.code.contexts[swallow].line)
    yield _fact(engine, scope, index, name, "swallowed", why, decision)


def switched_off(engine: Engine, scope: Scope, held: Context) -> tuple[str, str, Span] | None:
    """The setting that keeps a condition from holding: its name, its value, its place."""
    for atom, truth, _ in implied(scope, held.value, held.holds):
        value = scope.values[atom]
        if isinstance(value, Compare):
            found = _unequal(engine, scope, value, truth)
        else:
            found = _untrue(engine, scope, atom, truth)
        if found is not None:
            return found
    return None


def _is_mode(name: str) -> bool:
    """Whether a switch asks for a run that only checks, such as `--self-check` or `--dry-run`."""
    return _MODES.search(name) is not None and _TURNS_OFF.search(name) is None


def _untrue(engine: Engine, scope: Scope, atom: int, truth: bool) -> tuple[str, str, Span] | None:
    """The setting or constant that makes a plain condition turn out the other way."""
    text = engine.arguments.constant(scope, atom)
    for leaf in islice(engine.tracer.begun(scope, atom), 4):
        name = leaf.detail.rpartition("#")[2]
        if not truth and _is_mode(name):
            continue
        for setting in engine.arguments.settings_of(leaf):
            said = from_text(setting.value)
            if said in ("True", "False") and (said == "True") is not truth:
                return name, said, setting.span
        asked = any(place.values[at].__class__ is Param for place, at in leaf.trail)
        constant = (
            leaf.kind is OriginKind.CONSTANT and leaf.scope.code.kind == "module" and not asked
        )
        if not constant and leaf.kind not in _DECIDED:
            continue
        if constant and _set_elsewhere(engine, leaf):
            continue
        if text in ("True", "False") and (text == "True") is not truth:
            place = engine.arguments.decision(scope, atom)
            if place is not None:
                return "a constant" if constant else name, text, place
    return None


def _set_elsewhere(engine: Engine, constant: Leaf) -> bool:
    """Whether a function gives another value to the module's variable that holds a constant."""
    module = constant.scope.module
    names = {name for name, held in constant.scope.code.names.items() if held == constant.index}
    for name in sorted(names):
        for scope, store in engine.project.attributes_set.get(name, ()):
            base = scope.values[store.base] if store.base >= 0 else None
            if base is None and scope.module is module:
                return True
            if isinstance(base, Name) and base.dotted.rpartition(".")[2] == module.parts[-1]:
                return True
    return False


def _unequal(
    engine: Engine, scope: Scope, test: Compare, truth: bool
) -> tuple[str, str, Span] | None:
    """The setting whose value keeps a comparison with constants from turning out as it must."""
    for one, other in ((test.left, test.right), (test.right, test.left)):
        listed = scope.values[other]
        items = listed.items if isinstance(listed, Sequence) else (other,)
        known = [scope.values[item] for item in items]
        words = [str(word.value) for word in known if isinstance(word, Const)]
        if len(words) != len(known) or test.operator not in ("==", "!=", "in", "not in"):
            continue
        for leaf in islice(engine.tracer.begun(scope, one), 4):
            if leaf.kind not in _DECIDED:
                continue
            for setting in engine.arguments.settings_of(leaf):
                given = {setting.value, setting.value.lower(), from_text(setting.value)}
                holds = bool(given & set(words)) is (test.operator in ("==", "in"))
                if holds is not truth:
                    return leaf.detail.rpartition("#")[2], f"`{setting.value}`", setting.span
    return None


def _asserts(engine: Engine, scope: Scope, decision: Span) -> Iterator[DisabledCheck]:
    for held in scope.code.contexts:
        if held.kind == "assert" and (not scope.code.raises or _compares(scope, held.value)):
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
    engine: Engine,
    scope: Scope,
    index: int,
    name: str,
    how: str,
    why: str,
    decision: Span,
    setting: str = "",
) -> DisabledCheck:
    shared = engine.use(scope, index, name, (), "")
    named = setting if setting != "a constant" else ""
    return DisabledCheck(**shared, how=how, why=why, decision=decision, setting=named)
