"""Switches that are off, lists of what may pass, checks of syntax: what holds, what only looks so."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import CodeEvaluation, Deserialization, Use

SWITCHED = {
    "raises where the parameter is off": """
import pickle
def load(body, allow_pickle=False):
    if not allow_pickle:
        raise ValueError("pickle is off")
    return pickle.loads(body)
""",
    "stands under the parameter": """
import pickle
def load(body, *, unsafe: bool = False):
    if unsafe:
        return pickle.loads(body)
    return body
""",
    "an attribute set by the constructor": """
import pickle
class Serde:
    def __init__(self, pickle_fallback=False):
        self.pickle_fallback = pickle_fallback
    def loads(self, kind, body):
        if kind == "json":
            return body
        elif self.pickle_fallback and kind == "pickle":
            return pickle.loads(body)
class Cache:
    serde = Serde(pickle_fallback=False)
""",
    "a variable that nothing sets": """
import os
import pickle
def load(body):
    if os.getenv("ALLOW_PICKLE", "0") != "1":
        raise ValueError("pickle is off")
    return pickle.loads(body)
""",
    "a variable read by a helper": """
import os
import pickle
from distutils.util import strtobool
def load(body):
    if not strtobool(os.environ.get("TRUST_PICKLE", "False")):
        raise ValueError("pickle is off")
    return pickle.loads(body)
""",
    "a switch of the environment with a fallback": """
import pickle
from acme.settings import flag
ALLOW = "ACME_ALLOW_PICKLE"
class Reader:
    def __init__(self):
        self.allow_pickle = flag(ALLOW, False)
    def load(self, body):
        if not self.allow_pickle:
            raise ValueError("pickle is off")
        return pickle.loads(body)
""",
    "the safe way is on unless turned off": """
import torch
def load(path, weights_only: bool = True):
    if weights_only:
        return torch.load(path, weights_only=True)
    return torch.load(path)
""",
    "a method that insists on it": """
import pickle
class Reader:
    def __init__(self, **options):
        self.trust_remote_code = options.get("trust_remote_code", False)
    def check_trust(self):
        if not self.trust_remote_code:
            raise ValueError("not trusted")
    def load(self, body):
        self.check_trust()
        return pickle.loads(body)
""",
    "a function that insists on it for its callers": """
import os
import pickle
def require_unsafe(why):
    if os.environ.get("ALLOW_UNSAFE_LOADS", "0") == "1":
        return
    raise RuntimeError(why)
def load(body):
    require_unsafe("this unpickles")
    return pickle.loads(body)
""",
    "a constant of the module": """
import pickle
ALLOW_PICKLE = False
def load(body):
    if not ALLOW_PICKLE:
        raise ValueError("pickle is off")
    return pickle.loads(body)
""",
}
NOT_SWITCHED = {
    "on by default": """
import pickle
def load(body, allow_pickle=True):
    if not allow_pickle:
        raise ValueError("pickle is off")
    return pickle.loads(body)
""",
    "somebody turns it on": """
import pickle
def load(body, allow_pickle=False):
    if not allow_pickle:
        raise ValueError("pickle is off")
    return pickle.loads(body)
def everything(bodies):
    return [load(body, allow_pickle=True) for body in bodies]
""",
    "a class turns it on": """
import pickle
class Serde:
    def __init__(self, pickle_fallback=False):
        self.pickle_fallback = pickle_fallback
    def loads(self, kind, body):
        if self.pickle_fallback and kind == "pickle":
            return pickle.loads(body)
class Cache:
    serde = Serde(pickle_fallback=True)
""",
    "a variable that is on unless set": """
import os
import pickle
def load(body):
    if os.getenv("ALLOW_PICKLE", "1") != "1":
        raise ValueError("pickle is off")
    return pickle.loads(body)
""",
    "a switch of the environment that falls back to on": """
import pickle
from acme.settings import flag
ALLOW = "ACME_ALLOW_PICKLE"
class Reader:
    def __init__(self):
        self.allow_pickle = flag(ALLOW, True)
    def load(self, body):
        if not self.allow_pickle:
            raise ValueError("pickle is off")
        return pickle.loads(body)
""",
    "the safe way is off unless turned on": """
