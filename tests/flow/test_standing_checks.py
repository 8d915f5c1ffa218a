"""Checks under a switch: on unless somebody turns it off."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization

DIGEST = '"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"'
HEAD = f"import hashlib, pickle\nEXPECTED = {DIGEST}\n"
ON = {
    "the test stands under the switch": """
def load(body, verify=True):
    if verify:
        if hashlib.sha256(body).hexdigest() != EXPECTED:
            raise ValueError("not the reviewed bytes")
    return pickle.loads(body)
""",
    "a call under the switch": """
def require(body):
    if hashlib.sha256(body).hexdigest() != EXPECTED:
        raise ValueError("not the reviewed bytes")
def load(body, *, verify: bool = True):
    if verify:
        require(body)
    return pickle.loads(body)
""",
    "the check asks the switch": """
def require(body, checked=True):
    if not checked:
        return
    if hashlib.sha256(body).hexdigest() != EXPECTED:
        raise ValueError("not the reviewed bytes")
def load(body):
    require(body)
    return pickle.loads(body)
""",
    "an attribute of the loader": """
class Loader:
    def __init__(self, checked=True):
        self.checked = checked
    def load(self, body):
        if self.checked:
            if hashlib.sha256(body).hexdigest() != EXPECTED:
                raise ValueError("not the reviewed bytes")
        return pickle.loads(body)
""",
}
OFF = {
    "off by default": ON["the test stands under the switch"].replace("=True", "=False"),
    "a call that is off by default": ON["a call under the switch"].replace("= True", "= False"),
    "somebody turns it off": ON["the test stands under the switch"]
    + "def quick(body):\n    return load(body, verify=False)\n",
    "the loader is made without": ON["an attribute of the loader"]
    + "def quick(body):\n    return Loader(checked=False).load(body)\n",
    "a switch of the environment": """
import os
VERIFY = os.environ.get("VERIFY") == "1"
def load(body):
    if VERIFY:
        if hashlib.sha256(body).hexdigest() != EXPECTED:
            raise ValueError("not the reviewed bytes")
    return pickle.loads(body)
""",
    "the test comes after": """
def load(body, verify=True):
    made = pickle.loads(body)
    if verify:
        if hashlib.sha256(body).hexdigest() != EXPECTED:
            raise ValueError("not the reviewed bytes")
    return made
""",
    "the failure is only told": """
def load(body, verify=True):
    if verify:
        if hashlib.sha256(body).hexdigest() != EXPECTED:
            print("not the reviewed bytes")
    return pickle.loads(body)
""",
}


def held(code: str) -> bool:
    use = concluded({"a.py": HEAD + code}, Deserialization)[0]
    decided = [o for o in use.origins if o.kind not in ("constant", "memory")]
    assert decided
    return all(origin.guarded_by("digest") for origin in decided)


@pytest.mark.parametrize("code", ON.values(), ids=ON)
def test_a_check_that_nobody_switches_off_holds(code: str) -> None:
    assert held(code)


@pytest.mark.parametrize("code", OFF.values(), ids=OFF)
def test_a_check_that_is_off_or_forgotten_does_not(code: str) -> None:
    assert not held(code)
