"""Fields that a class inherits, and the calls that fill them."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import OriginKind, PathUse

HEAD = """
from dataclasses import dataclass
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()
"""
BODY = """
    name: str = ""
    path: str = "/srv/blank"
    def content(self):
        with open(self.path, "rb") as held:
            return held.read()
"""
SENT = {
    "derived dataclasses that a factory makes": f"""
@dataclass
class Element:{BODY}
    @classmethod
    def from_dict(cls, held):
        if held.get("type") == "image":
            return Picture(path=held["path"])
        return Sound(path=held["path"])
@dataclass
class Picture(Element):
    size: str = ""
@dataclass
class Sound(Element):
    pass
@app.put("/element")
def update(payload: dict):
    return Element.from_dict(payload["element"]).content()
""",
    "a derived model": f"""
class Element(BaseModel):{BODY}
class Picture(Element):
    size: str = ""
@app.put("/element")
def update(payload: dict):
    picture = Picture(path=payload["path"])
    return picture.content()
""",
    "fields by position": f"""
@dataclass
class Element:{BODY}
@dataclass
class Picture(Element):
    size: str = ""
@app.put("/element")
def update(payload: dict):
    return Picture("a", payload["path"]).content()
""",
}
OURS = {
    "a class of the same name from elsewhere": f"""
@dataclass
class Element:{BODY}
@dataclass
class Drawn(Element):
    size: str = ""
@app.put("/element")
def update(payload: dict):
    from acme.drawing import Drawn
    Drawn(path=payload["path"])
    return Element().content()
""",
    "a derived class that fills the field itself": f"""
@dataclass
class Element:{BODY}
class Picture(Element):
    def __init__(self, path):
        self.label = path
        self.path = "/srv/pictures/one"
@app.put("/element")
def update(payload: dict):
    return Picture(payload["path"]).content()
""",
    "a sibling's field": """
@dataclass
class Element:
    name: str = ""
    path: str = "/srv/blank"
@dataclass
class Picture(Element):
    size: str = ""
@dataclass
class Sound(Element):
    rate: int = 1
    def play(self):
        with open(self.path, "rb") as held:
            return held.read()
@app.put("/element")
def update(payload: dict):
    return Picture(path=payload["path"]).size
@app.get("/sound")
def sound():
    return Sound(path="/srv/sound").play()
""",
    "another field": f"""
@dataclass
class Element:{BODY}
@dataclass
class Picture(Element):
    size: str = ""
@app.put("/element")
def update(payload: dict):
    return Picture(name=payload["name"], size=payload["size"]).content()
""",
}


@pytest.mark.parametrize("code", SENT.values(), ids=SENT)
def test_a_field_that_a_derived_class_is_given_reaches_the_methods_of_its_base(code: str) -> None:
    (use,) = concluded({"a.py": HEAD + code}, PathUse)

    assert OriginKind.REQUEST in {origin.kind for origin in use.origins}


@pytest.mark.parametrize("code", OURS.values(), ids=OURS)
def test_a_field_that_no_caller_fills_is_ours(code: str) -> None:
    found = [origin for use in concluded({"a.py": HEAD + code}, PathUse) for origin in use.origins]

    assert OriginKind.REQUEST not in {origin.kind for origin in found}
