"""What callers send, by framework: every way in reaches the file that it names."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import OriginKind, PathUse

HANDLERS = {
    "flask, a part of the route": """
from flask import Flask
app = Flask(__name__)
@app.route("/models/<name>")
def show(name):
    return open("/srv/" + name).read()
""",
    "flask, a blueprint and an upload": """
import os
from flask import Blueprint, request
pages = Blueprint("pages", __name__)
@pages.post("/upload")
def upload():
    sent = request.files["model"]
    sent.save(os.path.join("/srv/uploads", sent.filename))
""",
    "flask, added without a decorator": """
from flask import Flask, request
app = Flask(__name__)
def show():
    return open(request.json["path"]).read()
app.add_url_rule("/show", view_func=show)
""",
    "fastapi, a model of the body": """
from fastapi import APIRouter
from pydantic import BaseModel
router = APIRouter()
class Wanted(BaseModel):
    path: str
@router.post("/show")
async def show(wanted: Wanted):
    with open(wanted.path) as stream:
        return stream.read()
""",
    "fastapi, an upload": """
import shutil
from fastapi import FastAPI, File, UploadFile
app = FastAPI()
@app.post("/upload")
def upload(sent: UploadFile = File(...)):
    with open(f"/srv/uploads/{sent.filename}", "wb") as out:
        shutil.copyfileobj(sent.file, out)
""",
    "fastapi, a route of a method": """
from fastapi import FastAPI
class Service:
    def __init__(self):
        self.app = FastAPI()
        self.app.add_api_route("/show", self.show, methods=["GET"])
    async def show(self, path: str):
        return open(path).read()
""",
    "starlette, a route and a query": """
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route
async def show(request):
    return FileResponse("/srv/" + request.query_params["name"])
app = Starlette(routes=[Route("/show", show)])
""",
    "starlette, a path parameter": """
from starlette.responses import PlainTextResponse
from starlette.requests import Request
async def show(request: Request):
    return PlainTextResponse(open("/srv/" + request.path_params["name"]).read())
""",
    "django, a view by its address": """
from django.http import HttpResponse
from django.urls import path
def show(request, name):
    return HttpResponse(open("/srv/" + name).read())
urlpatterns = [path("show/<str:name>", show)]
""",
    "django, a class of views": """
from django.http import FileResponse
from django.views import View
class Show(View):
    def get(self, request):
        return FileResponse(open("/srv/" + request.GET["name"], "rb"))
""",
    "aiohttp, a table of routes": """
from aiohttp import web
routes = web.RouteTableDef()
@routes.get("/show/{name}")
async def show(request):
    return web.FileResponse("/srv/" + request.match_info["name"])
""",
    "aiohttp, added to the router": """
from aiohttp import web
async def show(request):
    body = await request.json()
    return web.Response(text=open(body["path"]).read())
app = web.Application()
app.router.add_post("/show", show)
""",
    "aiohttp, a list of routes": """
from aiohttp import web
async def show(request):
    return web.Response(text=open(request.query["path"]).read())
app = web.Application()
app.add_routes([web.get("/show", show)])
""",
    "tornado, an argument": """
import tornado.web
class Show(tornado.web.RequestHandler):
    def get(self):
        name = self.get_argument("name")
        self.write(open("/srv/" + name).read())
""",
    "tornado, a part of the route": """
import tornado.web
class Show(tornado.web.RequestHandler):
    async def get(self, name):
        self.write(open("/srv/" + name).read())
""",
    "tornado, an upload": """
import os
from tornado.web import RequestHandler
class Take(RequestHandler):
    def post(self):
        sent = self.request.files["model"][0]
        with open(os.path.join("/srv", sent["filename"]), "wb") as out:
            out.write(sent["body"])
""",
    "sanic": """
from sanic import Sanic
from sanic.response import text
app = Sanic("reports")
@app.get("/show")
async def show(request):
    return text(open("/srv/" + request.args.get("name")).read())
