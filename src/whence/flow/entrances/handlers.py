"""Functions that answer strangers, known by their class, their decorator or their name.

Sources: the reference pages of gRPC, Dash, Gradio, SageMaker's inference toolkit, Azure ML's
scoring scripts, TorchServe, BentoML and the function runtimes of the clouds.
"""

from __future__ import annotations

from whence.flow.program.callee import Callees
from whence.flow.program.project import Module, Scope
from whence.flow.program.spelling import last_name
from whence.flow.tables.handlers import registers
from whence.vocabulary.fact.program import Call, Sequence

_PAGE_PARTS = frozenset({"Input", "Output", "State"})
_EVENTS = (
    ".click", ".submit", ".upload", ".change", ".then", ".select", ".release", ".stop", ".input",
    ".success", ".load", ".blur", ".clear", ".edit", ".tick", ".like", ".apply",
)  # fmt: skip
_DECORATORS = frozenset(
    {
        "bentoml.api",
        "functions_framework.http",
        "functions_framework.cloud_event",
        "modal.web_endpoint",
        "modal.fastapi_endpoint",
        "chainlit.on_message",
        "Pyro5.api.expose",
        "Pyro4.expose",
        "ray.serve.deployment",
        "strawberry.field",
        "strawberry.mutation",
        "strawberry.subscription",
        "rest_framework.decorators.api_view",
        "rest_framework.decorators.action",
        "rest_framework.decorators.detail_route",
        "rest_framework.decorators.list_route",
        "cherrypy.expose",
        "nicegui.ui.page",
    }
)
_REMOTE_CALLS = frozenset({"xmlrpc", "SimpleXMLRPCServer", "jsonrpclib"})
_RESPONDERS = frozenset({"get", "post", "put", "patch", "delete", "head"})
_SCORING = {"input_fn": 2, "transform_fn": 3}


def answers_requests(callees: Callees, scope: Scope) -> bool:
    """Whether what a function is given was sent by whoever reaches the service."""
    return (
        _is_remote_procedure(callees, scope)
        or _is_page_callback(scope)
        or any(_is_decorator(name) for name in scope.decorator_names)
        or _resolves_query(callees, scope)
        or _is_scoring_function(scope)
        or _is_django_view(scope)
    )


def is_page_callback(scope: Scope, index: int) -> bool:
    """Whether a decorator ties a function to parts of a Dash page."""
    owner = scope.owner
    value = owner.values[index] if owner is not None else None
    if owner is None or value.__class__ is not Call:
        return False
    below = [owner.values[arg] for arg in value.args]
    items = [owner.values[at] for held in below if held.__class__ is Sequence for at in held.items]
    return any(
        last_name(owner.values, held.callee) in _PAGE_PARTS
        for held in (*below, *items)
        if held.__class__ is Call
    )


def hands_to_strangers(caller: Scope, dotted: str) -> bool:
    """Whether a call that is handed a function lets strangers run it."""
    if registers(dotted):
        return True
    return dotted.endswith(_EVENTS) and _imports(caller.module, "gradio")


def _is_remote_procedure(callees: Callees, scope: Scope) -> bool:
    """A method of a gRPC servicer, one that RPyC exposes, or a responder of Falcon."""
    if scope.klass is None or len(scope.code.parameters) < 2:
        return False
    simple = scope.code.name.rpartition(".")[2]
    if simple.startswith("__"):
        return False
    bases = [
        base if isinstance(base, str) else base.code.name
        for base in callees.project.ancestry(scope.klass)
    ]
    if any(base.endswith("Servicer") for base in bases[1:]):
        return scope.code.parameters[1].name in ("request", "request_iterator", "_request", "req")
    if simple.startswith("on_"):
        return simple[3:] in _RESPONDERS and _imports(scope.module, "falcon")
    return simple.startswith("exposed_") and "rpyc.Service" in bases


def _is_page_callback(scope: Scope) -> bool:
    return any(is_page_callback(scope, index) for index in scope.code.decorators)


def _is_decorator(name: str) -> bool:
    return name in _DECORATORS or (
        name.endswith(".api") and name.split(".")[0] in ("svc", "service", "bentoml")
    )


def _resolves_query(callees: Callees, scope: Scope) -> bool:
    """Whether a decorator of Ariadne makes a function the resolver of a field."""
    owner = scope.owner
    if owner is None or not _imports(scope.module, "ariadne"):
        return False
    return any(
        target.dotted.startswith("ariadne.") and target.dotted.endswith((".field", ".source"))
        for index in scope.code.decorators
        if (held := owner.values[index]).__class__ is Call
        for target in callees.targets(owner, held.callee)
    )


def registered_classes(callees: Callees) -> frozenset[int]:
    """The ids of the classes whose instances a server of XML-RPC answers with."""
    return frozenset(
        target.scope.id
        for caller, _, call in callees.project.calls_spelled(["register_instance"])
        if not _REMOTE_CALLS.isdisjoint(caller.module.imports)
        for at in call.positional[:1]
        for target in callees.targets(caller, at)
        if target.kind == "instance" and target.scope is not None
    )


def _is_scoring_function(scope: Scope) -> bool:
    """The entry points that SageMaker, TorchServe and Azure ML call with what a client sent."""
    simple = scope.code.name
    number = len(scope.code.parameters)
    if scope.klass is not None or "." in simple:
        return False
    if simple in _SCORING:
        return number >= _SCORING[simple]
    if simple == "run" and number == 1:
        inits = scope.module.scopes.get("init")
        return inits is not None and not inits.code.parameters
    return simple == "handle" and [p.name for p in scope.code.parameters] == ["data", "context"]


def _is_django_view(scope: Scope) -> bool:
    """A function that Django's decorators or its place among the views make one."""
    parameters = scope.code.parameters
    if scope.klass is not None or not parameters or parameters[0].name != "request":
        return False
    if any(name.startswith("django.") for name in scope.decorator_names):
        return True
    return "views" in scope.module.parts and _imports(scope.module, "django")


def _imports(module: Module, package: str) -> bool:
    """Whether a module names something of a package."""
    return package in module.imports
