"""How functions become handlers of what callers send: decorators, base classes, registrations.

Sources: the frameworks' reference pages.
"""

from __future__ import annotations

import re

from whence.flow.tables import tools

ROUTE_TAILS = frozenset(
    {"route", "get", "post", "put", "delete", "patch", "websocket", "api_route", "head", "options"}
)
ROUTE_OWNERS = (
    "flask.",
    "fastapi.",
    "starlette.",
    "quart.",
    "bottle.",
    "sanic.",
    "aiohttp.web",
    "litestar.",
    "falcon.",
    "robyn.",
    "nicegui.",
    "flask_restx.",
    "flask_smorest.",
)
# What projects call the objects that hold their routes, whoever wrote the class.
ROUTERS = re.compile(
    r"(?i)rout(?:e|es|er|ers|ing)(?:$|_|[a-z]*table)|(?:^|_)(?:blueprint|bp|webapp)$"
)
_METHODS = ("get", "post", "put", "delete", "patch")
HANDLER_BASES = {
    "http.server.BaseHTTPRequestHandler": ("do_",),
    "http.server.SimpleHTTPRequestHandler": ("do_",),
    "socketserver.BaseRequestHandler": ("handle",),
    "socketserver.StreamRequestHandler": ("handle",),
    "tornado.web.RequestHandler": _METHODS,
    "tornado.websocket.WebSocketHandler": ("on_message", "open"),
    "flask.views.MethodView": _METHODS,
    "flask.views.View": ("dispatch_request",),
    "flask_restful.Resource": _METHODS,
    "flask_restx.Resource": _METHODS,
    "starlette.endpoints.HTTPEndpoint": _METHODS,
    "starlette.endpoints.WebSocketEndpoint": ("on_receive",),
    "aiohttp.web.View": _METHODS,
    "sanic.views.HTTPMethodView": _METHODS,
    "socketio.Namespace": ("on_",),
    "socketio.AsyncNamespace": ("on_",),
    "flask_socketio.Namespace": ("on_",),
    "graphene.Mutation": ("mutate",),
    "graphene.ObjectType": ("resolve_",),
    "ts.torch_handler.base_handler.BaseHandler": ("handle", "preprocess", "inference"),
    "mlflow.pyfunc.PythonModel": ("predict",),
    "kserve.Model": ("predict", "preprocess", "postprocess"),
    "flwr.client.NumPyClient": ("fit", "evaluate"),
    "flwr.client.Client": ("fit", "evaluate"),
    "litserve.LitAPI": ("decode_request", "predict"),
}
_ACTIONS = ("list", "create", "retrieve", "update", "partial_update", "destroy")
# Families of classes whose members answer by the same methods.
HANDLER_FAMILIES = {
    "rest_framework.": (*_METHODS, *_ACTIONS),
    "django.views.": _METHODS,
}
REGISTERS = (
    ".add_url_rule",
    ".add_api_route",
    ".add_api_websocket_route",
    ".add_websocket_route",
    ".add_route",
    ".add_get",
    ".add_post",
    ".add_put",
    ".add_patch",
    ".add_delete",
    ".register_function",
    ".add_tool",
)
REGISTRATIONS = frozenset(
    {
        "gradio.Interface",
        "gradio.ChatInterface",
        "gradio.api",
        "gradio.on",
        "starlette.routing.Route",
        "starlette.routing.WebSocketRoute",
        "fastapi.routing.APIRoute",
        "django.urls.path",
        "django.urls.re_path",
        "django.conf.urls.url",
        "aiohttp.web.get",
        "aiohttp.web.post",
        "aiohttp.web.put",
        "aiohttp.web.patch",
        "aiohttp.web.delete",
        "aiohttp.web.route",
        "websockets.serve",
        "websockets.asyncio.server.serve",
        "websockets.sync.server.serve",
        "websockets.server.serve",
        "asyncio.start_server",
        "multipart.create_form_parser",
        "python_multipart.create_form_parser",
        "multipart.FormParser",
        "python_multipart.FormParser",
        "telegram.ext.CommandHandler",
        "telegram.ext.MessageHandler",
        "telegram.ext.CallbackQueryHandler",
    }
)
MESSAGE_DECORATORS = frozenset(
    {"task", "shared_task", "agent", "subscriber", "on_message", "actor", "tool"}
)
# Their tasks are called by the code of the project, not by a queue that others write to.
_SCHEDULERS = frozenset(
    {"prefect", "airflow", "invoke", "flytekit", "luigi", "metaflow", "dagster", "kfp", "locust",
     "nornir", "fabric", "pytask", "covalent", "redun", "zenml", "clearml"}
)  # fmt: skip
_EVENT_DECORATORS = frozenset({"on", "event", "on_event"})
_EVENT_PACKAGES = frozenset({"socketio", "flask_socketio"})
COMMAND_TAILS = ("command", "callback", "group")


def methods_of(base: str) -> tuple[str, ...]:
    """The methods of a class of handlers that answer, by their names or how these begin."""
    found = HANDLER_BASES.get(base)
    if found is None:
        for family, methods in HANDLER_FAMILIES.items():
            if base.startswith(family):
                return methods
    return found or ()


def receives(decorator: str, imports: frozenset[str]) -> bool:
    """Whether a decorator makes a function the receiver of messages."""
    head, _, tail = decorator.rpartition(".")
    if tail == "tool":
        return head.partition(".")[0] not in tools.PACKAGES
    if tail == "task":
        return head.partition(".")[0] not in _SCHEDULERS
    if tail in _EVENT_DECORATORS:
        return not _EVENT_PACKAGES.isdisjoint(imports)
    return tail in MESSAGE_DECORATORS


def takes_events(dotted: str, imports: frozenset[str]) -> bool:
    """Whether a call such as `sio.on("play", play)` takes a function for its events."""
    named = dotted.rpartition(".")[2] in _EVENT_DECORATORS
    return named and not _EVENT_PACKAGES.isdisjoint(imports)


def registers(dotted: str) -> bool:
    """Whether a call takes a function to answer requests, so that it gives it no arguments."""
    return dotted in REGISTRATIONS or dotted.endswith(REGISTERS)
