"""Who gets to a function: requests, commands, training, tests."""

from __future__ import annotations

from whence.flow.callee import Callees
from whence.flow.project import Scope, is_test, spelled
from whence.vocabulary.fact.program import Call, Compare, Const, Name

DEPTH = 8
_ROUTE_TAILS = frozenset(
    {"route", "get", "post", "put", "delete", "patch", "websocket", "api_route", "head", "options"}
)
_ROUTE_OWNERS = (
    "flask.",
    "fastapi.",
    "starlette.",
    "quart.",
    "bottle.",
    "sanic.",
    "aiohttp.web",
    "litestar.",
    "falcon.",
    "flask_restx.",
    "flask_smorest.",
)
_HANDLER_BASES = {
    "http.server.BaseHTTPRequestHandler": ("do_",),
    "http.server.SimpleHTTPRequestHandler": ("do_",),
    "socketserver.BaseRequestHandler": ("handle",),
    "socketserver.StreamRequestHandler": ("handle",),
    "tornado.web.RequestHandler": ("get", "post", "put", "delete", "patch"),
    "flask.views.MethodView": ("get", "post", "put", "delete", "patch"),
    "flask_restful.Resource": ("get", "post", "put", "delete", "patch"),
    "flask_restx.Resource": ("get", "post", "put", "delete", "patch"),
    "rest_framework.views.APIView": ("get", "post", "put", "delete", "patch"),
    "django.views.View": ("get", "post", "put", "delete", "patch"),
    "django.views.generic.View": ("get", "post", "put", "delete", "patch"),
    "ts.torch_handler.base_handler.BaseHandler": ("handle", "preprocess", "inference"),
    "mlflow.pyfunc.PythonModel": ("predict",),
    "kserve.Model": ("predict", "preprocess", "postprocess"),
    "litserve.LitAPI": ("decode_request", "predict"),
}
_MESSAGE_DECORATORS = ("task", "shared_task", "agent", "subscriber", "on_message", "actor")
_COMMAND_TAILS = ("command", "callback", "group")
_TRAINING_NAMES = frozenset({"train", "training", "fit", "finetune", "fine_tune", "train_model"})


class Roles:
    """Answers which roles reach a function, and remembers."""

    def __init__(self, callees: Callees) -> None:
        self.callees = callees
        self._own: dict[int, tuple[str, ...]] = {}
        self._reached: dict[int, tuple[str, ...]] = {}

    def reached_from(self, scope: Scope) -> tuple[str, ...]:
        """The roles of the function and of all that call it, sorted."""
        found = self._reached.get(scope.id)
        if found is None:
            roles: set[str] = set()
            seen = {scope.id}
            waiting = [scope]
            for _ in range(DEPTH):
                above: list[Scope] = []
                for item in waiting:
                    roles.update(self.own(item))
                    for caller, _index in self.callees.callers(item):
                        if caller.id not in seen:
                            seen.add(caller.id)
                            above.append(caller)
                waiting = above[:60]
            found = self._reached[scope.id] = tuple(sorted(roles))
        return found

    def own(self, scope: Scope) -> tuple[str, ...]:
        """The roles that a function has by itself."""
        found = self._own.get(scope.id)
        if found is None:
            self._own[scope.id] = ()
            found = self._own[scope.id] = tuple(sorted(self._own_roles(scope)))
        return found

    def _own_roles(self, scope: Scope) -> set[str]:
        roles: set[str] = set()
        if self.route_of(scope) is not None or self._is_handler_method(scope):
            roles.add("request")
        for name in scope.decorator_names:
            tail = name.rpartition(".")[2]
            if tail in _MESSAGE_DECORATORS:
                roles.add("message")
            if tail in _COMMAND_TAILS or name == "hydra.main":
                roles.add("command")
        if is_test(scope):
            roles.add("test")
        simple = scope.code.name.rpartition(".")[2]
        if simple in _TRAINING_NAMES or simple.startswith("train_"):
            roles.add("training")
        if simple == "lambda_handler":
            roles.add("request")
        if scope.code.kind == "module" and not is_test(scope):
            roles.add("main")
        if self._is_interface_function(scope):
            roles.add("request")
        return roles

    def _is_handler_method(self, scope: Scope) -> bool:
        if scope.klass is None:
            return False
        simple = scope.code.name.rpartition(".")[2]
        for base in self.callees.project.ancestry(scope.klass):
            if isinstance(base, str):
                for start in _HANDLER_BASES.get(base, ()):
                    if simple.startswith(start) if start.endswith("_") else simple == start:
                        return True
        return simple == "__call__" and any(
            name.startswith("ray.serve.deployment") for name in scope.klass.decorator_names
        )

    def _is_interface_function(self, scope: Scope) -> bool:
        name = scope.code.name.rpartition(".")[2]
        for caller, index, _ in self.callees.project.mentions.get(name, ())[:20]:
            dotted = spelled(caller, caller.call(index).callee)
            if dotted in ("gradio.Interface", "gradio.ChatInterface") or dotted.endswith(
                (".add_url_rule", ".add_api_route", ".add_route")
            ):
                return True
        return False

    def route_of(self, scope: Scope) -> tuple[str, tuple[str, ...]] | None:
        """The route and methods of a request handler; None where the function is none."""
        owner = scope.owner
        if owner is None:
            return None
        for index in scope.code.decorators:
            value = owner.values[index]
            if value.__class__ is not Call:
                continue
            tail = spelled(owner, index).rpartition(".")[2]
            if tail not in _ROUTE_TAILS or not self._is_router(owner, index):
                continue
            args = value.args
            first = owner.values[args[0]] if args else None
            route = str(first.value) if first.__class__ is Const else ""
            return route, self._methods(owner, index, tail)
        return None

    def _is_router(self, owner: Scope, index: int) -> bool:
        callee = owner.call(index).callee
        known = [t.dotted for t in self.callees.targets(owner, callee) if t.kind == "external"]
        if any(dotted.startswith(_ROUTE_OWNERS) for dotted in known):
            return True
        text = spelled(owner, callee)
        base = text.rpartition(".")[0].rpartition(".")[2]
        return any(d.startswith("?") for d in known) and (
            text.endswith(".route") or base in ("app", "router", "api", "bp", "blueprint")
        )

    def _methods(self, owner: Scope, index: int, tail: str) -> tuple[str, ...]:
        if tail not in ("route", "api_route"):
            return (tail.upper(),)
        call = owner.call(index)
        len(call.args) - len(call.keywords)
        for name, arg in call.named:
            if name == "methods":
                items = getattr(owner.values[arg], "items", ())
                held = [owner.values[item] for item in items]
                return tuple(str(v.value).upper() for v in held if v.__class__ is Const)
        return ("GET",)


def under_main(scope: Scope, context: int) -> bool:
    """Whether a point of a module runs only as a script."""
    while context >= 0:
        held = scope.code.contexts[context]
        if held.value >= 0:
            test = scope.values[held.value]
            if test.__class__ is Compare:
                sides = [scope.values[test.left], scope.values[test.right]]
                if any(s.__class__ is Name and s.dotted == "__name__" for s in sides):
                    return True
        context = held.parent
    return False
