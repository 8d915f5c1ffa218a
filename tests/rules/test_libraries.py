"""Every library of the field that the tables must know: its dangerous call, and a harmless twin.

The cases stand in `libraries/*.md`: a heading names the library, `## Found: rule` or
`## Quiet: rule` the rule that is asked, and the blocks below are a small project.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from projects import audit_project, missing_marks

from whence.vocabulary.page import Example, parse_example

LIBRARIES = (
    "accelerate", "bentoml", "boto3", "catboost", "celery", "cloudpickle", "datasets", "diffusers",
    "dill", "django", "duckdb", "fastai", "fastapi", "flask", "fsspec", "ftp", "gcsfs", "gensim",
    "gradio", "httpx", "huggingface_hub", "hydra", "jinja2", "joblib", "jsonpickle", "kafka",
    "keras", "lightgbm", "lightning", "lxml", "marshal", "mlflow", "nltk", "numpy", "omegaconf",
    "onnx", "os", "pandas", "peft", "pickle", "ray", "redis", "requests", "sentence-transformers",
    "shelve", "spacy", "sqlalchemy", "sqlite", "streamlit", "subprocess", "tarfile", "tensorflow",
    "timm", "torch hub", "torch jit", "torch load", "transformers", "urllib", "wandb", "xgboost",
    "yaml", "zipfile", "zmq",
)  # fmt: skip


class Case(NamedTuple):
    """One project with the rule that it asks and whether the rule must speak."""

    library: str
    found: bool
    rule: str
    project: Example


def _cases() -> list[Case]:
    cases: list[Case] = []
    for file in sorted((Path(__file__).parent / "libraries").glob("*.md")):
        for part in re.split(r"^# (?=\S)", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            library, _, rest = part.partition("\n")
            for section in re.split(r"^## ", rest, flags=re.MULTILINE)[1:]:
                title, _, body = section.partition("\n")
                verdict, _, rule = title.partition(": ")
                cases.append(Case(library, verdict == "Found", rule, parse_example(body)))
    return cases


CASES = _cases()


def test_every_library_has_a_dangerous_call_and_a_harmless_twin() -> None:
    for found in (True, False):
        covered = {case.library for case in CASES if case.found is found}
        assert not set(LIBRARIES) ^ covered


def test_marks_stand_in_the_dangerous_projects_only() -> None:
    assert [case for case in CASES if bool(case.project.marked) is not case.found] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.library}/{case.rule}")
def test_library_is_judged_by_what_is_called(case: Case, tmp_path: Path) -> None:
    result = audit_project(case.project, tmp_path, case.rule)

    assert not [each for each in result.not_audited if each.fault]
    assert not missing_marks(case.project, result)
    if not case.found:
        assert [finding.description for finding in result.open_findings] == []
