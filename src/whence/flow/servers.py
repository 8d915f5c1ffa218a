"""Servers and the functions that answer requests."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.access import asked
from whence.flow.engine import Engine
from whence.flow.leaf import argument_of
from whence.flow.project import Scope
from whence.flow.roles import under_main
from whence.flow.spelling import spelled
from whence.flow.tables.servers import STARTERS, Starter
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import RouteHandler, ServerStart
from whence.vocabulary.fact.program import AnyValue, Attribute, Call, Const, Name

_APPLICATIONS = frozenset(
    {"fastapi.FastAPI()", "flask.Flask()", "quart.Quart()", "starlette.applications.Starlette()"}
)


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
        yield from _switched(engine, scope)
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


def _switched(engine: Engine, scope: Scope) -> Iterator[ServerStart]:
    """`app.debug = …` and `app.config["DEBUG"] = …`, which open what the arguments also would."""
    for store in scope.code.stores:
        key = scope.values[store.key] if store.key >= 0 else None
        base = scope.values[store.base] if store.base >= 0 else None
        if store.name == "debug":
            at = store.base
        elif isinstance(key, Const) and key.value == "DEBUG" and isinstance(base, Attribute):
            at = base.base
        else:
            continue
        if at < 0:
            continue
        for target in engine.callees.targets(scope, at):
            if target.kind == "external" and target.dotted in _APPLICATIONS:
                debug = engine.arguments.constant(scope, store.value)
                span = scope.module.fact.place(store.line)
                yield ServerStart(
                    span=span,
                    callee=target.dotted.removesuffix("()"),
                    library=target.dotted.partition(".")[0],
                    function=scope.code.name,
                    reached_from=engine.roles.reached_from(scope),
                    debug=debug,
                    under_main=under_main(scope, store.context)
                    or _only_from_main(engine, scope)
                    or _named_from_main(engine, scope),
                    decision=engine.arguments.decision(scope, store.value) or span,
                )
                break


def _named_from_main(engine: Engine, scope: Scope) -> bool:
    """Whether only a script's own start names a factory: `uvicorn.run("package.module:make")`."""
    body = scope.module.body
    ending = f":{scope.code.name}"
    return not engine.callees.callers(scope) and any(
        value.__class__ is Call
        and under_main(body, value.context)
        and any(
            isinstance(held, Const) and str(held.value).endswith(ending)
            for at in value.args
            if (held := _literal(body, at))
        )
        for value in body.values
    )


def _literal(body: Scope, at: int) -> AnyValue:
    held = body.values[at]
    named = body.code.names.get(held.dotted, at) if isinstance(held, Name) else at
    return body.values[named]


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
        authenticated=tuple(sorted(set(asked(engine, scope)))),
        does=tuple(sorted(_deeds(engine, scope))),
    )


def _deeds(engine: Engine, scope: Scope) -> set[str]:
    """What a handler does with models, by the words of its route, name and calls."""
    found: set[str] = set()
    for value in scope.values:
        if value.__class__ is Call:
            tail = spelled(scope, value.callee).rpartition(".")[2]
            if tail:
                found.add(tail)
    return found
