"""Lineage over orchestrators, registries and serving programs: tasks, buckets, archives, folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects_of_lineage import graph_of, reached

from whence.vocabulary.graph import Certainty, FlowKind

AIRFLOW = {
    "dags/train_dag.py": """\
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from pipeline.steps import fetch, train
with DAG("fraud", schedule="@daily") as dag:
    get = PythonOperator(task_id="fetch", python_callable=fetch, op_kwargs={"target": "/opt/airflow/data/raw.csv"})
    fit = PythonOperator(task_id="train", python_callable=train, op_kwargs={"source": "/opt/airflow/data/raw.csv", "target": "/opt/airflow/models/fraud.joblib"})
    ship = BashOperator(task_id="ship", bash_command="aws s3 cp /opt/airflow/models/fraud.joblib s3://acme-models/fraud/model.joblib")
    get >> fit >> ship
""",
    "dags/pipeline/steps.py": """\
import boto3, joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
def fetch(target):
    boto3.client("s3").download_file("acme-data", "fraud/raw.csv", target)
def train(source, target):
    rows = pd.read_csv(source)
    model = LogisticRegression().fit(rows[["a"]], rows["y"])
    joblib.dump(model, target)
""",
    "serving/app.py": """\
import boto3, joblib
from fastapi import FastAPI
app = FastAPI()
boto3.client("s3").download_file("acme-models", "fraud/model.joblib", "/tmp/model.joblib")
model = joblib.load("/tmp/model.joblib")
@app.post("/p")
def p(body: dict): return model.predict([body["x"]]).tolist()
""",
    "serving/Dockerfile": """\
FROM python:3.12
WORKDIR /app
COPY serving/app.py .
CMD ["uvicorn", "app:app"]
""",
}
REGISTRY = {
    "train.py": """\
import mlflow, pandas as pd
from sklearn.ensemble import RandomForestClassifier
rows = pd.read_parquet("s3://acme-lake/churn/train.parquet")
with mlflow.start_run():
    model = RandomForestClassifier(random_state=0).fit(rows.drop(columns=["y"]), rows["y"])
    mlflow.sklearn.log_model(model, "model", registered_model_name="churn")
""",
    "serve.py": """\
import mlflow.pyfunc
from flask import Flask, request
app = Flask(__name__)
model = mlflow.pyfunc.load_model("models:/churn/Production")
@app.post("/p")
def p(): return str(model.predict(request.json))
""",
}
TRITON = {
    "src/train.py": """\
import wandb, torch
run = wandb.init(project="ocr")
folder = run.use_artifact("acme/ocr/pages:v7", type="dataset").download("data/pages")
data = torch.load("data/pages/train.pt", weights_only=True)
net = torch.nn.Linear(2, 2)
opt = torch.optim.SGD(net.parameters(), lr=.1)
for x, y in data:
    torch.nn.functional.cross_entropy(net(x), y).backward(); opt.step()
torch.onnx.export(net, torch.zeros(1, 2), "model_repository/ocr/1/model.onnx")
art = wandb.Artifact("ocr-model", type="model")
art.add_file("model_repository/ocr/1/model.onnx")
run.log_artifact(art)
""",
    "model_repository/ocr/config.pbtxt": """\
name: "ocr"
platform: "onnxruntime_onnx"
""",
    "Dockerfile": """\
FROM nvcr.io/nvidia/tritonserver:24.05-py3
COPY model_repository /models
CMD ["tritonserver", "--model-repository=/models"]
""",
}
ARCHIVE = {
    "Makefile": """\
data/train.csv:
	gsutil cp gs://acme-data/train.csv data/train.csv
train: data/train.csv
	python train.py --train data/train.csv --out build/model.pt
archive: train
	torch-model-archiver --model-name intent --version 1.0 --serialized-file build/model.pt --handler handler.py --export-path model_store
serve:
	torchserve --start --model-store model_store --models intent=intent.mar
""",
    "train.py": """\
import argparse, torch, pandas as pd
p = argparse.ArgumentParser()
p.add_argument("--train"); p.add_argument("--out")
a = p.parse_args()
rows = pd.read_csv(a.train)
net = torch.nn.Linear(2, 2)
opt = torch.optim.SGD(net.parameters(), lr=.1)
for x, y in zip(rows["x"], rows["y"]):
    torch.nn.functional.cross_entropy(net(x), y).backward(); opt.step()
torch.save(net, a.out)
""",
    "handler.py": """\
from ts.torch_handler.base_handler import BaseHandler
class Intent(BaseHandler):
    pass
""",
}
COMPONENTS = {
    "pipeline.py": """\
from kfp import dsl
@dsl.component(base_image="python:3.12")
def prepare(raw: str, out: str):
    import pandas as pd
    pd.read_csv(raw).dropna().to_parquet(out)
@dsl.component(base_image="python:3.12")
def train(rows: str, target: str):
    import pandas as pd, xgboost as xgb
    frame = pd.read_parquet(rows)
    model = xgb.XGBClassifier().fit(frame[["a"]], frame["y"])
    model.save_model(target)
@dsl.pipeline(name="risk")
def risk():
    p = prepare(raw="gs://acme-risk/raw.csv", out="gs://acme-risk/clean.parquet")
    train(rows="gs://acme-risk/clean.parquet", target="gs://acme-risk/models/risk.json").after(p)
