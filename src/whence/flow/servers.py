"""Servers and the functions that answer requests."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.leaf import argument_of
from whence.flow.project import Scope, spelled
from whence.flow.roles import under_main
from whence.flow.tables.servers import (
    AUTHENTICATORS,
    LIFECYCLE,
    STARTERS,
    Starter,
    authenticates,
)
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import RouteHandler, ServerStart
from whence.vocabulary.fact.program import Call, Sequence


def server_facts(engine: Engine) -> Iterator[Fact]:
    """A fact for every start of a server and for every request handler."""
    for tail in sorted({name.rpartition(".")[2] for name in STARTERS}):
        for scope, index in engine.project.calls.get(tail, ()):
            for dotted in engine.callees.dotted(scope, index):
                starter = STARTERS.get(dotted)
                if starter is not None:
                    yield _started(engine, scope, index, dotted, starter)
                    break
    for scope in engine.project.scopes:
        if scope.code.kind == "function" and (
            scope.code.decorators or scope.klass is not None or scope.code.parameters
        ):
            route = engine.roles.route_of(scope)
            if route is not None:
                yield _handler(engine, scope, *route)


def _started(
    engine: Engine, scope: Scope, index: int, dotted: str, starter: Starter
) -> ServerStart:
    arguments = engine.arguments.of(scope, index)
    context = scope.call(index).context
    debug, decision = "False", Span("")
    for name in starter.debug:
        given = argument_of(scope, index, (name,))
        if given is not None and arguments.get(name, "False") not in ("False", "None", "0"):
            debug = arguments[name]
            decision = engine.arguments.decision(scope, given) or scope.place(index)
    host = arguments.get("host", arguments.get("server_name", starter.host))
    return ServerStart(
        **engine.use(scope, index, dotted, (), ""),
        host=host.strip("'\""),
        debug=debug,
        under_main=under_main(scope, context) or _only_from_main(engine, scope),
        decision=decision,
    )


def _only_from_main(engine: Engine, scope: Scope) -> bool:
    callers = engine.callees.callers(scope)
    return bool(callers) and all(
        under_main(caller, caller.call(at).context) for caller, at in callers
    )


def _handler(engine: Engine, scope: Scope, route: str, methods: tuple[str, ...]) -> RouteHandler:
    return RouteHandler(
        span=scope.module.fact.place(scope.code.line),
        callee=scope.code.name,
        library="",
        function=scope.code.name,
        reached_from=engine.roles.reached_from(scope),
        route=route,
        methods=methods,
        authenticated=tuple(sorted(set(_authenticated(engine, scope)))),
        does=tuple(sorted(_deeds(engine, scope))),
    )


def _authenticated(engine: Engine, scope: Scope) -> Iterator[str]:
    """What stands before a handler: decorators, dependencies, checks in its body."""
    owner = scope.owner
    for name in scope.decorator_names:
        if authenticates(name):
            yield name
    if owner is not None:
        for parameter in scope.code.parameters:
            if parameter.default >= 0:
                yield from _dependencies(engine, owner, parameter.default)
        for index in scope.code.decorators:
            yield from _dependencies(engine, owner, index)
    for value in scope.values:
        if value.__class__ is Call:
            name = spelled(scope, value.callee)
            if authenticates(name) and not name.startswith("?."):
                yield name
    yield from _module_wide(engine, scope)


def _dependencies(engine: Engine, owner: Scope, index: int) -> Iterator[str]:
    value = owner.values[index]
    if value.__class__ is Call:
        name = spelled(owner, index)
        if name.rpartition(".")[2] in ("Depends", "Security"):
            for arg in value.args:
                inner = spelled(owner, arg)
                if authenticates(inner) or name.endswith("Security"):
                    yield inner
            return
        for arg in value.args:
            yield from _dependencies(engine, owner, arg)
    if value.__class__ is Sequence:
        for item in value.items:
            yield from _dependencies(engine, owner, item)


def _module_wide(engine: Engine, scope: Scope) -> Iterator[str]:
    """Checks that stand before every handler of the file: middleware, `before_request`."""
    body = scope.module.body
    for index, value in enumerate(body.values):
        if value.__class__ is Call:
            name = spelled(body, index)
            tail = name.rpartition(".")[2]
            if tail == "add_middleware":
                for arg in value.args:
                    inner = spelled(body, arg)
                    if authenticates(inner):
                        yield inner
            elif tail in ("FastAPI", "APIRouter"):
                yield from _dependencies(engine, body, index)
    for other in scope.module.scopes.values():
        for name in other.decorator_names:
            if name.rpartition(".")[2] in LIFECYCLE and any(
                authenticates(spelled(other, value.callee))
                or spelled(other, value.callee).rpartition(".")[2] in AUTHENTICATORS
                for value in other.values
                if value.__class__ is Call
            ):
                yield name


def _deeds(engine: Engine, scope: Scope) -> set[str]:
    """What a handler does with models, by the words of its route, name and calls."""
    found: set[str] = set()
    for value in scope.values:
        if value.__class__ is Call:
            tail = spelled(scope, value.callee).rpartition(".")[2]
            if tail:
                found.add(tail)
    return found
