"""How functions become handlers of what callers send: decorators, base classes, registrations.

Sources: the frameworks' reference pages.
"""

from __future__ import annotations

import re

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
    "flask_restful.Resource": _METHODS,
    "flask_restx.Resource": _METHODS,
    "rest_framework.views.APIView": _METHODS,
    "rest_framework.viewsets.ViewSet": ("list", "create", "retrieve", "update", "destroy"),
    "starlette.endpoints.HTTPEndpoint": _METHODS,
    "starlette.endpoints.WebSocketEndpoint": ("on_receive",),
    "aiohttp.web.View": _METHODS,
    "sanic.views.HTTPMethodView": _METHODS,
    "django.views.View": _METHODS,
    "django.views.generic.View": _METHODS,
    "graphene.Mutation": ("mutate",),
    "graphene.ObjectType": ("resolve_",),
    "ts.torch_handler.base_handler.BaseHandler": ("handle", "preprocess", "inference"),
    "mlflow.pyfunc.PythonModel": ("predict",),
    "kserve.Model": ("predict", "preprocess", "postprocess"),
    "litserve.LitAPI": ("decode_request", "predict"),
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
)
REGISTRATIONS = frozenset(
    {
        "gradio.Interface",
        "gradio.ChatInterface",
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
    }
)
MESSAGE_DECORATORS = ("task", "shared_task", "agent", "subscriber", "on_message", "actor", "tool")
COMMAND_TAILS = ("command", "callback", "group")


def registers(dotted: str) -> bool:
    """Whether a call takes a function to answer requests, so that it gives it no arguments."""
    return dotted in REGISTRATIONS or dotted.endswith(REGISTERS)