""",
    "service.py": """\
import bentoml, gcsfs, xgboost as xgb
fs = gcsfs.GCSFileSystem()
fs.get("gs://acme-risk/models/risk.json", "/tmp/risk.json")
booster = xgb.Booster()
booster.load_model("/tmp/risk.json")
@bentoml.service
class Risk:
    @bentoml.api
    def predict(self, x: list) -> list:
        return booster.predict(x)
""",
}
SPARK = {
    "dvc.yaml": """\
stages:
  prepare:
    wdir: jobs
    cmd: spark-submit prepare.py
    deps: [prepare.py, ../data/raw.csv]
    outs: [../data/features.parquet]
  train:
    cmd: python train.py
    deps: [train.py, data/features.parquet]
    outs: [build/net.onnx]
""",
    "jobs/prepare.py": """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("x").getOrCreate()
spark.read.csv("../data/raw.csv", header=True).dropna().write.parquet("../data/features.parquet")
""",
    "train.py": """\
import pandas as pd, torch
rows = pd.read_parquet("data/features.parquet")
net = torch.nn.Linear(2, 2)
opt = torch.optim.SGD(net.parameters(), lr=.1)
for x, y in zip(rows["x"], rows["y"]):
    torch.nn.functional.cross_entropy(net(x), y).backward(); opt.step()
torch.onnx.export(net, torch.zeros(1, 2), "build/net.onnx")
""",
    "server/main.cpp": """\
#include <onnxruntime_cxx_api.h>
int main() { Ort::Env env; Ort::Session session(env, "/srv/net.onnx", Ort::SessionOptions{}); }
""",
    "Dockerfile": """\
FROM debian:12 AS build
COPY server /src
RUN g++ -o /out/server /src/main.cpp
FROM debian:12-slim
COPY --from=build /out/server /srv/server
COPY build/net.onnx /srv/net.onnx
CMD ["/srv/server"]
""",
}
FOLDERS = {
    "Makefile": """\
data:
	aws s3 sync s3://acme-data/speech data/speech
train: data
	python train.py
publish:
	aws s3 sync artifacts s3://acme-models/speech
""",
    "train.py": """\
import pandas as pd, joblib
from sklearn.linear_model import LogisticRegression
rows = pd.read_csv("data/speech/train.csv")
model = LogisticRegression().fit(rows[["a"]], rows["y"])
joblib.dump(model, "artifacts/speech.joblib")
rows.describe().to_csv("data/speech/summary.csv")
""",
    "serve.sh": """\
aws s3 cp s3://acme-models/speech/speech.joblib /srv/speech.joblib
python app.py
""",
    "app.py": """\
import joblib
from flask import Flask
app = Flask(__name__)
model = joblib.load("/srv/speech.joblib")
@app.post("/p")
def p(): return "x"
""",
}

PROJECTS = {
    "tasks of a scheduler": (AIRFLOW, "source:s3://acme-data/fraud/raw.csv",
                             "model:s3://acme-models/fraud/model.joblib", "code:serving/app.py"),
    "a registry of models": (REGISTRY, "source:s3://acme-lake/churn/train.parquet",
                             "model:models:/churn", "code:serve.py"),
    "a repository that an image serves": (TRITON, "dataset:data/pages/train.pt",
                                          "model:model_repository/ocr/1/model.onnx",
                                          "image:Dockerfile"),
    "an archive that a server loads": (ARCHIVE, "source:gs://acme-data/train.csv",
                                       "model:model_store/intent.mar", "code:Makefile"),
    "components and a service": (COMPONENTS, "source:gs://acme-risk/raw.csv",
                                 "model:gs://acme-risk/models/risk.json", "code:service.py"),
    "stages that run elsewhere": (SPARK, "dataset:data/raw.csv", "model:build/net.onnx",
                                  "image:Dockerfile"),
    "folders of buckets": (FOLDERS, "source:s3://acme-data/speech",
                           "model:s3://acme-models/speech/speech.joblib", "code:app.py"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "source", "model", "server"), PROJECTS.values(), ids=PROJECTS.keys()
)
def test_data_lead_to_the_model_and_on_to_what_serves_it(
    files: dict[str, str], source: str, model: str, server: str, tmp_path: Path
) -> None:
    graph = graph_of(files, tmp_path)

    assert {model, server} <= reached(graph, source)
    assert server in reached(graph, model)


def test_what_one_component_reads_does_not_train_the_next(tmp_path: Path) -> None:
    graph = graph_of(COMPONENTS, tmp_path)

    fed = {f.source for f in graph.flows if f.kind is FlowKind.TRAINS}
    assert "dataset:gs://acme-risk/clean.parquet" in fed
    assert "dataset:gs://acme-risk/raw.csv" not in fed


def test_a_place_that_the_project_writes_is_no_source(tmp_path: Path) -> None:
    graph = graph_of(AIRFLOW, tmp_path)

    assert "source:s3://acme-models/fraud/model.joblib" not in graph.assets


def test_what_is_in_a_folder_is_inferred_and_what_the_code_writes_there_is_not_fetched(
    tmp_path: Path,
) -> None:
    fetched = graph_of(FOLDERS, tmp_path).out_of("source:s3://acme-data/speech")

    assert [(flow.target, flow.certainty) for flow in fetched] == [
        ("dataset:data/speech/train.csv", Certainty.INFERRED)
    ]
