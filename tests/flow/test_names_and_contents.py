"""What only names a file is not its content, and what only went into a path is no hub name."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, ModelLoad, OriginKind

NAMED = {
    "a field of an answer": """
import os, pickle, requests
def load(store):
    name = requests.get("https://api.example.com/models/1", timeout=9).json()["file"]
    with open(os.path.join(store, name), "rb") as stream:
        return pickle.load(stream)
""",
    "a listing, and a path of pathlib": """
import httpx
import torch
from pathlib import Path
def load(store: Path):
    for row in httpx.get("https://api.example.com/models").json():
        yield torch.load(store / row["id"] / "model.pt")
""",
    "through a class and its store": """
import joblib, requests
from pathlib import Path
class Model:
    def __init__(self, name):
        self.name = name
    def path(self):
        return Path("/srv/models").joinpath(self.name)
class Client:
    def latest(self):
        return Model(requests.get("https://api.example.com/latest").json()["name"])
def load():
    return joblib.load(Client().latest().path())
""",
}
FETCHED = {
    "the body is written to the file that the answer names": """
import os, pickle, requests
def load(store):
    answer = requests.get("https://api.example.com/models/1", timeout=9)
    path = os.path.join(store, answer.headers["name"])
    with open(path, "wb") as out:
        out.write(answer.content)
    with open(path, "rb") as stream:
        return pickle.load(stream)
""",
    "a download function gives the path": """
import os, pooch, torch
def load():
    path = pooch.retrieve("https://files.example.com/m.tar", known_hash=None)
    return torch.load(os.path.join(os.path.dirname(path), "model.pt"))
""",
    "the body in memory": """
import io, requests, torch
def load():
    return torch.load(io.BytesIO(requests.get("https://files.example.com/m.pt").content))
""",
    "an archive in memory": """
import io, pickle, requests, zipfile
def load():
    body = requests.get("https://files.example.com/m.zip").content
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return pickle.loads(archive.read("model.pkl"))
""",
    "the file is fetched by its name": """
import os, torch, requests
from urllib.request import urlretrieve
def load(store):
    name = requests.get("https://api.example.com/models/1").json()["file"]
    path = os.path.join(store, name)
    urlretrieve("https://files.example.com/" + name, path)
    return torch.load(path)
""",
    "a helper writes it": """
import os, torch, requests
def save(path, body):
    with open(path, "wb") as out:
        out.write(body)
def load(store):
    path = os.path.join(store, "model.pt")
    save(path, requests.get("https://files.example.com/m.pt").content)
    return torch.load(path)
""",
}
OUTSIDE = {OriginKind.NETWORK, OriginKind.ARCHIVE}


@pytest.mark.parametrize("code", NAMED.values(), ids=NAMED)
def test_a_file_that_an_answer_only_names_is_not_fetched(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)
    assert use.origins
    assert OUTSIDE.isdisjoint(origin.kind for origin in use.origins)


@pytest.mark.parametrize("code", FETCHED.values(), ids=FETCHED)
def test_a_file_that_an_answer_fills_is_fetched(code: str) -> None:
    (use,) = concluded({"a.py": code}, Deserialization)
    assert OUTSIDE & {origin.kind for origin in use.origins}


STORED = {
    "a store's own folder": """
from transformers import AutoModel
import fs
class Store:
    def __init__(self):
        self.files = fs.open_fs("temp://")
    def path_of(self, item):
        return self.files.getsyspath(item)
model = AutoModel.from_pretrained(Store().path_of("diffusion_model"))
""",
    "a folder of a run": """
from transformers import AutoModel
from acme import workspace
def load(run):
    folder = workspace.checkout(run, "service.py", "final")
    return AutoModel.from_pretrained(folder)
model = load("nightly")
""",
    "a name joined with what is not known": """
from transformers import AutoModel
def load(root):
    return AutoModel.from_pretrained(root + "model")
""",
}
ON_HUB = {
    "a constant through a function and a class": """
from transformers import AutoModel
class Config:
    name = "bert-base-uncased"
def load(config):
    return AutoModel.from_pretrained(config.name)
model = load(Config())
""",
    "a default of a look-up": """
import os
from transformers import AutoModel
model = AutoModel.from_pretrained(os.environ.get("MODEL", "bert-base-uncased"))
""",
    "put together of constants": """
from transformers import AutoModel
OWNER = "bert"
model = AutoModel.from_pretrained(OWNER + "-base-uncased")
""",
    "a name with its owner through a library": """
from transformers import AutoModel
from acme import registry
model = AutoModel.from_pretrained(registry.current("acme/encoder"))
""",
}


@pytest.mark.parametrize("code", STORED.values(), ids=STORED)
def test_what_goes_into_a_path_is_no_name_on_a_hub(code: str) -> None:
    (load,) = concluded({"a.py": code}, ModelLoad)
    assert OriginKind.CONSTANT not in {origin.kind for origin in load.origins}


@pytest.mark.parametrize("code", ON_HUB.values(), ids=ON_HUB)
def test_a_constant_that_arrives_whole_is_a_name_on_a_hub(code: str) -> None:
    (load,) = concluded({"a.py": code}, ModelLoad)
    told = {load.artefact, *(origin.detail for origin in load.origins)}
    assert told & {"bert-base-uncased", "acme/encoder"}


DATA = {
    "said outright": """
from huggingface_hub import snapshot_download
snapshot_download("acme/reviews", repo_type="dataset")
""",
    "said in a constant": """
from huggingface_hub import hf_hub_download
KIND = "dataset"
hf_hub_download("acme/reviews", "train.csv", repo_type=KIND)
""",
    "said by every caller": """
from huggingface_hub import hf_hub_download
def fetch(name, kind):
    return hf_hub_download(name, "train.csv", repo_type=kind)
fetch("acme/reviews", "dataset")
""",
    "an application": """
from huggingface_hub import snapshot_download
snapshot_download("acme/demo", repo_type="space")
""",
}
MODELS = {
    "not said": """
from huggingface_hub import snapshot_download
snapshot_download("acme/encoder")
""",
    "said to be one": """
from huggingface_hub import hf_hub_download
hf_hub_download("acme/encoder", "model.bin", repo_type="model")
""",
    "by some callers": """
from huggingface_hub import hf_hub_download
def fetch(name, kind):
    return hf_hub_download(name, "train.csv", repo_type=kind)
fetch("acme/reviews", "dataset")
fetch("acme/encoder", "model")
""",
}


@pytest.mark.parametrize("code", DATA.values(), ids=DATA)
def test_a_download_of_data_is_no_load_of_a_model(code: str) -> None:
    assert concluded({"a.py": code}, ModelLoad) == []


@pytest.mark.parametrize("code", MODELS.values(), ids=MODELS)
def test_a_download_that_may_be_of_a_model_is_one(code: str) -> None:
    assert concluded({"a.py": code}, ModelLoad)


def test_numbers_and_options_are_no_names_on_a_hub() -> None:
    code = """
import pickle
from huggingface_hub import hf_hub_download
def load(name, factor=0.18215):
    return pickle.load(open(hf_hub_download(name or factor, "vocab.pkl"), "rb"))
load("acme/encoder")
load(None, 0.00085)
"""
    (use,) = concluded({"a.py": code}, Deserialization)
    told = {origin.detail for origin in use.origins if origin.kind is OriginKind.HUB}
    assert told == {"acme/encoder"}
