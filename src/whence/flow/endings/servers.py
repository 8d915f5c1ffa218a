"""Servers and the functions that answer requests."""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.checks.disabled import switched_off
from whence.flow.endings.django_settings import debugging_settings
from whence.flow.engine import Engine
from whence.flow.entrances.access import asked
from whence.flow.entrances.registered_routes import registered_routes
from whence.flow.entrances.roles import under_main
from whence.flow.entrances.url_routes import routes_of_urls
from whence.flow.program.conditions import ancestors, implied
from whence.flow.program.leaf import argument_of
from whence.flow.program.project import Scope
from whence.flow.program.spelling import spelled
from whence.flow.tables.servers import OPENED, STARTERS, TRACES, Starter
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import OriginKind, RouteHandler, ServerStart
from whence.vocabulary.fact.program import (
    AnyValue,
    Attribute,
    Call,
    Compare,
    Const,
    Name,
    Sequence,
)

_SETTINGS = {
    OriginKind.CONFIG,
    OriginKind.ENVIRONMENT,
    OriginKind.COMMAND_LINE,
    OriginKind.CONSTANT,
}
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
    yield from _opened(engine)
    yield from _traces(engine)
    yield from debugging_settings(engine)
    for scope in engine.project.scopes:
        yield from _switched(engine, scope)
    yield from _updated(engine)
    for scope in engine.project.scopes:
        if scope.code.kind == "function" and (
            scope.code.decorators or scope.klass is not None or scope.code.parameters
        ):
            route = engine.roles.route_of(scope)
            if route is not None:
                yield _handler(engine, scope, *route)
    for view, pattern, methods in (*routes_of_urls(engine), *registered_routes(engine)):
        yield _handler(engine, view, pattern, methods)


def _started(
    engine: Engine, scope: Scope, index: int, dotted: str, starter: Starter
) -> ServerStart:
    arguments = engine.arguments.of(scope, index)
    context = scope.call(index).context
    debug, decision, how = "False", Span(""), ""
    for name in starter.debug:
        given = argument_of(scope, index, (name,))
        if given is not None and arguments.get(name, "False") not in ("False", "None", "0"):
            debug = arguments[name]
            how = "tunnel" if name == "share" else ""
            decision = engine.arguments.decision(scope, given) or scope.place(index)
    host = arguments.get("host", arguments.get("server_name", starter.host))
    return ServerStart(
        **engine.use(scope, index, dotted, (), ""),
        host=host.strip("'\""),
        debug=debug,
        under_main=under_main(scope, context) or _only_from_main(engine, scope),
        decision=decision,
        how=how,
    )


def _opened(engine: Engine) -> Iterator[ServerStart]:
    """Calls that open nothing but a way in for who debugs or measures."""
    for scope, index, _ in engine.project.calls_spelled(
        sorted({name.rpartition(".")[2] for name in OPENED})
    ):
        for dotted in engine.callees.dotted(scope, index):
            if dotted not in OPENED:
                continue
            host, wanted = OPENED[dotted]
            given = argument_of(scope, index, wanted) if wanted else None
            held = scope.values[given] if given is not None else None
            if isinstance(held, Sequence) and held.items:
                given = held.items[0]
            text = engine.texts.rendered(scope, given) if given is not None else host
            yield ServerStart(
                **engine.use(scope, index, dotted, (), ""),
                host="127.0.0.1" if "{" in text else text,
                debug="True",
                under_main=under_main(scope, scope.call(index).context)
                or _only_from_main(engine, scope),
                how="opened",
            )
            break


def _traces(engine: Engine) -> Iterator[ServerStart]:
    """Handlers whose answer holds a stack trace."""
    for scope, index, _ in engine.project.calls_spelled(
        sorted({name.rpartition(".")[2] for name in TRACES})
    ):
        names = set(engine.callees.dotted(scope, index)) & TRACES
        if not names or not _answers(engine, scope):
            continue
        if any(index in engine.guards.closure(scope, value) for value, _ in scope.code.returns):
            debug, decision = _switch(engine, scope, index)
            yield ServerStart(
                **engine.use(scope, index, min(names), (), ""),
                debug=debug,
                decision=decision,
                how="trace",
            )


def _switch(engine: Engine, scope: Scope, index: int) -> tuple[str, Span]:
    """Whether settings let a call of a handler happen, and who decides: its own, its decorators'."""
    debug, decision = "True", Span("")
    sites = [(scope, scope.call(index).context)]
    owner = scope.owner
    for at in scope.code.decorators if owner is not None else ():
        held = owner.values[at] if owner is not None else None
        if owner is not None and isinstance(held, Call):
            sites.append((owner, held.context))
    for place, context in sites:
        for around in ancestors(place, context):
            if around.kind not in ("if", "exit") or around.value < 0:
                continue
            for atom, truth, _ in implied(place, around.value, around.holds):
                value = place.values[atom]
                sides = (value.left, value.right) if isinstance(value, Compare) else (atom,)
                leaves = [leaf for at in sides for leaf in engine.tracer.origins(place, at)]
                if not leaves or not {leaf.kind for leaf in leaves} <= _SETTINGS:
                    continue
                given = [said for leaf in leaves for said in engine.arguments.settings_of(leaf)]
                known = engine.arguments.constant(place, atom) == str(truth)
                if switched_off(engine, place, around) or not (known or given):
                    debug = "False"
                decision = given[0].span if given else decision
    return debug, decision


def _answers(engine: Engine, scope: Scope) -> bool:
    """Whether what a function returns goes to a caller: a handler, or one of errors."""
    return "request" in engine.roles.own(scope) or any(
        name.rpartition(".")[2] in ("errorhandler", "exception_handler", "app_errorhandler")
        for name in scope.decorator_names
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


def _updated(engine: Engine) -> Iterator[ServerStart]:
    """`app.config.update(DEBUG=True)` and `app.config.from_mapping(DEBUG=True)`."""
    for scope, index, call in engine.project.calls_spelled(["update", "from_mapping"]):
        given = dict(call.named).get("DEBUG")
        if given is None or not engine.callees.dotted(scope, index)[:1]:
            continue
        dotted = engine.callees.dotted(scope, index)[0]
        made = next((name for name in _APPLICATIONS if dotted.startswith(f"{name}.config.")), "")
        if made and engine.arguments.constant(scope, given) == "True":
            yield ServerStart(
                **engine.use(scope, index, made.removesuffix("()"), (), ""),
                debug="True",
                under_main=under_main(scope, call.context) or _only_from_main(engine, scope),
                decision=engine.arguments.decision(scope, given) or scope.place(index),
            )


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
