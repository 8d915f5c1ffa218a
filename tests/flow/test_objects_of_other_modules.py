"""Objects and classes that one module makes and others import."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import ArchiveExtraction, Deserialization, OriginKind

CONF = """
import os
import requests

class Settings:
    FOLDER = os.environ["FOLDER"]
    def __init__(self):
        self.path = os.environ["MODEL"]
class Store:
    def fetch(self, name):
        return requests.get("https://models.example.com/" + name).content
class Nothing:
    path = "model.pkl"
settings = Settings()
store = Store()
nothing = Nothing()
"""
FOUND = {
    "an attribute of an object": (
        "from conf import settings\nmodel = pickle.load(open(settings.path, 'rb'))",
        OriginKind.ENVIRONMENT,
    ),
    "a method of an object": (
        "from conf import store\nmodel = pickle.loads(store.fetch('a'))",
        OriginKind.NETWORK,
    ),
    "an attribute of a class": (
        "from conf import Settings\nmodel = pickle.load(open(Settings.FOLDER, 'rb'))",
        OriginKind.ENVIRONMENT,
    ),
    "an object of a module under another name": (
        "import conf as c\nmodel = pickle.loads(c.store.fetch('a'))",
        OriginKind.NETWORK,
    ),
    "an object that a package hands on": (
        "from pack import store\nmodel = pickle.loads(store.fetch('a'))",
        OriginKind.NETWORK,
    ),
    "a constant": (
        "from conf import nothing\nmodel = pickle.load(open(nothing.path, 'rb'))",
        OriginKind.FILE,
    ),
}


@pytest.mark.parametrize(("code", "kind"), FOUND.values(), ids=FOUND)
def test_a_value_is_followed_into_the_object_of_another_module(code: str, kind: OriginKind) -> None:
    files: dict[str, str | bytes] = {
        "a.py": "import pickle\n" + code,
        "conf.py": CONF,
        "pack/__init__.py": "from conf import store\n",
    }
    (use,) = concluded(files, Deserialization)
    assert {origin.kind for origin in use.origins} == {kind}


def test_a_class_method_of_another_module_gets_its_arguments_in_their_places() -> None:
    package = """
import tarfile


class Environment:
    @classmethod
    def from_tarball(cls, tarball, target, digest=None):
        with tarfile.open(tarball) as archive:
            archive.extractall(target)

    @staticmethod
    def from_folder(tarball, target):
        with tarfile.open(tarball) as archive:
            archive.extractall(target)
"""
    code = """
import os

from package import Environment

Environment.from_tarball(os.environ["TARBALL"], os.environ["TARGET"])
Environment.from_folder(os.environ["TARBALL"], os.environ["TARGET"])
"""
    facts = concluded({"package.py": package, "make.py": code}, ArchiveExtraction)
    assert [{origin.setting for origin in fact.origins} for fact in facts] == [{"TARBALL"}] * 2
