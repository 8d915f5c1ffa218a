"""Who has to show who they are before a handler runs, however the project says it."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import RouteHandler

HEAD = """
import os, secrets
from typing import Annotated
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
"""
GATE = """
def gate(x: str = Header()):
    if not secrets.compare_digest(x, os.environ["PASS"]):
        raise HTTPException(403)
"""

ASKED = {
    "a dependency whose name says nothing": GATE
    + """
app = FastAPI()
@app.post("/reload", dependencies=[Depends(gate)])
def reload(): ...
""",
    "a dependency inside a function that adds routes": """
def add(app: FastAPI, wanted):
    def operator(x: str = Header()):
        if x != wanted:
            raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    @app.post("/reload", dependencies=[Depends(operator)])
    def reload(): ...
""",
    "an annotated parameter": GATE
    + """
app = FastAPI()
@app.post("/reload")
def reload(who: Annotated[str, Depends(gate)]): ...
""",
    "an alias of an annotated parameter": GATE
    + """
app = FastAPI()
Caller = Annotated[str, Depends(gate)]
@app.post("/reload")
def reload(who: Caller): ...
""",
    "the router's own dependencies": GATE
    + """
router = APIRouter(dependencies=[Depends(gate)])
@router.post("/reload")
def reload(): ...
""",
    "a factory of routers, included with a dependency elsewhere": GATE
    + """
def routes():
    router = APIRouter()
    @router.post("/reload")
    def reload(): ...
    return router
def serve():
    app = FastAPI()
    join(app, routes())
def join(app, extra):
    app.include_router(extra, dependencies=[Depends(gate)])
""",
    "an outer router that another one is included in": GATE
    + """
outer = APIRouter(dependencies=[Depends(gate)])
inner = APIRouter()
@inner.post("/reload")
def reload(): ...
outer.include_router(inner)
""",
    "a middleware on an application made in a function": """
def make():
    app = FastAPI()
    @app.middleware("http")
    async def first(request, call_next):
        if request.headers.get("x-pass") != os.environ["PASS"]:
            raise HTTPException(401)
        return await call_next(request)
    @app.post("/reload")
    def reload(): ...
    return app
""",
}

UNASKED = {
    "a dependency that hands out a connection": """
def connection():
    yield open("db")
app = FastAPI()
@app.post("/reload", dependencies=[Depends(connection)])
def reload(): ...
""",
    "a dependency that refuses too many requests": """
def slow_down(request: Request):
    if request.client.host in BUSY:
        raise HTTPException(429)
app = FastAPI()
@app.post("/reload", dependencies=[Depends(slow_down)])
def reload(): ...
""",
    "another router that is guarded": GATE
    + """
app = FastAPI()
guarded, plain = APIRouter(), APIRouter()
@plain.post("/reload")
def reload(): ...
app.include_router(guarded, dependencies=[Depends(gate)])
app.include_router(plain)
""",
    "a middleware that only adds headers": """
def make():
    app = FastAPI()
    @app.middleware("http")
    async def first(request, call_next):
        response = await call_next(request)
        response.headers["Cache-Control"] = "no-store"
        return response
    @app.post("/reload")
    def reload(): ...
""",
}


def handler(code: str) -> RouteHandler:
    """The one handler of a module."""
    (found,) = concluded({"serve.py": HEAD + code}, RouteHandler)
    return found


@pytest.mark.parametrize("code", ASKED.values(), ids=ASKED.keys())
def test_a_handler_behind_a_check_is_authenticated(code: str) -> None:
    assert handler(code).authenticated


@pytest.mark.parametrize("code", UNASKED.values(), ids=UNASKED.keys())
def test_what_asks_nobody_who_they_are_authenticates_nobody(code: str) -> None:
    assert not handler(code).authenticated
