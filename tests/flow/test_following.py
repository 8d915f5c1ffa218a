"""Values are followed through everything that a project puts between origin and sink."""

from __future__ import annotations

import json

import pytest
from projects_of_code import concluded, stated

from whence.flow.solve import solve
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact.code import (
    CodeEvaluation,
    DataRead,
    Deserialization,
    ModelExport,
    ModelLoad,
    OriginKind,
    RouteHandler,
    TrainingRun,
)
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.deployment import ShellCommand, WorkflowStep
from whence.vocabulary.graph import SupplyGraph

URL = "https://models.example.com/a.pkl"
WAYS = {
    "another module": {
        "src/acme/net.py": f"import requests\ndef get():\n    return requests.get('{URL}').content\n",
        "src/acme/__init__.py": "",
        "src/acme/load.py": "import pickle\nfrom acme.net import get\npickle.loads(get())\n",
    },
    "a relative import and a re-export": {
        "acme/net.py": f"import requests\ndef get():\n    return requests.get('{URL}').content\n",
        "acme/__init__.py": "from .net import get as fetch\n",
        "acme/load.py": "import pickle\nfrom . import fetch\npickle.loads(fetch())\n",
    },
    "an attribute set in the constructor": {
        "a.py": "import pickle, requests\nclass Loader:\n    def __init__(self, url):\n"
        "        self.url = url\n    def load(self):\n"
        f"        return pickle.loads(requests.get(self.url).content)\nLoader('{URL}').load()\n"
    },
    "a dataclass": {
        "a.py": "import pickle, requests\nfrom dataclasses import dataclass\n@dataclass\n"
        "class Settings:\n    url: str\n    retries: int = 3\ndef load(settings: Settings):\n"
        "    return pickle.loads(requests.get(settings.url).content)\n"
        f"load(Settings(url='{URL}'))\n"
    },
    "an inherited method": {
        "a.py": "import pickle, requests\nclass Base:\n    def load(self):\n"
        "        return pickle.loads(self.body())\nclass Remote(Base):\n    def body(self):\n"
        f"        return requests.get('{URL}').content\nclass Other(Base):\n"
        f"    def body(self):\n        return requests.get('{URL}').content\n"
    },
    "keyword arguments in a dictionary": {
        "a.py": "import pickle, requests\ndef load(url=None, timeout=3):\n"
        "    return pickle.loads(requests.get(url, timeout=timeout).content)\n"
        f"options = dict(timeout=9)\noptions.update({{'url': '{URL}'}})\nload(**options)\n"
    },
    "a context manager and a loop": {
        "a.py": "import pickle, requests\ndef load():\n"
        f"    for url in ['{URL}']:\n        with requests.get(url, stream=True) as answer:\n"
        "            parts = []\n            for part in answer.iter_content(8):\n"
        "                parts.append(part)\n            return pickle.loads(b''.join(parts))\n"
    },
    "a thread": {
        "a.py": "import pickle, threading, requests\ndef load(url):\n"
        "    return pickle.loads(requests.get(url).content)\n"
        f"threading.Thread(target=load, args=('{URL}',)).start()\n"
    },
    "a partial": {
        "a.py": "import functools, pickle, requests\ndef load(url):\n"
        "    return pickle.loads(requests.get(url).content)\n"
        f"functools.partial(load, '{URL}')()\n"
    },
    "a file in between": {
        "a.py": "import pickle, urllib.request\nfrom pathlib import Path\nCACHE = Path('cache')\n"
        f"def fetch():\n    urllib.request.urlretrieve('{URL}', CACHE / 'a.pkl')\n"
        "def load():\n    fetch()\n    with (CACHE / 'a.pkl').open('rb') as stream:\n"
        "        return pickle.load(stream)\n"
    },
    "recursion": {
        "a.py": "import pickle, requests\ndef get(url, left):\n    if left:\n"
        "        return get(url, left - 1)\n    return requests.get(url).content\n"
        f"pickle.loads(get('{URL}', 3))\n"
    },
    "a notebook": {
        "n.ipynb": json.dumps(
            {
                "nbformat": 4,
                "cells": [
                    {"cell_type": "code", "source": f"import requests, pickle\nU = '{URL}'"},
                    {"cell_type": "code", "source": "pickle.loads(requests.get(U).content)"},
                ],
            },
            indent=1,
        )
    },
}


@pytest.mark.parametrize("files", WAYS.values(), ids=WAYS)
def test_a_download_is_followed_to_where_it_is_unpickled(files: dict[str, str | bytes]) -> None:
    loads = concluded(files, Deserialization)

    details = {origin.detail for load in loads for origin in load.comes_from(OriginKind.NETWORK)}
    assert URL in details


