"""Decoders of plain formats that build whatever class the text names.

JSON and MessagePack hold data only, until a hook imports the module that the data name and makes
an object of it. Sources: the reference pages of json, msgpack, ormsgpack and cbor2; the advisories
CVE-2026-25632 (epyt-flow) and CVE-2024-29032 (qiskit-ibm-runtime).
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.program.conditions import ancestors, implied
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import Deserialization
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Compare,
    Const,
    Item,
    Param,
)

DEPTH = 2
_DECODERS = frozenset(
    {"json.loads", "json.load", "simplejson.loads", "simplejson.load", "msgpack.unpackb",
     "msgpack.unpack", "msgpack.Unpacker", "msgpack.loads", "ormsgpack.unpackb", "cbor2.loads",
     "cbor2.load", "json.JSONDecoder"}
)  # fmt: skip
_TAILS = tuple(sorted({name.rpartition(".")[2] for name in _DECODERS} | {"json"}))
_HOOKS = ("object_hook", "ext_hook", "object_pairs_hook", "tag_hook", "cls")
_METHODS = ("object_hook", "decode", "default", "__init__")
_IMPORTS = frozenset({"import_module", "__import__", "locate", "import_string"})


def decoder_facts(engine: Engine) -> Iterator[Fact]:
    """A fact for each decoding call whose hook imports what the data name."""
    for tail in _TAILS:
        for scope, index in engine.project.calls.get(tail, ()):
            call = scope.call(index)
            if not set(_HOOKS).isdisjoint(call.keywords):
                yield from _decoded(engine, scope, index, tail)


def _decoded(engine: Engine, scope: Scope, index: int, tail: str) -> Iterator[Fact]:
    dotted = next(iter(_DECODERS & set(engine.callees.dotted(scope, index))), "")
    callee = scope.values[scope.call(index).callee]
    answers = tail == "json" and isinstance(callee, Attribute)
    value = callee.base if answers and isinstance(callee, Attribute) else None
    if value is None:
        value = argument_of(scope, index, (0, "s", "fp", "packed"))
    hook = argument_of(scope, index, _HOOKS)
    if not (dotted or answers) or hook is None or value is None:
        return
    for inner in _run_by(engine, scope, hook):
        if inner is not scope and _imports_anything(engine, inner):
            name = dotted or "json.loads"
            origins = engine.origins.of(scope, index, value, True)
            shared = engine.use(scope, index, name, origins, engine.texts.rendered(scope, value))
            why = "its hook imports the module and makes the class that the data name"
            yield Deserialization(**shared, format="named-classes", safe=False, why=why)
            return


def _run_by(engine: Engine, scope: Scope, hook: int) -> Iterator[Scope]:
    """The functions that run for what is decoded: the hook itself, or the methods of a decoder."""
    for target in engine.callees.targets(scope, hook):
        if target.kind == "class" and target.scope is not None:
            for name in _METHODS:
                method = engine.project.method(target.scope, name)
                if method is not None:
                    yield method
        else:
            inner = engine.callees.runs(target)
            if inner is not None:
                yield inner


def _imports_anything(engine: Engine, scope: Scope) -> bool:
    """Whether a function imports what its parameters name, and no list says what that may be."""
    return any(True for _ in _imported(engine, scope, 0))


def _imported(engine: Engine, scope: Scope, depth: int) -> Iterator[int]:
    """The values that name what a function imports, itself or by what it calls, and no list holds."""
    for index, value in enumerate(scope.values):
        if not isinstance(value, Call) or not value.args:
            continue
        runs = [engine.callees.runs(target) for target in engine.callees.of_call(scope, index)]
        inside = [inner for inner in runs if inner is not None and inner is not scope]
        named: set[int] = set()
        if last_name(scope.values, value.callee) in _IMPORTS and not inside:
            named.add(value.args[0])
        for inner in inside if depth < DEPTH else ():
            named.update(_given(engine, scope, index, inner, depth))
        for each in sorted(named):
            parts = engine.guards.closure(scope, each)
            given = any(isinstance(scope.values[at], Param) for at in parts)
            listed = _is_listed(engine, scope, value.context, each)
            if given and not listed and not _is_refused(engine, scope, index):
                yield each


def _given(engine: Engine, scope: Scope, index: int, inner: Scope, depth: int) -> Iterator[int]:
    """What a call gives to the parameters that name what the called function imports."""
    for value in _imported(engine, inner, depth + 1):
        for at in sorted(engine.guards.closure(inner, value)):
            held = inner.values[at]
            if isinstance(held, Param):
                found = engine.callees.argument(inner, scope, index, held.name)
                if found is not None and found[0] is scope:
                    yield found[1]


def _is_listed(engine: Engine, scope: Scope, context: int, named: int) -> bool:
    """Whether a point is reached only where a test lets the name through."""
    wanted = _spellings(engine, scope, named)
    for held in ancestors(scope, context):
        if held.value < 0 or held.kind in ("loop", "body"):
            continue
        for index, truth, _ in implied(scope, held.value, held.holds):
            value = scope.values[index]
            tested = -1
            if isinstance(value, Compare):
                lets = value.operator in (("in", "==") if truth else ("not in", "!="))
                tested = value.left if lets else -1
            elif isinstance(value, Call) and truth:
                callee = scope.values[value.callee]
                starts = isinstance(callee, Attribute) and callee.name == "startswith"
                tested = callee.base if starts and isinstance(callee, Attribute) else index
            if tested >= 0 and wanted & _spellings(engine, scope, tested):
                return True
    return False


def _is_refused(engine: Engine, scope: Scope, before: int) -> bool:
    """Whether a function that is called before raises for names that are on no list."""
    for index in range(before):
        value = scope.values[index]
        if not isinstance(value, Call) or not value.args:
            continue
        for target in engine.callees.of_call(scope, index):
            inner = engine.callees.runs(target)
            if inner is not None and inner.code.raises and _looks_up(engine, inner):
                return True
    return False


def _looks_up(engine: Engine, scope: Scope) -> bool:
    """Whether a function looks for what it is given in a collection."""
    return any(
        isinstance(value, Compare)
        and value.operator in ("in", "not in")
        and any(
            isinstance(scope.values[at], Param) for at in engine.guards.closure(scope, value.left)
        )
        for value in scope.values
    )


def _spellings(engine: Engine, scope: Scope, index: int) -> set[str]:
    """The items of parameters that a value is made of, as text; bare parameters where none is."""
    found = {_spelt(scope, at) for at in engine.guards.closure(scope, index)} - {""}
    longer = {text for text in found if "[" in text}
    return longer or found


def _spelt(scope: Scope, index: int) -> str:
    value = scope.values[index]
    if isinstance(value, Param):
        return value.name
    base, key = -1, -1
    if isinstance(value, Item):
        base, key = value.base, value.key
    elif isinstance(value, Call) and value.args:
        callee = scope.values[value.callee]
        if isinstance(callee, Attribute) and callee.name in ("get", "pop"):
            base, key = callee.base, value.args[0]
    held = scope.values[key] if key >= 0 else None
    text = _spelt(scope, base) if base >= 0 else ""
    return f"{text}[{held.value}]" if text and isinstance(held, Const) else ""
