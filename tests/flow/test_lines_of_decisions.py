"""A decision is shown where it stands, not where the same literal stood before."""

from __future__ import annotations

from projects_of_code import concluded

from whence.vocabulary.fact.code import ModelLoad, ServerStart


def test_a_switch_is_shown_at_its_own_line() -> None:
    code = """
from flask import Flask
PRETTY = True
app = Flask(__name__)
DEBUG = True

def main():
    app.run(debug=DEBUG)
"""
    (start,) = concluded({"serve.py": code}, ServerStart)
    assert start.decision.first == 5


def test_a_name_is_shown_at_its_own_line() -> None:
    code = """
from transformers import AutoModel
TITLE = "acme/encoder"
class Settings:
    label = "acme/encoder"
MODEL = "acme/encoder"

def load():
    return AutoModel.from_pretrained(MODEL)
"""
    (load,) = concluded({"load.py": code}, ModelLoad)
    assert {origin.decision.first for origin in load.origins} == {6}


def test_literals_of_a_call_are_shown_at_the_call() -> None:
    code = """
from logs import Handler
from fastapi import FastAPI
handler = Handler(pretty=True)
app = FastAPI(debug=True)
"""
    (start,) = [s for s in concluded({"serve.py": code}, ServerStart) if s.debug == "True"]
    assert {start.span.first, start.decision.first or 5} == {5}
