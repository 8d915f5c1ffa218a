"""Who names a file has not written it."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import OriginKind, ProcessLaunch

HEAD = """
import os
import subprocess
from pathlib import Path
import yaml
from flask import Flask, request
app = Flask(__name__)
@app.post("/run")
def run():
    number = request.get_json()["number"]
"""
NAMED = {
    "a part of a file's name": """
    task = yaml.safe_load(open(os.path.join("/srv/tasks", f"task_{number}.yaml")))
    subprocess.run(task["run"], shell=True)
""",
    "a path below a root": """
    command = (Path("/srv/tasks") / number).read_text()
    subprocess.run(command, shell=True)
""",
    "a path put together": """
    with open(f"/srv/tasks/{number}.sh") as stream:
        subprocess.run(stream.read(), shell=True)
""",
}
SENT = {
    "what was sent": """
    subprocess.run(f"ls {number}", shell=True)
""",
    "what was sent and written first": """
    path = f"/srv/tasks/{number}.sh"
    with open(path, "w") as out:
        out.write(request.get_json()["script"])
    with open(path) as stream:
        subprocess.run(stream.read(), shell=True)
""",
    "an upload under its own name": """
    sent = request.files["script"]
    path = os.path.join("/srv/uploads", sent.filename)
    sent.save(path)
    subprocess.run(open(path).read(), shell=True)
""",
    "the name itself": """
    path = os.path.join("/srv/tasks", f"task_{number}.yaml")
    subprocess.run("cat " + path, shell=True)
""",
}


@pytest.mark.parametrize("code", NAMED.values(), ids=NAMED)
def test_what_a_named_file_holds_is_not_the_callers(code: str) -> None:
    uses = concluded({"app.py": HEAD + code}, ProcessLaunch)

    assert uses
    assert not [use for use in uses if use.comes_from(OriginKind.REQUEST)]


@pytest.mark.parametrize("code", SENT.values(), ids=SENT)
def test_what_a_caller_sends_stays_the_callers(code: str) -> None:
    uses = concluded({"app.py": HEAD + code}, ProcessLaunch)

    assert [use for use in uses if use.comes_from(OriginKind.REQUEST)]


def test_what_strangers_give_is_asked_for_before_what_many_others_give() -> None:
    others = "\n".join(f"def job{n}(table):\n    run(table.command{n})" for n in range(12))
    files: dict[str, str | bytes] = {
        "shop/run.py": "import os\ndef run(command):\n    os.system(command)\n",
        "shop/jobs.py": f"from shop.run import run\n{others}\n",
        "shop/web.py": (
            "from flask import Flask, request\nfrom shop.run import run\napp = Flask(__name__)\n"
            "@app.post('/run')\ndef web():\n    run(request.json['command'])\n"
        ),
    }

    [use] = concluded(files, ProcessLaunch)

    assert use.comes_from(OriginKind.REQUEST)


SEARCHED = """
import os
import sys
def found(name):
    for folder in os.environ["PATH"].split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
os.system({})
"""


def test_folders_that_are_searched_do_not_say_what_is_looked_for() -> None:
    [use] = concluded({"tool.py": SEARCHED.format("found(sys.argv[1])")}, ProcessLaunch)
    assert {origin.kind for origin in use.origins} == {OriginKind.COMMAND_LINE}


def test_a_variable_that_names_one_folder_says_what_is_there() -> None:
    code = SEARCHED.format("found(sys.argv[1])").replace('"PATH"', '"TOOLS"')
    [use] = concluded({"tool.py": code}, ProcessLaunch)
    assert OriginKind.ENVIRONMENT in {origin.kind for origin in use.origins}


def test_what_a_search_list_itself_holds_comes_from_there() -> None:
    [use] = concluded({"tool.py": SEARCHED.format('os.environ["PATH"]')}, ProcessLaunch)
    assert {origin.kind for origin in use.origins} == {OriginKind.ENVIRONMENT}
