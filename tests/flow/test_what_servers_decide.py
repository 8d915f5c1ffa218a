"""What stands in a request, or in a handler's parameters, and no caller decides."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import OriginKind, PathUse

SERVER = {
    "starlette's state": """
from fastapi import FastAPI, Request
app = FastAPI()
@app.post("/run")
async def run(request: Request):
    return open(request.state.folder + "/log").read()
""",
    "the state that a helper is given": """
from fastapi import FastAPI, Request
app = FastAPI()
def release(folder):
    return open(folder).read()
@app.post("/run")
async def run(request: Request):
    return release(request.state.folder)
""",
    "the method": """
from flask import Flask, request
app = Flask(__name__)
@app.route("/run")
def run():
    return open("/srv/" + request.method).read()
""",
    "the method, in small letters": """
from fastapi import FastAPI, Request
app = FastAPI()
@app.get("/run")
async def run(request: Request):
    return open("/srv/" + request.method.lower()).read()
""",
    "a number in the route": """
from flask import Flask
app = Flask(__name__)
@app.route("/run/<int:number>")
def run(number):
    return open(f"/srv/{number}.log").read()
""",
    "a number by its type": """
from fastapi import FastAPI
app = FastAPI()
@app.get("/run")
def run(part: int):
    return open(f"/srv/part{part}").read()
""",
    "what a decorator adds": """
from sanic import Sanic
from shop.wrapped import in_thread, with_folder
app = Sanic("shop")
@app.post("/model/train")
@in_thread
@with_folder
async def train(request, folder):
    return open(folder + "/rows").read()
""",
}
CALLER = {
    "the body": """
from fastapi import FastAPI, Request
app = FastAPI()
@app.post("/run")
async def run(request: Request):
    return open((await request.json())["state"]).read()
""",
    "a header": """
from flask import Flask, request
app = Flask(__name__)
@app.route("/run")
def run():
    return open("/srv/" + request.headers["method"]).read()
""",
    "a text in the route": """
from flask import Flask
app = Flask(__name__)
@app.route("/run/<path:number>")
def run(number):
    return open(f"/srv/{number}.log").read()
""",
    "a text by its type": """
from fastapi import FastAPI
app = FastAPI()
@app.get("/run")
def run(part: str):
    return open(f"/srv/part{part}").read()
""",
    "a part of the blueprint's prefix": """
from flask import Blueprint
pages = Blueprint("pages", __name__, url_prefix="/<tenant>")
@pages.route("/log")
def log(request, tenant):
    return open("/srv/" + tenant).read()
""",
    "what a decorator takes of the body": """
from flask import Flask
from webargs.flaskparser import use_args
app = Flask(__name__)
@app.post("/train")
@use_args({"folder": str})
def train(sent):
    return open(sent["folder"] + "/rows").read()
""",
    "a query": """
from fastapi import FastAPI
app = FastAPI()
@app.post("/train")
def train(model: str, folder: str = "rows"):
    return open(folder + "/rows").read()
""",
}


@pytest.mark.parametrize("code", SERVER.values(), ids=SERVER)
def test_what_the_server_decides_is_not_the_callers(code: str) -> None:
    uses = concluded({"app.py": code}, PathUse)

    assert not [use for use in uses if use.comes_from(OriginKind.REQUEST)]


@pytest.mark.parametrize("code", CALLER.values(), ids=CALLER)
def test_what_the_caller_decides_is_told(code: str) -> None:
    uses = concluded({"app.py": code}, PathUse)

    assert [use for use in uses if use.comes_from(OriginKind.REQUEST)]


ROUTES = {
    "a part": ('@app.get("/show/<name>")', True),
    "a text": ('@app.get("/show/<string:name>")', True),
    "a path": ('@app.get("/show/<path:name>")', False),
    "a query": ('@app.get("/show")', False),
    "braces": ('@app.get("/show/{name}")', True),
    "a path in braces": ('@app.get("/show/{name:path}")', False),
}


@pytest.mark.parametrize(("route", "whole"), ROUTES.values(), ids=ROUTES)
def test_a_part_of_a_route_is_known_to_hold_no_separator(route: str, whole: bool) -> None:
    package = "fastapi" if "{" in route or route.endswith('show")') else "flask"
    framework = "FastAPI" if package == "fastapi" else "Flask"
    code = f"""
from {package} import {framework}
app = {framework}(__name__)
{route}
def show(name: str):
    return open("/srv/" + name).read()
"""
    [use] = concluded({"app.py": code}, PathUse)

    assert [guard.kind == "segment" for guard in use.origins[0].guards] == [True] * whole
