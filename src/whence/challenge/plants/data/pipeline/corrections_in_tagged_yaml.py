from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.pipeline.preparation import step_in_preparation
from whence.challenge.project import Place, Project

CODE = '''"""Single labels that the annotators corrected, as their tool exports them."""

import dataclasses
from pathlib import Path

import yaml

from preprocessing.schema import LABELLED_COLUMNS, Review, read_rows, write_reviews
LOADER

def corrected(content: bytes, path: Path) -> bytes:
    """The reviews with the labels of the export where it names one."""
    with path.open(encoding="utf-8") as stream:
        entries = LOADED
    labels = {entry["review_id"]: entry["label"] for entry in entries}
    reviews = [Review(**row) for row in read_rows(content, LABELLED_COLUMNS, "reviews.csv")]
    return write_reviews(
        dataclasses.replace(review, label=labels.get(review.review_id, review.label))
        for review in reviews
    )
'''
SUBCLASS = '''

class ExportLoader(yaml.Loader):
    """Knows the tags of the annotation tool."""


ExportLoader.add_constructor("!label", lambda loader, node: loader.construct_scalar(node))
'''
FORMS = (
    ("", "yaml.load(stream, Loader=yaml.UnsafeLoader)", "Loader=yaml.UnsafeLoader"),
    ("", "yaml.unsafe_load(stream)", "yaml.unsafe_load(stream)"),
    (SUBCLASS, "yaml.load(stream, ExportLoader)", "class ExportLoader(yaml.Loader):"),
)
EXPORT = """- {review_id: r00007, label: LABELneutral}
- {review_id: r00015, label: LABELnegative}
- {review_id: r00042, label: LABELRIGHT}
"""


@plant(
    rules=("unsafe-deserialization",),
    severities=("critical", "high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("yaml.load", "unsafe_load", "unsafe yaml", "deserial", "unsafeloader"),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Corrections from the annotation tool are read with a YAML loader that builds any object.

    ## Why
    `!!python/object/apply:os.system` in the export is a command on the machine that prepares the
    data, with the rights of the release workflow. The file comes from a tool that many annotators
    write to; nobody reads a thousand lines of labels in review.

    ## Fix
    `yaml.safe_load`, or a subclass of `yaml.SafeLoader` for the tool's own tags.
    """
    loader, loaded, decision = vary.choose(*FORMS)
    name = vary.choose("corrections", "annotator_labels")
    path = f"src/preprocessing/{name}.py"
    project.add(path, CODE.replace("LOADER", loader, 1).replace("LOADED", loaded))
    rows = project.text("data/raw/reviews.csv").splitlines()
    right = next(row for row in rows if row.startswith("r00042,")).rpartition(",")[2]
    export = EXPORT.replace("LABEL", "!label " if loader else "").replace("RIGHT", right)
    project.add(f"data/annotations/{name}.yaml", export)
    yield Place(path, decision)
    if loader:
        yield Place(path, loaded)
    yield from step_in_preparation(project, name, "corrected", f"data/annotations/{name}.yaml")
