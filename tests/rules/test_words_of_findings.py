"""What a finding says, how often it says it, and what it weighs it."""

from __future__ import annotations

from pathlib import Path

from projects import audit_project

from whence.vocabulary.finding import Finding, Severity
from whence.vocabulary.page import parse_example


def findings(folder: Path, rule: str, project: str) -> tuple[Finding, ...]:
    return tuple(audit_project(parse_example(project), folder, rule).open_findings)


def test_says_in_words_what_it_does_not_know(tmp_path: Path) -> None:
    found = findings(
        tmp_path,
        "unsafe-deserialization",
        """# Rows decide
```python load.py
import pandas as pd
import torch


def states(table):
    for name in pd.read_csv(table)["file"]:
        yield torch.load(name)
```
""",
    )
    assert found
    assert not [each for each in found if "`?`" in each.description]


def test_points_at_the_head_of_the_function_that_is_given_a_value(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "unsafe-deserialization",
        """# A parameter
```python load.py
import pickle


def restore(data):
    return pickle.loads(data)
```
""",
    )
    assert "what the parameter `data` of `restore` holds or names" in found.description
    assert {each.span.first for each in found.evidence} == {4, 5}


def test_keeps_the_case_of_the_names_that_it_tells(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "sql-injection",
        """# A query
```python rows.py
import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.get("/rows")
def rows():
    name = request.args["CustomerName"]
    return sqlite3.connect("a.db").execute(f"SELECT * FROM t WHERE name = '{name}'").fetchall()
```
""",
    )
    assert "CustomerName" in found.description


def test_tells_one_fetcher_once_whatever_it_is_asked_for(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "unverified-data-download",
        """# Three addresses
```python store.py
import os
from urllib.request import urlretrieve


def download(url, folder):
    urlretrieve(url, os.path.join(folder, url[url.rfind("/") + 1 :]))
```
```python sets.py
import pandas as pd
from sklearn.svm import SVC

from store import download

download("https://files.example.org/sets/reviews.csv", "data")
download("https://mirror.example.com/sets/labels.csv", "data")
download("https://data.example.net/sets/extra.csv", "data")
rows = pd.read_csv("data/reviews.csv")
SVC().fit(rows[["length"]], rows["label"])
```
""",
    )
    assert "https://mirror.example.com/sets/labels.csv" in found.description


def test_tells_one_loader_of_many_models_once(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "unpinned-model-revision",
        """# Voices
```python voices.py
from huggingface_hub import hf_hub_download

VOICES = {"en": "acme/en", "fr": "acme/fr", "jp": "acme/jp", "es": "acme/es", "kr": "acme/kr"}


def voice(language):
    return hf_hub_download(repo_id=VOICES[language], filename="voice.safetensors")
```
""",
    )
    assert "5 models" in found.description


def test_weighs_a_password_of_a_database_on_the_same_machine_low(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "hardcoded-secret",
        """# A check
```python check.py
URL = "mssql+pyodbc://sa:R3allyStrongPwd77@127.0.0.1:1433/checks"
```
""",
    )
    assert found.severity is Severity.LOW


def test_weighs_a_default_login_of_an_image_less_than_a_leaked_secret(tmp_path: Path) -> None:
    usual, own = findings(
        tmp_path,
        "secret-in-image",
        """# Two images
```dockerfile Dockerfile
FROM postgres:16
ENV POSTGRES_USER=scorer POSTGRES_PASSWORD=scorer
```
```dockerfile own/Dockerfile
FROM postgres:16
ENV POSTGRES_USER=scorer POSTGRES_PASSWORD=k4Vd91xQzT
```
""",
    )
    weights = {each.evidence[0].span.path: each.severity for each in (usual, own)}
    assert weights == {"Dockerfile": Severity.MEDIUM, "own/Dockerfile": Severity.CRITICAL}


def test_tells_the_files_of_one_publisher_once(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "unsafe-deserialization",
        """# Two releases of one repository
```python hubconf.py
import torch

BASE = "https://github.com/acme/depth/releases/download"


def large():
    return torch.hub.load_state_dict_from_url(BASE + "/v3/large.pt")


def small():
    return torch.hub.load_state_dict_from_url(BASE + "/v2/small.pt")
```
""",
    )
    assert {7, 11} <= {each.span.first for each in found.evidence}


def test_never_tells_to_allow_what_a_malicious_file_calls(tmp_path: Path) -> None:
    checkpoint = """# {title}
```zip models/warm.ckpt
member archive/data.pkl pickle
PROTO 2
GLOBAL {call}
MARK
UNICODE pass
TUPLE
REDUCE
STOP
member archive/version text
3
```
"""
    hostile = checkpoint.format(title="Hostile", call="builtins exec")
    (never,) = findings(tmp_path / "hostile", "unsafe-model-format", hostile)
    assert "add_safe_globals" not in never.remediation
    assert "malicious" in never.remediation
    unknown = checkpoint.format(title="Of the project", call="acme.layers Encoder")
    (allowed,) = findings(tmp_path / "unknown", "unsafe-model-format", unknown)
    assert "add_safe_globals([acme.layers.Encoder])" in allowed.remediation
    assert "before you allow it" in allowed.remediation


def test_tells_a_task_of_a_scheduler_to_hand_the_value_over_beside_the_command(
    tmp_path: Path,
) -> None:
    (found,) = findings(
        tmp_path,
        "command-injection",
        """# A task
```python dags/convert.py
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("convert") as dag:
    BashOperator(task_id="convert", bash_command="convert {{ dag_run.conf['source'] }}")
```
""",
    )
    assert "`env=`" in found.description
    assert "argument list" not in found.description
    assert "BashOperator(" in found.remediation


def test_says_of_a_path_where_it_leads_and_not_what_it_holds(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "path-traversal",
        """# A log
```python app.py
from flask import Flask, request, send_file

app = Flask(__name__)


@app.get("/log")
def log():
    return send_file(f"logs/{request.args['day']}.txt")
```
""",
    )
    assert "decides where it leads" in found.description


def test_says_what_is_typed_at_a_prompt_and_takes_no_flag_of_an_option_for_a_file(
    tmp_path: Path,
) -> None:
    found = findings(
        tmp_path,
        "unsafe-deserialization",
        """# A prompt and an option
```python ask.py
import pickle

with open(input("Which file? "), "rb") as stream:
    print(pickle.load(stream))
```
```python compare.py
import typer
import yaml

app = typer.Typer()


def loaded(path):
    with open(path) as stream:
        return yaml.load(stream, Loader=yaml.Loader)


@app.command()
def compare(config: str = typer.Option("settings.yaml", "--config", "-c", help="the settings")):
    print(loaded(config))
```
""",
    )
    told = " ".join(each.description for each in found)
    assert "what is typed for `Which file?`" in told
    assert "`-c`" not in told
    assert "`the settings`" not in told


def test_tells_a_shell_connection_to_keep_the_keys_of_its_hosts(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        "insecure-transport",
        """# A connection
```python fetch.py
import paramiko

client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect("data.example.org")
```
""",
    )
    assert "known_hosts" in found.description
    assert "ca.pem" not in found.description
