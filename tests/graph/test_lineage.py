"""Lineage end to end: which data, through which code, trains which model, served by what."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects_of_lineage import graph_of, reached

from whence.vocabulary.graph import Certainty, FlowKind

TORCH = {
    "Makefile": """\
DATA = data/reviews
all:
	curl -fsSL https://data.example.com/reviews.csv.gz -o $(DATA)/all.csv.gz
	gunzip $(DATA)/all.csv.gz
	python split.py --input $(DATA)/all.csv --out $(DATA)
	python train.py --data-dir $(DATA) --output artifacts
""",
    "split.py": """
import argparse
import pandas as pd
parser = argparse.ArgumentParser()
parser.add_argument("--input")
parser.add_argument("--out")
args = parser.parse_args()
pd.read_csv(args.input).to_csv(f"{args.out}/train.csv")
""",
    "train.py": """
import argparse, os
from pathlib import Path
import pandas as pd
import torch

class Rows(torch.utils.data.Dataset):
    def __init__(self, path):
        self.frame = pd.read_csv(path)

def train(args):
    model = torch.nn.Linear(2, 2)
    for batch in torch.utils.data.DataLoader(Rows(os.path.join(args.data_dir, "train.csv"))):
        model(batch).sum().backward()
    torch.save(model.state_dict(), Path(args.output) / "model.pt")

parser = argparse.ArgumentParser()
parser.add_argument("--data-dir", default="data")
parser.add_argument("--output", default="out")
train(parser.parse_args())
""",
    "serve.py": """
import os
import torch
from flask import Flask
app = Flask(__name__)
STATE = torch.load(os.environ["MODEL_PATH"], weights_only=True)
app.run()
""",
    "Dockerfile": "FROM python:3.13\nWORKDIR /app\nCOPY serve.py .\nCOPY artifacts/model.pt model/\n"
    "ENV MODEL_PATH=/app/model/model.pt\nCMD python serve.py\n",
}
SKLEARN = {
    "config/run.yaml": "data:\n  raw: s3://acme/rows.csv\n  clean: work/rows.parquet\n"
    "model: build/churn.joblib\n",
    "churn/config.py": """
from pathlib import Path
import yaml
ROOT = Path(__file__).resolve().parents[1]
def load_config(path=ROOT / "config" / "run.yaml"):
    with open(path) as handle:
        return yaml.safe_load(handle)
""",
    "churn/prepare.py": """
import pandas as pd
from churn.config import load_config
config = load_config()
pd.read_csv(config["data"]["raw"]).to_parquet(config["data"]["clean"])
""",
    "churn/train.py": """
import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from churn.config import load_config

class Run:
    def __init__(self, config):
        self.config = config
        self.target = config["model"]

    def go(self):
        rows = pd.read_parquet(self.config["data"]["clean"])
        model = LogisticRegression().fit(rows[["a"]], rows["b"])
        joblib.dump(model, self.target)

Run(load_config()).go()
""",
    "churn/api.py": """
import joblib
from fastapi import FastAPI
from churn.config import load_config
app = FastAPI()
model = joblib.load(load_config()["model"])
@app.get("/")
def score(): return model.predict([[1]])
""",
}
HYDRA = {
    "conf/config.yaml": "defaults:\n  - data: reviews\nout: outputs/sentiment\n",
    "conf/data/reviews.yaml": "name: acme/reviews\n",
    "train.py": """
import hydra
from datasets import load_dataset
from transformers import AutoModel, Trainer
@hydra.main(config_path="conf", config_name="config")
def main(cfg):
    rows = load_dataset(cfg.data.name)
    trainer = Trainer(AutoModel.from_pretrained("acme/base"), train_dataset=rows)
    trainer.train()
    trainer.save_model(cfg.out)
main()
""",
    "app.py": """
import gradio
from transformers import pipeline
classify = pipeline("text-classification", model="outputs/sentiment")
gradio.Interface(fn=classify, inputs="text", outputs="label").launch()
""",
}
LIGHTNING = {
    "train.yaml": "data:\n  root: s3://acme/plants\nkeep:\n  dir: /artifacts\n  name: best.ckpt\n",
    "plants/data.py": """
import lightning as L
from torchvision.datasets import ImageFolder
class Plants(L.LightningDataModule):
    def __init__(self, root):
        self.root = root
    def setup(self, stage=None):
        self.rows = ImageFolder(f"{self.root}/train")
""",
    "train.py": """
import sys
import lightning as L
from omegaconf import OmegaConf
from plants.data import Plants
def main(path):
    config = OmegaConf.load(path)
    trainer = L.Trainer()
    trainer.fit(L.LightningModule(), datamodule=Plants(config.data.root))
    trainer.save_checkpoint(f"{config.keep.dir}/{config.keep.name}")
main(sys.argv[1])
""",
    "export.py": """
import os
import torch
import lightning as L
model = L.LightningModule.load_from_checkpoint(os.environ["CHECKPOINT"])
torch.onnx.export(model, torch.zeros(1), "build/plants.onnx")
""",
    "release.sh": "#!/bin/sh\npython train.py train.yaml\nexport CHECKPOINT=/artifacts/best.ckpt\n"
    "python export.py\n",
    "server.py": """
import onnxruntime
from fastapi import FastAPI
app = FastAPI()
session = onnxruntime.InferenceSession("build/plants.onnx")
@app.get("/")
def classify(): return session.run(None, {})
""",
}
DVC = {
    "dvc.yaml": """\
stages:
  fetch:
    cmd: wget -q https://files.example.org/houses.csv -O data/houses.csv
    outs: [data/houses.csv]
  train:
    cmd:
      - python src/train.py data model.pkl
    deps: [data/houses.csv]
    outs: [model.pkl]
