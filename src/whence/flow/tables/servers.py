"""Calls that start servers, and names that say who may come in.

Sources: the frameworks' reference pages.
"""

from __future__ import annotations

import re

import msgspec


class Starter(msgspec.Struct, frozen=True):
    """A call that starts a server: where it listens by default, arguments that open a debugger."""

    host: str = "127.0.0.1"
    debug: tuple[str, ...] = ()


STARTERS = {
    "flask.Flask().run": Starter("127.0.0.1", ("debug", "use_debugger", "use_reloader")),
    "werkzeug.serving.run_simple": Starter("", ("use_debugger", "use_evalex", "use_reloader")),
    "quart.Quart().run": Starter("127.0.0.1", ("debug",)),
    "fastapi.FastAPI": Starter("", ("debug",)),
    "starlette.applications.Starlette": Starter("", ("debug",)),
    "uvicorn.run": Starter("127.0.0.1", ("reload", "debug")),
    "uvicorn.Config": Starter("127.0.0.1", ("reload", "debug")),
    "hypercorn.run": Starter("127.0.0.1", ("debug",)),
    "bottle.run": Starter("127.0.0.1", ("debug", "reloader")),
    "sanic.Sanic().run": Starter("127.0.0.1", ("debug", "auto_reload")),
    "tornado.web.Application": Starter("", ("debug", "autoreload")),
    "dash.Dash().run": Starter("127.0.0.1", ("debug",)),
    "dash.Dash().run_server": Starter("127.0.0.1", ("debug",)),
    "gradio.Interface().launch": Starter("127.0.0.1", ("debug", "share")),
    "gradio.Blocks().launch": Starter("127.0.0.1", ("debug", "share")),
    "aiohttp.web.run_app": Starter("0.0.0.0", ()),  # noqa: S104
    "http.server.HTTPServer": Starter("", ()),
    "http.server.ThreadingHTTPServer": Starter("", ()),
    "socketserver.TCPServer": Starter("", ()),
    "grpc.server": Starter("", ()),
    "ray.serve.run": Starter("127.0.0.1", ()),
    "litserve.LitServer().run": Starter("0.0.0.0", ()),  # noqa: S104
    "waitress.serve": Starter("0.0.0.0", ()),  # noqa: S104
    "gevent.pywsgi.WSGIServer": Starter("", ()),
    "xmlrpc.server.SimpleXMLRPCServer": Starter("", ()),
}

LIFECYCLE = frozenset({"before_request", "middleware", "before_app_request", "on_request"})
REFUSALS = ("401", "403", "UNAUTHORIZED", "FORBIDDEN", "Unauthorized", "Forbidden")
AUTHENTICATORS = frozenset({"abort", "HTTPException", "compare_digest"})
_WORDS = re.compile(
    r"auth|login|permission|api_?key|token|jwt|oauth|credential|verify_user|current_user"
    r"|(?:require|ensure|only|is)_?(?:role|admin|user|staff|operator)|admin_(?:only|required)|bearer|protected|secured|is_admin|administrator",
    re.IGNORECASE,
)


def authenticates(name: str) -> bool:
    """Whether a name speaks of who may come in. Tokenizers are no tokens."""
    return (
        _WORDS.search(re.sub(r"(?i)token[is]z\w*|tokens\b|author\b|authors\b", "", name))
        is not None
    )
