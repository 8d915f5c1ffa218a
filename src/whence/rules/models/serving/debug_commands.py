"""Commands and variables that start a server with its debugger, reloader or a port for debugging.

Sources: the reference pages of Flask, uvicorn, FastAPI's command, gunicorn, hypercorn, Quart,
Litestar, debugpy and Dash.
"""

from __future__ import annotations

import re
from functools import lru_cache

_FLAGS = {
    "flask": ("--debug",),
    "quart": ("--debug",),
    "litestar": ("--debug", "-d", "--pdb", "--reload", "-r"),
    "uvicorn": ("--reload",),
    "hypercorn": ("--reload", "--debug"),
    "gunicorn": ("--reload",),
    "sanic": ("--debug", "--dev", "-d", "--auto-reload", "-r"),
    "debugpy": ("--listen",),
    "granian": ("--reload",),
}
_VARIABLES = re.compile(
    r"(?:FLASK|QUART|DASH|LITESTAR|SANIC|STARLETTE|DJANGO|WERKZEUG)_(?:DEBUG|PDB)(?:_MODE|_PIN)?|UVICORN_RELOAD|GRADIO_DEBUG"
)
_ON = ("1", "true", "yes", "on")
_TRIAL = re.compile(
    r"(?:^|[/_.-])(?:dev|devel|development|local|debug|override|test|tests|ci|example|sandbox|playground|devcontainer)(?:[/_.-]|$)"
)


@lru_cache(maxsize=1 << 14)
def debugging_word(argv: tuple[str, ...]) -> str:
    """The word of a command that switches debugging on; empty where there is none."""
    names = [word.rpartition("/")[2] for word in argv[:8]]
    for program in sorted(_FLAGS.keys() & set(names)):
        for word in argv[names.index(program) + 1 :]:
            if word.partition("=")[0] in _FLAGS[program]:
                return word
    if "fastapi" in names and names[names.index("fastapi") + 1 : names.index("fastapi") + 2] == [
        "dev"
    ]:
        return "dev"
    return ""


def is_debugging_variable(name: str, value: str) -> bool:
    """Whether an environment variable switches a framework's debugging on."""
    plain = value.strip("\"' ").lower()
    if name == "FLASK_ENV":
        return plain == "development"
    if name == "WERKZEUG_DEBUG_PIN":
        return plain == "off"
    return _VARIABLES.fullmatch(name) is not None and plain in _ON


def is_for_developers(path: str) -> bool:
    """Whether a file is named as one that developers use, not what is deployed."""
    return _TRIAL.search(path.lower()) is not None