""",
    "src/train.py": """
import os, pickle, sys
import pandas as pd
from sklearn.linear_model import LinearRegression
rows = pd.read_csv(os.path.join(sys.argv[1], "houses.csv"))
fitted = LinearRegression().fit(rows[["a"]], rows["b"])
with open(sys.argv[2], "wb") as out:
    pickle.dump(fitted, out)
""",
    "service/app.py": """
import os, pickle
from flask import Flask
app = Flask(__name__)
MODEL = pickle.load(open(os.getenv("MODEL_FILE", "model.pkl"), "rb"))
app.run()
""",
    "service/Dockerfile": "FROM python:3.13\nCOPY service /service\nCOPY model.pkl /model.pkl\n"
    "ENV MODEL_FILE /model.pkl\n",
}
AIRFLOW = {
    "dags/retrain.py": """
from airflow.operators.python import PythonOperator
from jobs.train import train_model
PythonOperator(task_id="fit", python_callable=train_model,
               op_kwargs={"source": "s3://lake/rows.parquet", "uri": "s3://models/ranker.txt"})
""",
    "jobs/train.py": """
import lightgbm as lgb
import pandas as pd
import s3fs
def train_model(source, uri):
    rows = pd.read_parquet(source)
    booster = lgb.train({}, lgb.Dataset(rows[["a"]], rows["b"]))
    booster.save_model("/tmp/model.txt")
    s3fs.S3FileSystem().put("/tmp/model.txt", uri)
""",
    "serve/app.py": """
import os
import boto3
import lightgbm as lgb
from fastapi import FastAPI
boto3.client("s3").download_file(os.environ.get("BUCKET", "models"), "ranker.txt", "/srv/model.txt")
booster = lgb.Booster(model_file="/srv/model.txt")
app = FastAPI()
@app.get("/")
def rank(): return booster.predict([[1]])
""",
}
PROJECTS = {
    "torch, make and an image": (TORCH, "source:https://data.example.com/reviews.csv.gz",
                                 "model:artifacts/model.pt", "serve.py"),
    "scikit-learn and a configuration": (SKLEARN, "source:s3://acme/rows.csv",
                                         "model:build/churn.joblib", "churn/api.py"),
    "transformers and hydra": (HYDRA, "source:acme/reviews", "model:outputs/sentiment", "app.py"),
    "lightning and scripts": (LIGHTNING, "source:s3://acme/plants", "model:/artifacts/best.ckpt",
                              "server.py"),
    "a DVC pipeline": (DVC, "source:https://files.example.org/houses.csv", "model:model.pkl",
                       "service/app.py"),
    "an orchestrator and buckets": (AIRFLOW, "source:s3://lake/rows.parquet",
                                    "model:s3://models/ranker.txt", "serve/app.py"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "source", "model", "server"), PROJECTS.values(), ids=PROJECTS.keys()
)
def test_data_lead_through_code_to_the_model_that_is_served(
    files: dict[str, str], source: str, model: str, server: str, tmp_path: Path
) -> None:
    graph = graph_of(files, tmp_path)

    assert {model, f"code:{server}"} <= reached(graph, source)
    assert f"code:{server}" in reached(graph, model)
    assert [
        f.target for f in graph.flows if f.kind is FlowKind.SERVES and f.target.endswith(server)
    ]


def test_a_model_that_an_image_takes_in_is_part_of_it(tmp_path: Path) -> None:
    graph = graph_of(TORCH, tmp_path)
    assert "image:Dockerfile" in {flow.target for flow in graph.out_of("model:artifacts/model.pt")}


def test_one_of_several_places_is_inferred_not_declared(tmp_path: Path) -> None:
    code = """
import joblib, sys
joblib.load("one.joblib" if sys.stdin.isatty() else "two.joblib")
joblib.load("three.joblib")
"""
    graph = graph_of({"load.py": code}, tmp_path)
    assert {flow.source: flow.certainty for flow in graph.into("code:load.py")} == {
        "model:one.joblib": Certainty.INFERRED,
        "model:two.joblib": Certainty.INFERRED,
        "model:three.joblib": Certainty.DECLARED,
    }


def test_each_link_says_whether_bytes_a_path_a_name_or_a_guess_joins_it(tmp_path: Path) -> None:
    code = """
import joblib, mlflow
import pandas as pd
pd.read_csv("rows.csv")
joblib.load("far/model.joblib")
mlflow.sklearn.load_model("models:/churn/3")
mlflow.sklearn.load_model(f"runs:/{run}/model")
"""
    graph = graph_of({"load.py": code, "rows.csv": "a\n1\n"}, tmp_path)
    assert {flow.source: flow.certainty for flow in graph.into("code:load.py", FlowKind.READS)} == {
        "dataset:rows.csv": Certainty.OBSERVED,
        "model:far/model.joblib": Certainty.DECLARED,
        "model:models:/churn": Certainty.INFERRED,
        "model:runs:/*/model": Certainty.UNKNOWN,
    }


def test_what_nothing_decides_is_no_asset(tmp_path: Path) -> None:
    graph = graph_of({"load.py": "import joblib\njoblib.load(input())\n"}, tmp_path)
    assert not graph.into("code:load.py")


def test_what_has_nothing_in_common_is_not_linked(tmp_path: Path) -> None:
    other = {"else/load.py": "import joblib\njoblib.load('other.joblib')\n"}
    graph = graph_of({**SKLEARN, **other}, tmp_path)
    assert "code:else/load.py" not in reached(graph, "source:s3://acme/rows.csv")
