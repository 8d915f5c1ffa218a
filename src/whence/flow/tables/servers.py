"""Calls that start servers, and names that say who may come in.

Sources: the frameworks' reference pages.
"""

from __future__ import annotations

import re
from functools import lru_cache

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
    "gradio.Interface().launch": Starter("127.0.0.1", ("share",)),
    "gradio.Blocks().launch": Starter("127.0.0.1", ("share",)),
    "gradio.ChatInterface().launch": Starter("127.0.0.1", ("share",)),
    "gradio.TabbedInterface().launch": Starter("127.0.0.1", ("share",)),
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

OPENED: dict[str, tuple[str, tuple[int | str, ...]]] = {
    "werkzeug.debug.DebuggedApplication": ("", ()),
    "werkzeug.middleware.profiler.ProfilerMiddleware": ("", ()),
    "flask_debugtoolbar.DebugToolbarExtension": ("", ()),
    "flask_profiler.init_app": ("", ()),
    "debugpy.listen": ("127.0.0.1", (0, "endpoint", "address")),
    "ptvsd.enable_attach": ("0.0.0.0", ("address", 0)),  # noqa: S104
    "remote_pdb.RemotePdb": ("127.0.0.1", (0, "host")),
    "remote_pdb.set_trace": ("127.0.0.1", (0, "host")),
    "rpdb.set_trace": ("127.0.0.1", (0, "addr")),
    "web_pdb.set_trace": ("", (0, "host")),
    "aiomonitor.start_monitor": ("127.0.0.1", ("host",)),
    "jax.profiler.start_server": ("", ()),
    "tensorflow.profiler.experimental.server.start": ("", ()),
    "torch_xla.debug.profiler.start_server": ("", ()),
    "pydevd.settrace": ("127.0.0.1", ()),
}
TRACES = frozenset(
    {
        "traceback.format_exc",
        "traceback.format_exception",
        "traceback.format_tb",
        "traceback.format_stack",
    }
)

LIFECYCLE = frozenset({"before_request", "middleware", "before_app_request", "on_request"})
REFUSALS = ("401", "403", "UNAUTHORIZED", "FORBIDDEN", "Unauthorized", "Forbidden")
AUTHENTICATORS = frozenset({"abort", "HTTPException", "compare_digest"})
_WORDS = re.compile(
    r"auth|login|permission|api_?key|token|jwt|oauth|credential|verify_user|current_user"
    r"|(?:require|ensure|only|is)_?(?:role|admin|user|staff|operator)|admin_(?:only|required)|staff_member|user_passes|bearer|protected|secured|is_admin|administrator",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def authenticates(name: str) -> bool:
    """Whether a name speaks of who may come in. Tokenizers are no tokens."""
    return (
        _WORDS.search(re.sub(r"(?i)token[is]z\w*|tokens\b|author\b|authors\b", "", name))
        is not None
    )
