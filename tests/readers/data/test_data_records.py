"""What records say of data: stages, cards, Croissant files and registers go in, facts come out."""

from __future__ import annotations

import json

import pytest

from whence.readers.contract import Source, Unreadable
from whence.readers.data import croissant, data_register, dataset_card, dvc_pipeline
from whence.vocabulary.fact.datasets import (
    DataColumns,
    DataLicence,
    DataOrigin,
    PersonalDataStatement,
    PipelineStage,
)
from whence.vocabulary.fact.deployment import ShellCommand


def source(path: str, text: str) -> Source:
    return Source.of_bytes(path, text.encode())


STAGES = """\
stages:
  fetch:
    wdir: raw
    cmd: curl -o all.csv https://data.example.com/all.csv
    outs:
      - all.csv:
          cache: false
  train:
    cmd:
      - python train.py --rate ${train.rate}
      - python check.py
    deps: [raw/all.csv, s3://acme/words.txt]
    outs: [model.pkl]
  each:
    foreach: [a, b]
    do:
      cmd: python split.py ${item}
      outs: ["parts/${item}.csv"]
"""


def test_a_stage_says_what_it_runs_reads_and_writes() -> None:
    stages = [f for f in dvc_pipeline.read(source("jobs/dvc.yaml", STAGES))
              if isinstance(f, PipelineStage)]  # fmt: skip

    assert [(s.name, s.dependencies, s.outputs) for s in stages] == [
        ("fetch", (), ("jobs/raw/all.csv",)),
        ("train", ("jobs/raw/all.csv", "s3://acme/words.txt"), ("jobs/model.pkl",)),
        ("each", (), ("jobs/parts/${item}.csv",)),
    ]
    assert (stages[0].span.first, stages[0].span.last) == (2, 7)
    assert stages[1].command == "python train.py --rate ${train.rate} && python check.py"


def test_what_a_stage_runs_are_commands_on_their_lines() -> None:
    found = dvc_pipeline.read(source("dvc.yaml", STAGES))
    commands = [(f.argv, f.span.first) for f in found if isinstance(f, ShellCommand)]

    assert commands == [
        (("curl", "-o", "all.csv", "https://data.example.com/all.csv"), 4),
        (("python", "train.py", "--rate", "${rate}"), 10),
        (("python", "check.py"), 11),
        (("python", "split.py", "${item}"), 17),
    ]


@pytest.mark.parametrize("text", ["stages: [a]", "vars: 1", "stages: {a: [", "- a"])
def test_a_dvc_file_without_stages_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        list(dvc_pipeline.read(source("dvc.yaml", text)))


CARD = """\
---
license: cc-by-4.0
source_datasets: [https://reviews.example.org/2024]
dataset_info:
  features:
    - name: text
    - name: email
---

`train.csv` was exported from the shop's database, with consent of the customers.

| file | origin |
|---|---|
| `extra.csv` | https://data.example.org/extra, CC0-1.0 |
"""


def test_a_card_speaks_for_its_folder_and_for_the_files_that_it_names() -> None:
    found = list(dataset_card.read(source("data/README.md", CARD)))
    licences = {(f.subject, f.licence) for f in found if isinstance(f, DataLicence)}
    origins = {(f.subject, f.origin) for f in found if isinstance(f, DataOrigin)}
    columns = [(f.subject, f.columns) for f in found if isinstance(f, DataColumns)]

    assert {("data", "cc-by-4.0"), ("data/extra.csv", "CC0-1.0")} <= licences
    assert ("data", "https://reviews.example.org/2024") in origins
    assert "data/train.csv" in {subject for subject, _ in origins}
    assert columns == [("data", ("text", "email"))]


def test_a_card_says_on_which_basis_people_are_in_the_data() -> None:
    found = dataset_card.read(source("data/README.md", CARD))
    said = {(f.subject, f.present, f.basis) for f in found if isinstance(f, PersonalDataStatement)}

    assert ("data/train.csv", "yes", "consent") in said


def test_a_licence_file_beside_data_speaks_for_the_folder() -> None:
    text = "Creative Commons Attribution 4.0\n"
    (found,) = dataset_card.read(source("data/LICENSE", text))

    assert isinstance(found, DataLicence)
    assert found.subject == "data"
    assert dataset_card.claims("data/LICENSE", b"")
    assert not dataset_card.claims("LICENSE", b"")


@pytest.mark.parametrize("text", ["", "---\nlicense: [1, {}]\n---\n"])
def test_a_card_that_says_nothing_gives_nothing(text: str) -> None:
    found = dataset_card.read(source("data/README.md", text))
    assert not [f for f in found if isinstance(f, DataLicence | DataOrigin | DataColumns)]


