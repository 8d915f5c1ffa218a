"""What is written into a temporary file does not name it, however far it came."""

from __future__ import annotations

from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, OriginKind, PathUse

_STEPS = "\n".join(
    f"def step_{number}(code):\n    code += '#'\n    return step_{number + 1}(code)\n"
    for number in range(30)
)
FAR = f"""
import os
import tempfile
from flask import Flask, request

app = Flask(__name__)

{_STEPS}

def step_30(code):
    return code


@app.post("/run")
def run():
    with tempfile.NamedTemporaryFile(mode="w", suffix=".py", delete=False) as script:
        script.write(step_0(request.json["code"]))
        path = script.name
    os.remove(path)
    return "done"
"""


def test_a_temporary_file_is_not_named_by_what_is_written_into_it() -> None:
    uses = concluded({"serve.py": FAR}, PathUse)
    assert not [use for use in uses if use.comes_from(OriginKind.REQUEST)]


def test_a_temporary_file_holds_what_is_written_into_it() -> None:
    code = """
import pickle
import tempfile
from flask import Flask, request

app = Flask(__name__)


@app.post("/run")
def run():
    with tempfile.NamedTemporaryFile(delete=False) as body:
        body.write(request.data)
        body.seek(0)
        return str(pickle.load(body))
"""
    (load,) = concluded({"serve.py": code}, Deserialization)
    assert load.comes_from(OriginKind.REQUEST)