import torch
def load(path, weights_only: bool = False):
    if weights_only:
        return torch.load(path, weights_only=True)
    return torch.load(path)
""",
    "a switch that says nothing of danger": """
import pickle
def load(body, fast=False):
    if fast:
        return pickle.loads(body)
""",
    "a method that only warns": """
import logging
import pickle
class Reader:
    def __init__(self, trust=False):
        self.trust_code = trust
    def check_trust(self):
        if not self.trust_code:
            logging.warning("not trusted")
    def load(self, body):
        self.check_trust()
        return pickle.loads(body)
""",
    "a method that asserts, which -O removes": """
import pickle
class Reader:
    def __init__(self, trust=False):
        self.trust_code = trust
    def check_trust(self):
        assert self.trust_code, "not trusted"
    def load(self, body):
        self.check_trust()
        return pickle.loads(body)
""",
    "a check whose failure is forgotten": """
import pickle
def require_trust(trust_code=False):
    if not trust_code:
        raise ValueError("not trusted")
def load(body):
    try:
        require_trust()
    except ValueError:
        pass
    return pickle.loads(body)
""",
    "it warns and goes on": """
import pickle
import warnings
def load(body, allow_pickle=False):
    if not allow_pickle:
        warnings.warn("this is unsafe")
    return pickle.loads(body)
""",
}


def held(code: str, kind: type[Use], *names: str) -> set[str]:
    """The kinds of guards that hold before every origin of the only place that is found."""
    (use,) = [found for found in concluded({"a.py": code}, kind) if not getattr(found, "safe", 0)]
    decided = [o for o in use.origins if o.kind not in ("constant", "memory")]
    assert decided
    found = [{g.kind for g in o.guards if g.holds and g.kind in names} for o in decided]
    return set.intersection(*found)


@pytest.mark.parametrize("code", SWITCHED.values(), ids=SWITCHED)
def test_a_dangerous_way_that_is_off_by_default_is_an_opt_in(code: str) -> None:
    assert held(code, Deserialization, "opt-in") == {"opt-in"}


@pytest.mark.parametrize("code", NOT_SWITCHED.values(), ids=NOT_SWITCHED)
def test_a_switch_that_is_on_or_stops_nothing_is_no_opt_in(code: str) -> None:
    assert held(code, Deserialization, "opt-in") == set()


LISTED = {
    "the name itself": """
import pickle
def load(name):
    if name not in ("encoder", "decoder"):
        raise ValueError(name)
    return pickle.load(open(name, "rb"))
""",
    "the name in lower case": """
import pickle
def load(name):
    if name.strip().lower() not in {"encoder", "decoder"}:
        raise ValueError(name)
    return pickle.load(open(name, "rb"))
""",
    "one value": """
import pickle
def load(name):
    if name == "encoder.pkl":
        return pickle.load(open(name, "rb"))
""",
}
BESIDE = {
    "the ending of the path": """
import pickle
def load(path):
    if path.suffix == ".pkl":
        with open(path, "rb") as stream:
            return pickle.load(stream)
""",
    "the ending, taken by splitext": """
import os
import pickle
def load(path):
    _, ending = os.path.splitext(path)
    if ending not in (".pkl", ".pickle"):
        raise ValueError(path)
    return pickle.load(open(path, "rb"))
""",
    "the type that a message names": """
import pickle
def load(message):
    if message["type"] == "pickle":
        return pickle.loads(message["body"])
""",
    "the other half of a pair": """
import pickle
def load(data):
    kind, body = data
    if kind == "pickle":
        return pickle.loads(body)
""",
    "the last part of a dotted name": """
import pickle
def load(path):
    if path.split(".")[-1] == "pkl":
        return pickle.load(open(path, "rb"))
""",
}


@pytest.mark.parametrize("code", LISTED.values(), ids=LISTED)
def test_a_value_out_of_a_list_passes(code: str) -> None:
    assert held(code, Deserialization, "allow-list") == {"allow-list"}


@pytest.mark.parametrize("code", BESIDE.values(), ids=BESIDE)
def test_a_test_of_something_beside_the_value_is_no_list(code: str) -> None:
    assert held(code, Deserialization, "allow-list") == set()


FORMED = {
    "a compiled pattern": """