""",
    "bottle": """
from bottle import request, route
@route("/show")
def show():
    return open("/srv/" + request.query.name).read()
""",
    "the library's own server": """
from http.server import BaseHTTPRequestHandler
class Show(BaseHTTPRequestHandler):
    def do_GET(self):
        self.wfile.write(open("/srv" + self.path, "rb").read())
""",
    "gradio, an interface": """
import gradio as gr
def show(name):
    return open("/srv/" + name).read()
gr.Interface(fn=show, inputs="text", outputs="text").launch()
""",
    "gradio, an event": """
import gradio as gr
def show(name):
    return open("/srv/" + name).read()
with gr.Blocks() as page:
    name, text = gr.Textbox(), gr.Textbox()
    button = gr.Button("show")
    button.click(fn=show, inputs=[name], outputs=[text])
""",
    "streamlit": """
import streamlit as st
name = st.text_input("name")
st.write(open("/srv/" + name).read())
""",
    "a web socket of fastapi": """
from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket("/show")
async def show(socket: WebSocket):
    wanted = await socket.receive_json()
    await socket.send_text(open(wanted["path"]).read())
""",
    "a web socket's handler": """
import asyncio
import websockets
async def show(socket):
    async for name in socket:
        await socket.send(open("/srv/" + name).read())
async def main():
    async with websockets.serve(show, "0.0.0.0", 8765):
        await asyncio.Future()
""",
    "grpc": """
import model_pb2
import model_pb2_grpc
class Models(model_pb2_grpc.ModelsServicer):
    def Show(self, request, context):
        return model_pb2.Text(text=open("/srv/" + request.name).read())
""",
    "strawberry": """
import strawberry
@strawberry.type
class Query:
    @strawberry.field
    def show(self, name: str) -> str:
        return open("/srv/" + name).read()
""",
    "graphene": """
import graphene
class Query(graphene.ObjectType):
    text = graphene.String(name=graphene.String())
    def resolve_text(self, info, name):
        return open("/srv/" + name).read()
""",
    "a tool that a model calls": """
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("files")
@mcp.tool()
def show(name: str) -> str:
    return open("/srv/" + name).read()
""",
}


@pytest.mark.parametrize("code", HANDLERS.values(), ids=HANDLERS)
def test_a_name_that_a_caller_sends_is_followed_to_the_file(code: str) -> None:
    uses = concluded({"app.py": code}, PathUse)

    assert [use for use in uses if use.comes_from(OriginKind.REQUEST, OriginKind.MESSAGE)]


SINKS = {
    "copied": "import shutil\nshutil.copy2('/srv/model', target)",
    "moved": "from pathlib import Path\nPath('/srv/model').rename(target)",
    "a tree removed": "import shutil\nshutil.rmtree(target)",
    "a tree copied": "import shutil\nshutil.copytree('/srv/model', target)",
    "opened by number": "import os\nos.open(target, os.O_RDONLY)",
    "compressed": "import gzip\ngzip.open(target).read()",
    "opened without waiting": "import anyio\nanyio.open_file(target)",
    "an array saved": "import numpy\nnumpy.save(target, [1])",
    "weights saved": "import torch\ntorch.save({}, target)",
    "a table saved": "import pandas\npandas.read_csv('/srv/a.csv').to_csv(target)",
    "taken away": "import shutil\nshutil.move(target, '/srv/trash')",
    "sent": "import flask\nflask.send_from_directory(target, 'model.onnx')",
    "an image": "from PIL import Image\nImage.open(target)",
    "a folder listed": "import os\nos.listdir(target)",
}


@pytest.mark.parametrize("code", SINKS.values(), ids=SINKS)
def test_every_way_to_use_a_path_is_seen(code: str) -> None:
    head = "from flask import request\ntarget = request.args['path']\n"

    assert concluded({"app.py": head + code}, PathUse)
