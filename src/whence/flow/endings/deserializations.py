"""Calls that make objects of bytes → facts: whether the call is safe by itself, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whence.flow.endings.safety import judged
from whence.flow.endings.unpicklers import BASES, builds_objects, restriction
from whence.flow.endings.uses import shared_fields
from whence.flow.engine import Engine
from whence.flow.program.callee import Target
from whence.flow.program.conditions import ancestors, implied
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import spelled
from whence.flow.tables.loaders import DESERIALIZERS
from whence.flow.tables.sink import Sink
from whence.flow.tables.types import canonical
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import Deserialization, Exposure, Origin, OriginKind
from whence.vocabulary.fact.program import Attribute, Call, Name


def deserialization(
    engine: Engine, scope: Scope, index: int, dotted: str, sink: Sink
) -> Iterator[Fact]:
    shared = shared_fields(engine, scope, index, dotted, sink)
    if shared is None:
        return
    arguments = _arguments(engine, scope, index, sink, shared)
    # Most native libraries are the project's or the system's own.
    if sink.format == "native" and not any(_comes_from_outside(o) for o in shared["origins"]):
        return
    installed = engine.versions.installed("torch" if sink.format == "torch" else shared["library"])
    safe, why = judged(sink.format, arguments, installed, dotted)
    if safe and _builds_objects(engine, scope, index, sink):
        safe, why = False, "constructors for Python objects are added to the loader"
    if safe and sink.format == "torch" and engine.switches.told_to_build:
        told = engine.switches.told_to_build
        safe, why = False, f"torch is told that `{told}` is safe to call"
    if installed.versions and sink.format == "torch" and _tests_version(arguments):
        safe = False
    if sink.format == "torch" and "weights_only" not in arguments and _falls_back(scope, index):
        safe, why = True, "only a torch that knows no `weights_only` gets here"
    if dotted.startswith("multiprocessing.connection.") and _is_keyed(engine, scope):
        safe, why = True, "the connection asks for a key that the code does not hold"
    yield Deserialization(**shared, format=sink.format, safe=safe, why=why)


def _arguments(
    engine: Engine, scope: Scope, index: int, sink: Sink, shared: dict[str, Any]
) -> dict[str, str]:
    """The arguments of a call, with those that stand elsewhere or have another name."""
    arguments: dict[str, str] = shared["arguments"]
    if sink.format == "numpy" and "2" in arguments:
        arguments = {**arguments, "allow_pickle": arguments["2"]}
    if sink.format == "yaml" and "?" in (arguments.get("Loader"), arguments.get("1")):
        given = argument_of(scope, index, ("Loader", 1))
        made = engine.callees.targets(scope, given) if given is not None else ()
        known = {target.dotted for target in made if target.kind == "external"}
        named = known.pop() if len(known) == 1 and len(made) == 1 else ""
        loader = named or (spelled(scope, given) if given is not None else "?")
        arguments = {**arguments, "Loader": loader}
    for name in ("weights_only", "safe_mode"):
        value = argument_of(scope, index, (name,)) if arguments.get(name) == "?" else None
        if value is not None and engine.guards.opt_ins.is_on(scope, value):
            arguments = {**arguments, name: "True"}
    if sink.format in ("torch", "keras"):
        arguments = {**arguments, **engine.switches.of(shared["callee"], arguments)}
    if sink.format == "skops" and _names_its_own_types(engine, scope, index):
        arguments = {**arguments, "trusted": "get_untrusted_types"}
    if sink.format == "ruamel":
        arguments = {**_made_with(engine, scope, index), **arguments}
    return arguments


def _names_its_own_types(engine: Engine, scope: Scope, index: int) -> bool:
    """Whether a file is trusted with all types that it names itself."""
    given = argument_of(scope, index, ("trusted",))
    if given is None or _is_empty(scope, scope.call(index).context, given):
        return False
    parts = engine.guards.closure(scope, given)
    return any(
        scope.values[at].__class__ is Call
        and "skops.io.get_untrusted_types" in engine.callees.dotted(scope, at)
        for at in parts
    )


def _is_empty(scope: Scope, context: int, value: int) -> bool:
    """Whether a point is reached only where a value is empty."""
    return any(
        index == value and not truth
        for held in ancestors(scope, context)
        if held.value >= 0 and held.kind not in ("loop", "body")
        for index, truth, _ in implied(scope, held.value, held.holds)
    )


def _builds_objects(engine: Engine, scope: Scope, index: int, sink: Sink) -> bool:
    """Whether constructors that make objects are added to the loader of a YAML call."""
    if sink.format not in ("yaml", "yaml-safe"):
        return False
    loaders = {Target("external", f"yaml.{name}") for name in ("SafeLoader", "loader.SafeLoader")}
    if sink.format == "yaml":
        given = argument_of(scope, index, ("Loader", 1))
        loaders = set(engine.callees.targets(scope, given)) if given is not None else set()
    return builds_objects(engine.project, engine.callees, loaders)


def _comes_from_outside(origin: Origin) -> bool:
    return origin.exposure >= Exposure.INSIDER


def _is_keyed(engine: Engine, scope: Scope) -> bool:
    """Whether the connections of a module ask for a key that does not stand in the code."""
    keys = [
        (place, arg)
        for tail in ("Client", "Listener")
        for place, index in engine.project.calls.get(tail, ())
        if place.module is scope.module
        for name, arg in place.call(index).named
        if name == "authkey"
    ]
    return bool(keys) and not any(
        leaf.kind is OriginKind.CONSTANT and leaf.detail
        for place, arg in keys
        for leaf in engine.tracer.origins(place, arg)
    )


def _made_with(engine: Engine, scope: Scope, index: int) -> dict[str, str]:
    """The arguments of the call that made the receiver of a method."""
    callee = scope.values[scope.call(index).callee]
    made = callee.base if isinstance(callee, Attribute) else -1
    held = scope.values[made]
    while isinstance(held, Name) and not held.imported and (owner := scope.owner) is not None:
        if held.dotted not in owner.code.names:
            break
        scope, made = owner, owner.code.names[held.dotted]
        held = scope.values[made]
    return engine.arguments.of(scope, made) if made >= 0 and isinstance(held, Call) else {}


def _falls_back(scope: Scope, index: int) -> bool:
    """Whether a call is made where the same one with one argument more was refused."""
    return any(
        held.kind == "handler" and "TypeError" in held.detail.split(",")
        for held in ancestors(scope, scope.call(index).context)
    )


def _tests_version(arguments: dict[str, str]) -> bool:
    return arguments.get("weights_only") == "?"


def restricted_unpicklers(engine: Engine) -> Iterator[Fact]:
    """Subclasses of `pickle.Unpickler`, wherever the project makes one."""
    for klass in engine.project.classes:
        if any(
            isinstance(base, str) and canonical(base) in BASES
            for base in engine.project.ancestry(klass)
        ):
            yield from _restricted(engine, klass)


def _restricted(engine: Engine, klass: Scope) -> Iterator[Fact]:
    """Subclasses of `pickle.Unpickler`: safe where `find_class` refuses what is not listed."""
    safe, why = restriction(engine.project, engine.callees, klass)
    sink = DESERIALIZERS["pickle.Unpickler"]
    for scope, index in engine.project.calls.get(klass.code.name.rpartition(".")[2], ()):
        if any(target.scope is klass for target in engine.callees.of_call(scope, index)):
            shared = shared_fields(engine, scope, index, "pickle.Unpickler", sink)
            if shared is not None:
                yield Deserialization(**shared, format="pickle", safe=safe, why=why)