import re
NAME = re.compile(r"[a-z_]+$")
def value(text):
    if not NAME.match(text):
        raise ValueError(text)
    return eval(text)
""",
    "a pattern made on the spot": """
import re
def value(text):
    if re.compile("[0-9+* ]+").fullmatch(text) is None:
        raise ValueError(text)
    return eval(text)
""",
    "the answer is kept": """
import re
NAME = re.compile(r"^[a-z_]+$")
def values(texts):
    for text in texts:
        found = NAME.search(text)
        if not found:
            continue
        yield eval(text)
""",
}
FORMLESS = {
    "somewhere in the text": """
import re
NAME = re.compile(r"[a-z_]+")
def value(text):
    if not NAME.search(text):
        raise ValueError(text)
    return eval(text)
""",
    "the beginning only": """
import re
NAME = re.compile(r"df\\.")
def value(text):
    if NAME.match(text) is None:
        raise ValueError(text)
    return eval(text)
""",
    "anything": """
import re
def value(text):
    if not re.fullmatch("df[.].*", text):
        raise ValueError(text)
    return eval(text)
""",
    "another text": """
import re
NAME = re.compile(r"^[a-z_]+$")
def value(name, text):
    if not NAME.match(name):
        raise ValueError(name)
    return eval(text)
""",
}


@pytest.mark.parametrize("code", FORMED.values(), ids=FORMED)
def test_text_of_a_fixed_form_passes(code: str) -> None:
    assert held(code, CodeEvaluation, "allow-list", "characters") == {"allow-list"}


@pytest.mark.parametrize("code", FORMLESS.values(), ids=FORMLESS)
def test_text_that_only_contains_or_begins_with_a_form_does_not(code: str) -> None:
    assert held(code, CodeEvaluation, "allow-list", "characters") == set()


CHECKED = {
    "every node is of a listed kind": """
import ast
ALLOWED = (ast.Expression, ast.BinOp, ast.Add, ast.Constant)
def value(text):
    for node in ast.walk(ast.parse(text, mode="eval")):
        if not isinstance(node, ALLOWED):
            raise ValueError(text)
    return eval(text)
""",
    "all of them at once": """
import ast
ALLOWED = (ast.Expression, ast.BinOp, ast.Add, ast.Constant)
def value(text):
    tree = ast.parse(text, mode="eval")
    if not all(isinstance(node, ALLOWED) for node in ast.walk(tree)):
        raise ValueError(text)
    return eval(text)
""",
    "any of another kind": """
import ast
ALLOWED = {ast.Expression, ast.BinOp, ast.Add, ast.Constant}
def value(text):
    tree = ast.parse(text, mode="eval")
    if any(type(node) not in ALLOWED for node in ast.walk(tree)):
        raise ValueError(text)
    return eval(text)
""",
    "a visitor that refuses what it does not know": """
import ast
class Checker(ast.NodeVisitor):
    def visit_Constant(self, node):
        return None
    def generic_visit(self, node):
        raise ValueError(node)
def value(text):
    Checker().visit(ast.parse(text, mode="eval"))
    return eval(text)
""",
}
FORBIDDEN = {
    "calls are refused": """
import ast
def value(text):
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, (ast.Call, ast.Import)):
            raise ValueError(text)
    return eval(text)
""",
    "a visitor that refuses calls": """
import ast
class Checker(ast.NodeVisitor):
    def visit_Call(self, node):
        raise ValueError(node)
def value(text):
    Checker().visit(ast.parse(text, mode="eval"))
    return eval(text)
""",
    "it only has to parse": """
import ast
def value(text):
    ast.parse(text, mode="eval")
    return eval(text)
""",
    "words are refused": """
def value(text):
    if "import" in text or "__" in text:
        raise ValueError(text)
    return eval(text)
""",
}


@pytest.mark.parametrize("code", CHECKED.values(), ids=CHECKED)
def test_an_expression_of_listed_syntax_passes(code: str) -> None:
    assert held(code, CodeEvaluation, "allow-list") == {"allow-list"}


@pytest.mark.parametrize("code", FORBIDDEN.values(), ids=FORBIDDEN)
def test_an_expression_that_only_avoids_some_syntax_does_not(code: str) -> None:
    assert held(code, CodeEvaluation, "allow-list") == set()
