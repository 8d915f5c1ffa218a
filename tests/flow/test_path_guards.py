"""Names from requests as paths: which checks keep them below a root, and which only look so."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import PathUse

HEAD = """
import os
import re
from pathlib import Path
from flask import Flask, abort, request
app = Flask(__name__)
ROOT = Path("/srv/reports").resolve()
BASE = "/srv/reports"
@app.get("/r")
def report():
    name = request.args["name"]
"""
CONFINED = {
    "relative_to raises": """
    path = (ROOT / name).resolve()
    try:
        path.relative_to(ROOT)
    except ValueError:
        abort(404)
    return path.read_text()
""",
    "relative_to raises, unguarded by a try": """
    path = Path(os.path.join(BASE, name)).resolve()
    path.relative_to(ROOT)
    return path.read_text()
""",
    "a helper that answers by relative_to": """
    path = ROOT / name
    if leads_out(ROOT, name):
        raise ValueError(name)
    return path.read_text()
def leads_out(root, name):
    try:
        (root / name).resolve().relative_to(root.resolve())
        return False
    except ValueError:
        return True
""",
    "among the parents": """
    path = (ROOT / name).resolve()
    if ROOT not in path.parents:
        abort(404)
    return path.read_text()
""",
    "startswith with a separator": """
    path = os.path.realpath(os.path.join(BASE, name))
    if not path.startswith(BASE + os.sep):
        abort(404)
    return open(path).read()
""",
    "startswith with a slash": """
    path = os.path.abspath(os.path.join(BASE, name))
    if not path.startswith(f"{BASE}/"):
        abort(404)
    return open(path).read()
""",
    "startswith a root that ends with its separator": """
    root = os.path.join(os.path.abspath(BASE), "")
    path = os.path.abspath(root + name)
    if not path.startswith(root):
        abort(404)
    return open(path).read()
""",
    "relpath does not start with dots": """
    path = os.path.abspath(os.path.join(BASE, name))
    if os.path.relpath(path, BASE).startswith(".."):
        abort(404)
    return open(path).read()
""",
    "no dots and not absolute": """
    if ".." in name or os.path.isabs(name):
        abort(400)
    return open(os.path.join(BASE, name)).read()
""",
    "no dots and no leading slash": """
    if name.startswith("/") or ".." in name:
        abort(400)
    return open(os.path.join(BASE, name)).read()
""",
    "no dots in text after a root": """
    if ".." in name:
        abort(400)
    return open(f"{BASE}/{name}").read()
""",
    "no separators": """
    if "/" in name or "\\\\" in name:
        abort(400)
    return open(os.path.join(BASE, name)).read()
""",
    "only words": """
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        abort(400)
    return open(os.path.join(BASE, name)).read()
""",
    "the name of a path": """
    return (ROOT / Path(name).name).read_text()
""",
    "secure_filename": """
    from werkzeug.utils import secure_filename
    return open(os.path.join(BASE, secure_filename(name))).read()
""",
    "a table of reports": """
    known = {"day": "daily.txt", "week": "weekly.txt"}
    if name not in known:
        abort(404)
    return open(os.path.join(BASE, known[name])).read()
""",
    "a table that is asked": """
    file = {"day": "daily.txt", "week": "weekly.txt"}.get(name)
    if file is None:
        abort(404)
    return open(os.path.join(BASE, file)).read()
""",
    "listed files only": """
    if name not in os.listdir(BASE):
        abort(404)
    return open(os.path.join(BASE, name)).read()
""",
}
NOT_CONFINED = {
    "startswith without a separator": """
    path = os.path.abspath(os.path.join(BASE, name))
    if not path.startswith(BASE):
        abort(404)
    return open(path).read()
""",
    "startswith a root that is made of a path": """
    path = (ROOT / name).resolve()
    if not str(path).startswith(str(ROOT)):
        abort(404)
    return path.read_text()
""",
    "startswith a root of unknown end": """
    root = os.path.realpath(os.environ["REPORTS"])
    path = os.path.realpath(os.path.join(root, name))
    if not path.startswith(root):
        abort(404)
    return open(path).read()
""",
    "commonprefix": """
    path = os.path.abspath(os.path.join(BASE, name))
    if os.path.commonprefix([BASE, path]) != BASE:
        abort(404)
    return open(path).read()
""",
    "another value is tested": """
    other = (ROOT / request.args["other"]).resolve()
    if not other.is_relative_to(ROOT):
        abort(404)
    return (ROOT / name).read_text()
""",
    "dots are refused, absolute paths are not": """
    if ".." in name:
        abort(400)
    return open(os.path.join(BASE, name)).read()
""",
    "dots are refused, an absolute name replaces the root": """
    if ".." in name:
        abort(400)
    return (ROOT / name).read_text()
""",
    "leading dots only": """
    if name.startswith(".."):
        abort(400)
    return open(f"{BASE}/{name}").read()
""",
    "dots are replaced once": """
    return open(os.path.join(BASE, name.replace("../", ""))).read()
""",
    "normpath alone": """
    return open(os.path.normpath(os.path.join(BASE, name))).read()
""",
    "resolved and not compared": """
    path = (ROOT / name).resolve()
    return path.read_text()
""",
    "relative_to is swallowed": """
    path = (ROOT / name).resolve()
    try:
        path.relative_to(ROOT)
    except ValueError:
        pass
    return path.read_text()
""",
    "relative_to before it is resolved": """
    path = ROOT / name
    path.relative_to(ROOT)
    return path.read_text()
""",
    "characters that make paths": """
    if not re.match(r"^[a-zA-Z0-9_.\\-/]+$", name):
        abort(400)
    return open(os.path.join(BASE, name)).read()
""",
    "an ending only": """
    if not name.endswith(".txt"):
        abort(400)
    return open(os.path.join(BASE, name)).read()
""",
    "it exists": """
    path = os.path.join(BASE, name)
    if not os.path.exists(path):
        abort(404)
    return open(path).read()
""",
    "among the parents of what is not resolved": """
    path = ROOT / name
    if ROOT not in path.parents:
        abort(404)
    return path.read_text()
""",
}


@pytest.mark.parametrize("code", CONFINED.values(), ids=CONFINED)
def test_a_path_kept_below_a_root_is_guarded(code: str) -> None:
    uses = concluded({"app.py": HEAD + code}, PathUse)

    assert not [origin for use in uses for origin in use.unguarded]


@pytest.mark.parametrize("code", NOT_CONFINED.values(), ids=NOT_CONFINED)
def test_a_path_that_may_lead_out_is_not_guarded(code: str) -> None:
    uses = concluded({"app.py": HEAD + code}, PathUse)

    held = ("confined", "allow-list", "members")
    assert [origin for use in uses for origin in use.origins if not origin.guarded_by(*held)]
