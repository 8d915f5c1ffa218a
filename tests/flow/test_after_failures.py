"""What a `try` was to make is not there where it failed."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import OriginKind, PathUse

HEAD = """
import logging, os
from flask import Flask, request
app = Flask(__name__)
@app.get("/file")
def show():
    name = request.args["name"]
"""
GOES_ON = {
    "a handler that only logs": """
    try:
        name = os.path.basename(name)
    except ValueError:
        logging.warning("odd name")
""",
    "a handler that passes": """
    try:
        name = os.path.basename(name)
    except Exception:
        pass
""",
    "the second of two handlers": """
    try:
        name = os.path.basename(name)
    except KeyError:
        raise
    except ValueError as error:
        print(error)
""",
}
STOPS = {
    "a handler that raises": """
    try:
        name = os.path.basename(name)
    except ValueError:
        raise RuntimeError(name)
""",
    "a handler that answers": """
    try:
        name = os.path.basename(name)
    except ValueError:
        return "odd name", 400
""",
    "a handler that takes another": """
    try:
        name = os.path.basename(name)
    except ValueError:
        name = "index"
""",
}
END = "    return open('/srv/' + name).read()\n"


@pytest.mark.parametrize("step", GOES_ON.values(), ids=GOES_ON)
def test_what_was_there_before_is_followed_where_the_step_may_fail(step: str) -> None:
    [use] = concluded({"app.py": HEAD + step + END}, PathUse)

    assert any(origin.kind is OriginKind.REQUEST and not origin.guards for origin in use.origins)


@pytest.mark.parametrize("step", STOPS.values(), ids=STOPS)
def test_what_a_failure_stops_stays_confined(step: str) -> None:
    uses = concluded({"app.py": HEAD + step + END}, PathUse)

    assert not [
        origin
        for use in uses
        for origin in use.origins
        if origin.kind is OriginKind.REQUEST and not origin.guards
    ]
