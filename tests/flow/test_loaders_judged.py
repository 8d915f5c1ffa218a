"""Loaders that a project restricts, and those that only look restricted."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization

_USE = """
def load(stream):
    return Narrow(stream).load()
"""
NARROW = {
    "refuses what is not listed": """
import pickle
ALLOWED = {("collections", "OrderedDict")}
class Narrow(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(name)
        return super().find_class(module, name)
""",
    "takes one module, refuses the rest": """
import builtins
import pickle
class Narrow(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "builtins" and name in {"range", "complex"}:
            return getattr(builtins, name)
        raise pickle.UnpicklingError(name)
""",
    "answers from a table": """
import collections
import pickle
KNOWN = {("collections", "OrderedDict"): collections.OrderedDict}
class Narrow(pickle.Unpickler):
    def find_class(self, module, name):
        return KNOWN[module, name]
""",
    "asks a function of the project": """
import pickle
def is_known(module):
    return module in ("acme.rows",)
class Narrow(pickle.Unpickler):
    def find_class(self, module, name):
        if is_known(module):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(name)
""",
}
WIDE = {
    "refuses a few": """
import pickle
class Narrow(pickle.Unpickler):
    def find_class(self, module, name):
        if module in ("os", "subprocess"):
            raise pickle.UnpicklingError(name)
        return super().find_class(module, name)
""",
    "only renames": """
import pickle
class Narrow(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "old":
            module = "new"
        return super().find_class(module, name)
""",
    "falls back": """
import pickle
ALLOWED = {"acme.rows"}
class Narrow(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            if module not in ALLOWED:
                raise pickle.UnpicklingError(name)
        except pickle.UnpicklingError:
            pass
        return super().find_class(module, name)
""",
    "of dill, unchanged": """
import dill
class Narrow(dill.Unpickler):
    pass
""",
}


@pytest.mark.parametrize("code", NARROW.values(), ids=NARROW)
def test_an_unpickler_that_builds_listed_classes_only_is_safe(code: str) -> None:
    (use,) = concluded({"a.py": code + _USE}, Deserialization)

    assert use.safe


@pytest.mark.parametrize("code", WIDE.values(), ids=WIDE)
def test_an_unpickler_that_lets_unknown_classes_through_is_not(code: str) -> None:
    (use,) = concluded({"a.py": code + _USE}, Deserialization)

    assert not use.safe


SAFE = {
    "a safe loader with a constructor of its own": """
import yaml
class Lines(yaml.SafeLoader):
    pass
Lines.add_constructor("!env", lambda loader, node: loader.construct_scalar(node))
def load(stream):
    return yaml.load(stream, Loader=Lines)
""",
    "object tags answered with nothing": """
import yaml
yaml.add_multi_constructor(
    "tag:yaml.org,2002:python/object", lambda loader, suffix, node: None, Loader=yaml.SafeLoader
)
def load(stream):
    return yaml.load(stream, Loader=yaml.SafeLoader)
""",
    "another loader was taught objects": """
import yaml
class Lines(yaml.SafeLoader):
    pass
class Wide(yaml.SafeLoader):
    pass
Wide.add_multi_constructor("tag:yaml.org,2002:python/object/apply:", yaml.UnsafeLoader.construct)
def load(stream):
    return yaml.load(stream, Loader=Lines)
""",
    "ruamel's round trip": """
from ruamel.yaml import YAML
yaml = YAML()
def load(stream):
    return yaml.load(stream)
""",
    "ruamel's safe type": """
import ruamel.yaml
def load(stream):
    return ruamel.yaml.YAML(typ="safe", pure=True).load(stream)
""",
    "a connection that asks for a key": """
import os
from multiprocessing.connection import Client
def load(address):
    with Client(address, authkey=os.environ["WORKER_KEY"].encode()) as connection:
        return connection.recv()
""",
}
UNSAFE = {
    "a safe loader that was taught objects": """
import yaml
class Lines(yaml.SafeLoader):
    pass
Lines.add_multi_constructor("tag:yaml.org,2002:python/object/apply:", yaml.UnsafeLoader.construct)
def load(stream):
    return yaml.load(stream, Loader=Lines)
""",
    "ruamel's unsafe type": """
import ruamel.yaml
def load(stream):
    return ruamel.yaml.YAML(typ="unsafe").load(stream)
""",
    "ruamel's unsafe type, made for the module": """
from ruamel.yaml import YAML
yaml = YAML(typ="unsafe")
def load(stream):
    return yaml.load(stream)
""",
    "a connection with the key in the code": """
from multiprocessing.connection import Client
def load(address):
    with Client(address, authkey=b"worker") as connection:
        return connection.recv()
""",
}


@pytest.mark.parametrize("code", SAFE.values(), ids=SAFE)
def test_a_loader_of_plain_data_is_safe(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)

    assert use.safe


@pytest.mark.parametrize("code", UNSAFE.values(), ids=UNSAFE)
def test_a_loader_of_objects_is_not(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)

    assert not use.safe