def test_a_card_with_broken_front_matter_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        list(dataset_card.read(source("data/README.md", "---\n[: broken\n---\n")))


CROISSANT = {
    "@context": {"cr": "http://mlcommons.org/croissant/"},
    "@type": "Dataset",
    "license": "https://licences.example.org/by-4.0",
    "isBasedOn": {"@id": "https://reviews.example.org"},
    "rai:personalSensitiveInformation": "names, with consent",
    "distribution": [
        {"@type": "cr:FileObject", "name": "rows", "contentUrl": "rows.csv"},
        {"@type": "cr:FileObject", "contentUrl": "https://data.example.org/more.csv"},
    ],
    "recordSet": {"field": [{"name": "a"}, {"source": {"extract": {"column": "b"}}}]},
}


def test_croissant_gives_licence_origin_columns_and_people() -> None:
    text = json.dumps(CROISSANT, indent=1)
    found = list(croissant.read(source("data/meta.json", text)))
    of_rows = [f for f in found if getattr(f, "subject", "") == "data/rows.csv"]

    assert [f.licence for f in of_rows if isinstance(f, DataLicence)] == [CROISSANT["license"]]
    assert [f.origin for f in of_rows if isinstance(f, DataOrigin)] == [
        "https://reviews.example.org"
    ]
    assert [f.columns for f in of_rows if isinstance(f, DataColumns)] == [("a", "b")]
    assert [f.basis for f in of_rows if isinstance(f, PersonalDataStatement)] == [
        "names, with consent"
    ]
    assert of_rows[0].span.first == text[: text.index('"license"')].count("\n") + 1


def test_a_data_package_gives_what_it_says_of_each_file() -> None:
    package = {
        "licenses": [{"name": "CC0-1.0"}],
        "resources": [
            {"path": "a.csv", "sources": [{"path": "https://data.example.org/a"}],
             "schema": {"fields": [{"name": "x"}, {"name": "y"}]}},
            {"path": "../../out.csv"}, "no resource",
        ],
    }  # fmt: skip
    found = list(croissant.read(source("data/datapackage.json", json.dumps(package))))

    assert [(type(f), f.subject) for f in found if "out" not in getattr(f, "subject", "out")] == [
        (DataLicence, "data/a.csv"), (DataOrigin, "data/a.csv"), (DataColumns, "data/a.csv"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["[]", "3", '"Dataset"', "{", ""])
def test_what_describes_no_data_set_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        list(croissant.read(source("croissant.json", text)))


@pytest.mark.parametrize(
    "part", [{"distribution": 3}, {"recordSet": "x"}, {"license": {"a": 1}}, {"distribution": [[]]}]
)
def test_croissant_of_odd_shape_gives_no_more_than_it_says(part: dict[str, object]) -> None:
    text = json.dumps({"@type": "Dataset", **part})
    assert list(croissant.read(source("croissant.json", text))) == []


REGISTER = """\
sources:
  - path: raw/reviews.csv
    origin: https://reviews.example.org
    licence: CC-BY-4.0
    personal_data: true
    legal_basis: consent
  - path: raw/unknown.csv
    origin: unknown
"""


def test_a_register_gives_origin_licence_and_basis_of_each_path() -> None:
    found = list(data_register.read(source("data/manifest.yaml", REGISTER)))
    of_reviews = [f for f in found if getattr(f, "subject", "") == "data/raw/reviews.csv"]

    assert [(type(f), f.span.first) for f in of_reviews] == [
        (DataOrigin, 3), (DataLicence, 4), (PersonalDataStatement, 5),
    ]  # fmt: skip
    assert [f.basis for f in of_reviews if isinstance(f, PersonalDataStatement)] == ["consent"]


def test_an_origin_that_nobody_knows_is_no_origin() -> None:
    found = data_register.read(source("data/manifest.yaml", REGISTER))
    assert not [f for f in found if "unknown" in getattr(f, "subject", "")]


@pytest.mark.parametrize(
    ("path", "text"),
    [("data/sources.json", "[1, 2]"), ("data/sources.json", '{"path": 3, "origin": "x"}'),
     ("data/sources.toml", 'path = "../../etc"\norigin = "x"'), ("data/sources.yaml", "")],
)  # fmt: skip
def test_a_register_of_odd_shape_gives_nothing(path: str, text: str) -> None:
    assert list(data_register.read(source(path, text))) == []


@pytest.mark.parametrize(
    ("path", "text"), [("data/sources.json", "{"), ("data/sources.yaml", "a: [")]
)
def test_a_broken_register_is_unreadable(path: str, text: str) -> None:
    with pytest.raises(Unreadable):
        list(data_register.read(source(path, text)))
