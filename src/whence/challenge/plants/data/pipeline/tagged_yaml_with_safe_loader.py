from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.pipeline.preparation import step_in_preparation
from whence.challenge.project import Place, Project

LOADERS = '''"""YAML as our annotation tool writes it."""

from typing import Any

import yaml


class Base(yaml.SafeLoader):
    """Plain data, and an error for every tag that has no constructor."""


class ToolLoader(Base):
    """Knows the two tags of the tool."""


def label(loader: ToolLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


def span(loader: ToolLoader, node: yaml.SequenceNode) -> tuple[Any, ...]:
    return tuple(loader.construct_sequence(node))


ToolLoader.add_constructor("!label", label)
ToolLoader.add_constructor("!span", span)
'''
CODE = '''"""Single labels that the annotators corrected, as their tool exports them."""

import dataclasses
from pathlib import Path

import yaml

from preprocessing.schema import LABELLED_COLUMNS, Review, read_rows, write_reviews
from preprocessing.tool_yaml import ToolLoader


def recorrected(content: bytes, path: Path) -> bytes:
    """The reviews with the labels of the export where it names one."""
    with path.open(encoding="utf-8") as stream:
        entries = yaml.load(stream, Loader=ToolLoader)
    labels = {entry["review_id"]: entry["label"] for entry in entries}
    reviews = [Review(**row) for row in read_rows(content, LABELLED_COLUMNS, "reviews.csv")]
    return write_reviews(
        dataclasses.replace(review, label=labels.get(review.review_id, review.label))
        for review in reviews
    )
'''


@plant(
    rules=("unsafe-deserialization",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("yaml.load", "unsafe yaml", "deserial"),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """An export is read with `yaml.load` and a loader of the project's own.

    ## Why
    The loader, in another module and over a step in between, descends from `yaml.SafeLoader`; its two
    constructors build strings and tuples of plain data. A Python tag is an error.
    """
    name = vary.choose("second_pass", "tool_labels")
    rows = project.text("data/raw/reviews.csv").splitlines()
    label = next(row for row in rows if row.startswith("r00042,")).rpartition(",")[2]
    export = f"- review_id: r00042\n  label: !label {label}\n  words: !span [3, 7]\n"
    project.add("src/preprocessing/tool_yaml.py", LOADERS)
    project.add(f"src/preprocessing/{name}.py", CODE)
    project.add(f"data/annotations/{name}.yaml", export)
    yield Place(f"src/preprocessing/{name}.py", "yaml.load(stream, Loader=ToolLoader)")
    step_in_preparation(project, name, "recorrected", f"data/annotations/{name}.yaml")