def test_a_row_of_a_table_is_followed_to_eval() -> None:
    (use,) = concluded(
        {
            "a.py": "import csv\ndef rows(path):\n    with open(path) as stream:\n"
            "        for row in csv.DictReader(stream):\n            yield row\n"
            "def weigh(path):\n    return [eval(row['w']) for row in rows(path)]\n"
        },
        CodeEvaluation,
    )

    assert use.comes_from(OriginKind.DATA_ROW)


def test_a_configuration_decides_and_the_finding_can_point_at_its_line() -> None:
    (load,) = concluded(
        {
            "conf/model.yaml": "model:\n  name: acme/encoder\n  trust: true\n",
            "train.py": "import yaml\nfrom transformers import AutoModel\n"
            "cfg = yaml.safe_load(open('conf/model.yaml'))\n"
            "AutoModel.from_pretrained(cfg['model']['name'],"
            " trust_remote_code=cfg['model']['trust'])\n",
        },
        ModelLoad,
    )

    assert load.remote_code == "True"
    assert [(origin.detail, origin.decision) for origin in load.origins] == [
        ("acme/encoder", Span("conf/model.yaml", 2, 2))
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (
            ShellCommand(Span("run.sh", 3, 3), ("python", "a.py", "--weights", URL), "script"),
            (
                "import argparse\np = argparse.ArgumentParser()\np.add_argument('--weights')\n"
                "path = p.parse_args().weights\n"
            ),
        ),
        (
            WorkflowStep(Span("ci.yml", 3, 3), "github", "build", env={"WEIGHTS": URL}),
            "import os\npath = os.environ['WEIGHTS']\n",
        ),
        (
            ShellCommand(Span("Makefile", 3, 3), ("WEIGHTS=" + URL, "python", "a.py"), "make"),
            "import os\npath = os.getenv('WEIGHTS')\n",
        ),
    ],
)
def test_what_a_pipeline_passes_is_the_origin(given: ShellCommand, code: str) -> None:
    files: dict[str, str | bytes] = {
        "a.py": "import pandas\n" + code + "pandas.read_pickle(path)\n"
    }
    (load,) = concluded(files, Deserialization, given)

    assert [(origin.kind, origin.detail, origin.decision) for origin in load.origins] == [
        (OriginKind.NETWORK, URL, given.span)
    ]


@pytest.mark.parametrize(
    ("version", "arguments", "safe"),
    [
        ("2.5.1", "", False),
        ("2.6.0", "", True),
        ("2.5.1", ", weights_only=True", False),
        ("2.6.0", ", weights_only=True", True),
        ("2.6.0", ", weights_only=False", False),
    ],
)
def test_the_pinned_version_decides_what_torch_load_does(
    version: str, arguments: str, safe: bool
) -> None:
    pin = PackageRequirement(Span("uv.lock", 1, 1), "pypi", "torch", version=version, scope="lock")
    (load,) = concluded(
        {"a.py": f"import torch\ntorch.load('m.pt'{arguments})\n"}, Deserialization, pin
    )

    assert load.safe is safe


def test_lineage_runs_from_the_data_to_the_exported_model() -> None:
    files: dict[str, str | bytes] = {
        "train.py": "import pandas as pd, joblib\nfrom sklearn.svm import SVC\n"
        "def train(path='data/rows.csv'):\n    rows = pd.read_csv(path)\n"
        "    model = SVC().fit(rows[['a']], rows['b'])\n    joblib.dump(model, 'out/model.joblib')\n"
    }

    (read,) = concluded(files, DataRead)
    assert read.trains
    assert read.artefact == "data/rows.csv"
    assert concluded(files, TrainingRun)
    assert [export.artefact for export in concluded(files, ModelExport)] == ["out/model.joblib"]


def test_a_handler_knows_who_stands_before_it() -> None:
    handlers = concluded(
        {
            "app.py": "from fastapi import Depends, FastAPI\nfrom auth import require_user\n"
            "app = FastAPI()\n@app.post('/open')\ndef open_route(): ...\n"
            "@app.post('/held', dependencies=[Depends(require_user)])\ndef held_route(): ...\n"
        },
        RouteHandler,
    )

    assert {handler.route: bool(handler.authenticated) for handler in handlers} == {
        "/open": False,
        "/held": True,
    }


def test_what_is_not_followed_to_its_end_is_listed() -> None:
    chain = "".join(f"def f{n}(x):\n    return f{n + 1}(x)\n" for n in range(12))
    code = f"import pickle\n{chain}def f12(x):\n    return pickle.load(open(x))\nf0('a.pkl')\n"
    facts = [fact for fact in stated({"a.py": code}) if not isinstance(fact, Unread)]

    found = list(solve(SupplyGraph(facts=facts)))

    assert [fact for fact in found if isinstance(fact, Unread) and fact.reader == "flow"]


def test_the_order_of_files_changes_nothing() -> None:
    facts = [fact for fact in stated({**WAYS["another module"]}) if not isinstance(fact, Unread)]

    one = list(solve(SupplyGraph(facts=facts)))
    other = list(solve(SupplyGraph(facts=reversed(facts))))

    assert one == other
