"""Items of a store that the project writes a class for are what lies in the store."""

from __future__ import annotations

from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, OriginKind

STORES = """
import os
from abc import ABC
from collections.abc import MutableMapping
import boto3
class Store(ABC, MutableMapping):
    pass
class Bucket(Store):
    def __init__(self, name, token):
        self.name = name
        self.client = boto3.client("s3", aws_secret_access_key=token)
    def __getitem__(self, path):
        return self.client.get_object(Bucket=self.name, Key=path)["Body"].read()
class Folder(Store):
    def __init__(self, root):
        self.root = root
    def __getitem__(self, path):
        with open(os.path.join(self.root, path), "rb") as stream:
            return stream.read()
"""
READS = """
import pickle
from shop.stores import Bucket, Store
def versions(store: Store):
    return pickle.loads(store["versions"])
def opened(creds):
    return versions(Bucket("shop", creds["token"]))
"""
HELD = """
import pickle
from flask import Flask, request
app = Flask(__name__)
class Held:
    def __init__(self, given):
        self.given = given
    def __getitem__(self, name):
        return self.given[name]
@app.post("/versions")
def versions():
    held = Held(request.get_json())
    return pickle.loads(held["versions"])
"""


def test_items_of_a_store_lie_in_the_store() -> None:
    files: dict[str, str | bytes] = {"shop/stores.py": STORES, "shop/read.py": READS}
    [use] = concluded(files, Deserialization)
    [origin] = use.origins
    assert origin.kind is OriginKind.STORE
    assert origin.span.path == "shop/stores.py"


def test_items_of_an_object_that_fetches_nothing_are_what_it_was_given() -> None:
    [use] = concluded({"read.py": HELD}, Deserialization)
    assert OriginKind.REQUEST in {origin.kind for origin in use.origins}
