"""File names that servers send along with what is fetched, and folders that hold everything."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import OriginKind, PathUse

FETCHED = """
import gzip
import io
import os
import tempfile
import urllib.request
from PIL import Image
def fetch(url, folder):
    answer = urllib.request.urlopen(url)
"""
NAMED = {
    "by the header's own method": """
    name = answer.headers.get_filename()
    with open(os.path.join(folder, name), "wb") as out:
        out.write(answer.read())
""",
    "by a header": """
    name = answer.headers["X-File"]
    with open(f"{folder}/{name}", "wb") as out:
        out.write(answer.read())
""",
    "by what the answer holds": """
    name = answer.read().decode()
    return open(os.path.join(folder, name), "wb")
""",
}
OPENED = {
    "the answer itself": "    return Image.open(answer)\n",
    "its bytes": "    return gzip.open(io.BytesIO(answer.read()))\n",
    "a temporary file that it is written into": """
    with tempfile.NamedTemporaryFile(delete=False) as out:
        out.write(answer.read())
    return open(out.name)
""",
}
SERVED = """
from pathlib import Path
from flask import Flask, abort, send_from_directory
app = Flask(__name__)
ROOT = Path("/srv/artefacts")
@app.route("/files/<path:path>")
def files(path):
"""
UNCONFINED = {
    "nothing is asked": "    return send_from_directory('/', path)\n",
    "the parents of a path that may hold `..` are asked": """
    if ROOT not in list(("/" / Path(path)).parents):
        abort(403)
    return send_from_directory("/", path)
""",
}
CONFINED = {
    "the folder confines": "    return send_from_directory('/srv/artefacts', path)\n",
    "the path is resolved first": """
    if ROOT not in Path("/" + path).resolve().parents:
        abort(403)
    return send_from_directory("/", path)
""",
}


@pytest.mark.parametrize("body", NAMED.values(), ids=NAMED)
def test_a_file_name_that_an_answer_brings_is_the_servers(body: str) -> None:
    (use,) = concluded({"a.py": FETCHED + body}, PathUse)

    assert OriginKind.NETWORK in {origin.kind for origin in use.origins if not origin.guarded}


@pytest.mark.parametrize("body", OPENED.values(), ids=OPENED)
def test_an_answer_that_is_read_names_no_file(body: str) -> None:
    assert concluded({"a.py": FETCHED + body}, PathUse) == []


@pytest.mark.parametrize("body", UNCONFINED.values(), ids=UNCONFINED)
def test_a_path_below_the_root_of_the_file_system_is_any_path(body: str) -> None:
    (use,) = concluded({"a.py": SERVED + body}, PathUse)

    assert not any(origin.guarded for origin in use.origins)


@pytest.mark.parametrize("body", CONFINED.values(), ids=CONFINED)
def test_a_path_that_stays_below_a_folder_is_left_alone(body: str) -> None:
    uses = concluded({"a.py": SERVED + body}, PathUse)

    assert all(origin.guarded for use in uses for origin in use.origins)
