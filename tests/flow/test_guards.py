"""Which checks stop something, each written in several ways, and what only looks like one."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, PathUse, ProcessLaunch

HEAD = """
import hashlib, hmac, os, pickle, sys
import requests
URL = "https://models.example.com/encoder.pkl"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
def fetched():
    return requests.get(URL, timeout=9).content
"""

DIGEST_COMPARED = {
    "raise on mismatch": """
body = fetched()
if hashlib.sha256(body).hexdigest() != SHA:
    raise ValueError("not the reviewed bytes")
pickle.loads(body)
""",
    "use in the equal branch": """
body = fetched()
if hashlib.sha256(body).hexdigest() == SHA:
    model = pickle.loads(body)
else:
    model = None
""",
    "a helper that raises": """
def require(data, wanted):
    digest = hashlib.sha256()
    digest.update(data)
    if not hmac.compare_digest(digest.hexdigest(), wanted):
        raise SystemExit("not the reviewed bytes")
body = fetched()
require(body, SHA)
pickle.loads(body)
""",
    "a helper that answers": """
def is_reviewed(data):
    return hashlib.sha256(data).hexdigest() == SHA
body = fetched()
if not is_reviewed(body):
    sys.exit(1)
pickle.loads(body)
""",
    "checked inside the function that fetches": """
def fetched_and_checked():
    body = fetched()
    found = hashlib.sha256(body).hexdigest()
    if found != SHA:
        raise RuntimeError(found)
    return body
pickle.loads(fetched_and_checked())
""",
    "a file read in chunks": """
def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(8192):
            digest.update(chunk)
    return digest.hexdigest()
def load(path):
    with open(path, "wb") as out:
        out.write(fetched())
    if digest_of(path) != SHA:
        os.remove(path)
        raise ValueError(path)
    with open(path, "rb") as stream:
        return pickle.load(stream)
load("encoder.pkl")
""",
    "a class that keeps both": """
class Artefact:
    def __init__(self, body):
        self.body = body
    def checked(self):
        if hashlib.sha256(self.body).hexdigest() != SHA:
            raise ValueError("not the reviewed bytes")
        return pickle.loads(self.body)
Artefact(fetched()).checked()
""",
}
DIGEST_FOR_SHOW = {
    "only logged": """
body = fetched()
if hashlib.sha256(body).hexdigest() != SHA:
    print("digest differs")
pickle.loads(body)
""",
    "checked after the use": """
body = fetched()
model = pickle.loads(body)
if hashlib.sha256(body).hexdigest() != SHA:
    raise ValueError("too late")
""",
    "asserted": """
body = fetched()
assert hashlib.sha256(body).hexdigest() == SHA
pickle.loads(body)
""",
    "swallowed": """
def require(data):
    if hashlib.sha256(data).hexdigest() != SHA:
        raise ValueError("not the reviewed bytes")
body = fetched()
try:
    require(body)
except Exception:
    pass
pickle.loads(body)
""",
    "of other bytes": """
body = fetched()
other = requests.get(URL + ".2", timeout=9).content
if hashlib.sha256(other).hexdigest() != SHA:
    raise ValueError("not the reviewed bytes")
pickle.loads(body)
""",
    "expected from the same host": """
body = fetched()
wanted = requests.get(URL + ".sha256", timeout=9).text
if hashlib.sha256(body).hexdigest() != wanted:
    raise ValueError("broken download")
pickle.loads(body)
""",
    "skipped where no digest is given": """
def load(wanted=None):
    body = fetched()
    if wanted and hashlib.sha256(body).hexdigest() != wanted:
        raise ValueError("not the reviewed bytes")
    return pickle.loads(body)
load()
""",
    "the answer ignored": """
def is_reviewed(data):
    return hashlib.sha256(data).hexdigest() == SHA
body = fetched()
is_reviewed(body)
pickle.loads(body)
""",
    "the wrong way round": """
body = fetched()
if hashlib.sha256(body).hexdigest() == SHA:
    raise ValueError("seen before")
