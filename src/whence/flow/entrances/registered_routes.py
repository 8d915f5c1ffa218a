"""Handlers that no decorator marks: functions that are handed to a table of routes, and the
methods of classes of handlers.

Sources: the reference pages of aiohttp, Starlette, FastAPI, Flask, Tornado and Django REST framework.
"""

from __future__ import annotations

from collections.abc import Iterator

from whence.flow.engine import Engine
from whence.flow.entrances.access import refuses
from whence.flow.program.project import Scope
from whence.flow.program.spelling import last_name, spelled
from whence.flow.tables.servers import authenticates
from whence.flow.tables.types import canonical
from whence.vocabulary.fact.program import Call, Const, Sequence

Routed = tuple[Scope, str, tuple[str, ...]]

_ADDS = frozenset(
    {"add_get", "add_post", "add_put", "add_patch", "add_delete", "add_route", "add_api_route",
     "add_url_rule", "Route", "get", "post", "put", "patch", "delete"}
)  # fmt: skip
_OWNED = {"Route": "starlette.routing.", "get": "aiohttp.web.", "post": "aiohttp.web.",
          "put": "aiohttp.web.", "patch": "aiohttp.web.", "delete": "aiohttp.web."}  # fmt: skip
_CLASSES = frozenset(
    {"tornado.web.RequestHandler()", "aiohttp.web.View()", "flask.views.MethodView()",
     "starlette.endpoints.HTTPEndpoint()"}
)  # fmt: skip
_OPEN_VIEWS = "rest_framework.views.APIView()"
_METHODS = ("get", "post", "put", "patch", "delete")


def registered_routes(engine: Engine) -> Iterator[Routed]:
    """The handlers, each once, with their routes and methods as far as they are written."""
    seen: set[int] = set()
    for scope, route, methods in (*_handed(engine), *_of_classes(engine)):
        if scope.id not in seen and not _is_behind_a_check(engine, scope):
            seen.add(scope.id)
            yield scope, route, methods


def _handed(engine: Engine) -> Iterator[Routed]:
    """`router.add_post("/models/load", load)`, `Route("/models/load", load, methods=["POST"])`."""
    for caller, _, call in engine.project.calls_spelled(sorted(_ADDS)):
        name = last_name(caller.values, call.callee)
        owner = _OWNED.get(name)
        if owner is not None and not spelled(caller, call.callee).startswith(owner):
            continue
        pattern = caller.values[call.args[0]] if call.args else None
        if not isinstance(pattern, Const) or not str(pattern.value).startswith("/"):
            continue
        for at in call.args[1:]:
            for target in engine.callees.targets(caller, at):
                if target.kind == "function" and target.scope is not None:
                    yield target.scope, str(pattern.value), _methods(caller, call, name)


def _methods(caller: Scope, call: Call, name: str) -> tuple[str, ...]:
    tail = name.removeprefix("add_")
    if tail in _METHODS:
        return (tail.upper(),)
    for key, at in call.named:
        held = caller.values[at]
        if key == "methods" and isinstance(held, Sequence):
            items = [caller.values[item] for item in held.items]
            return tuple(str(item.value).upper() for item in items if isinstance(item, Const))
    return ("GET",)


def _of_classes(engine: Engine) -> Iterator[Routed]:
    """The methods of handlers' classes; those of Django REST framework where they say `AllowAny`."""
    for klass in engine.project.classes:
        named = {
            canonical(f"{base}()")
            for base in engine.project.ancestry(klass)
            if isinstance(base, str)
        }
        if named & _CLASSES or (_OPEN_VIEWS in named and _is_open(klass)):
            for method in _METHODS:
                scope = klass.children.get(method)
                if scope is not None:
                    yield scope, "", (method.upper(),)


def _is_open(klass: Scope) -> bool:
    index = klass.code.names.get("permission_classes")
    held = klass.values[index] if index is not None else None
    if not isinstance(held, Sequence):
        return False
    return all(last_name(klass.values, item) == "AllowAny" for item in held.items)


def _is_behind_a_check(engine: Engine, scope: Scope) -> bool:
    """Whether the application or a base class lets a check of the project run before."""
    klass = scope.klass
    if klass is not None:
        before = engine.project.method(klass, "prepare") or engine.project.method(klass, "dispatch")
        if before is not None and (before.code.raises or refuses(engine, before)):
            return True
        for base in engine.project.ancestry(klass):
            if authenticates(base.code.name if isinstance(base, Scope) else base):
                return True
    for caller, _, call in engine.project.calls_spelled(["Application", "Starlette", "FastAPI"]):
        for key, at in call.named:
            held = caller.values[at]
            if key in ("middleware", "middlewares", "dependencies"):
                if not isinstance(held, Sequence) or held.items:
                    return True
    return False