pickle.loads(body)
""",
}


@pytest.mark.parametrize("code", DIGEST_COMPARED.values(), ids=DIGEST_COMPARED)
def test_a_digest_that_is_compared_and_acted_upon_is_a_guard(code: str) -> None:
    (load,) = concluded({"load.py": HEAD + code}, Deserialization)

    assert load.origins
    assert not load.unguarded


@pytest.mark.parametrize("code", DIGEST_FOR_SHOW.values(), ids=DIGEST_FOR_SHOW)
def test_a_digest_that_stops_nothing_is_no_guard(code: str) -> None:
    (load,) = concluded({"load.py": HEAD + code}, Deserialization)

    assert load.unguarded


SAFE_CALLS = {
    "weights only": "import torch\ntorch.load(PATH, weights_only=True)",
    "options in a dictionary": (
        "import torch\noptions = {'map_location': 'cpu'}\n"
        "options['weights_only'] = True\ntorch.load(PATH, **options)"
    ),
    "a partial": (
        "import functools, torch\nload = functools.partial(torch.load, weights_only=True)\n"
        "load(PATH)"
    ),
    "a subclass of a safe loader": (
        "import yaml\nclass Loader(yaml.SafeLoader):\n    pass\nyaml.load(open(PATH), Loader=Loader)"
    ),
    "safe_load": "import yaml\nyaml.safe_load(open(PATH))",
    "numpy's default": "import numpy as np\nnp.load(PATH)",
    "an unpickler that refuses": (
        "import pickle\nclass Strict(pickle.Unpickler):\n    def find_class(self, module, name):\n"
        "        if (module, name) not in {('builtins', 'dict')}:\n"
        "            raise pickle.UnpicklingError(name)\n"
        "        return super().find_class(module, name)\nStrict(open(PATH, 'rb')).load()"
    ),
}
UNSAFE_CALLS = {
    "told not to": "import torch\ntorch.load(PATH, weights_only=False)",
    "an alias": "from torch import load as read\nread(PATH)",
    "getattr": "import pickle\ngetattr(pickle, 'load')(open(PATH, 'rb'))",
    "numpy with pickles": "import numpy\nnumpy.load(PATH, allow_pickle=True)",
    "a subclass of an unsafe loader": (
        "import yaml\nclass Loader(yaml.UnsafeLoader):\n    pass\nyaml.load(open(PATH), Loader)"
    ),
    "an unpickler that refuses nothing": (
        "import pickle\nclass Renaming(pickle.Unpickler):\n    def find_class(self, module, name):\n"
        "        return super().find_class(module.replace('old', 'new'), name)\n"
        "Renaming(open(PATH, 'rb')).load()"
    ),
}


@pytest.mark.parametrize("code", SAFE_CALLS.values(), ids=SAFE_CALLS)
def test_a_call_that_cannot_run_code_is_safe(code: str) -> None:
    loads = concluded({"load.py": "PATH = 'm.bin'\n" + code}, Deserialization)

    assert loads
    assert all(load.safe for load in loads)


@pytest.mark.parametrize("code", UNSAFE_CALLS.values(), ids=UNSAFE_CALLS)
def test_a_call_that_can_run_code_is_not_safe(code: str) -> None:
    loads = concluded({"load.py": "PATH = 'm.bin'\n" + code}, Deserialization)

    assert any(not load.safe for load in loads)


PATH_HEAD = """
import os
from pathlib import Path
from flask import Flask, abort, request
app = Flask(__name__)
ROOT = Path("/srv/reports").resolve()
@app.get("/r")
def report():
    name = request.args["name"]
"""
CONFINED = {
    "is_relative_to": """
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        abort(404)
    return path.read_text()
""",
    "commonpath": """
    path = os.path.realpath(os.path.join("/srv/reports", name))
    if os.path.commonpath(["/srv/reports", path]) != "/srv/reports":
        raise ValueError(name)
    return open(path).read()
""",
    "the last part": """
    return open(os.path.join("/srv/reports", os.path.basename(name))).read()
""",
    "an allow-list": """
    if name not in ("daily", "weekly"):
        abort(404)
    return open(f"/srv/reports/{name}").read()
""",
    "a helper": """
    return open(below_root(name)).read()
def below_root(name):
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        raise ValueError(name)
    return path
""",
}
NOT_CONFINED = {
    "nothing": """
    return open(f"/srv/reports/{name}").read()
""",
    "compared before it is resolved": """
    path = ROOT / name
    if not str(path).startswith("/srv/reports/"):
        abort(404)
    return path.read_text()
""",
    "checked after the use": """
    path = (ROOT / name).resolve()
    text = path.read_text()
    if not path.is_relative_to(ROOT):
        abort(404)
    return text
""",
    "only noted": """
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        app.logger.warning("outside")
    return path.read_text()
""",
}


@pytest.mark.parametrize("code", CONFINED.values(), ids=CONFINED)
def test_a_path_kept_below_a_root_is_guarded(code: str) -> None:
    uses = concluded({"app.py": PATH_HEAD + code}, PathUse)

    assert uses
    assert not [origin for use in uses for origin in use.unguarded]


@pytest.mark.parametrize("code", NOT_CONFINED.values(), ids=NOT_CONFINED)
def test_a_path_that_may_lead_out_is_not_guarded(code: str) -> None:
    uses = concluded({"app.py": PATH_HEAD + code}, PathUse)

    assert [origin for use in uses for origin in use.unguarded]


QUOTED = [
    "import shlex, subprocess\nsubprocess.run(f'cat {shlex.quote(name)}', shell=True)",
    "from shlex import quote\nimport os\nos.system('cat ' + quote(name))",
    "import re, os\nif not re.fullmatch('[a-z]+', name):\n    raise ValueError\nos.system('cat %s' % name)",
]
UNQUOTED = [
    "import subprocess\nsubprocess.run(f'cat {name}', shell=True)",
    "import os\nos.system('cat \\'{}\\''.format(name))",
    "import subprocess\nsubprocess.run(['bash', '-c', 'cat ' + name])",
    "import re, os\nif not re.match('[a-z].*', name):\n    raise ValueError\nos.system('cat %s' % name)",
]


@pytest.mark.parametrize("code", QUOTED)
def test_a_quoted_value_is_guarded(code: str) -> None:
    (launch,) = concluded({"run.py": "import sys\nname = sys.argv[1]\n" + code}, ProcessLaunch)

    assert launch.shell
    assert not launch.unguarded


@pytest.mark.parametrize("code", UNQUOTED)
def test_an_unquoted_value_is_not_guarded(code: str) -> None:
    (launch,) = concluded({"run.py": "import sys\nname = sys.argv[1]\n" + code}, ProcessLaunch)

    assert launch.shell
    assert launch.unguarded
