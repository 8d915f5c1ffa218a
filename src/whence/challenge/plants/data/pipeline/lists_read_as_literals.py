from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.pipeline.preparation import step_in_preparation
from whence.challenge.project import Place, Project

CODE = '''"""Reviews that the annotators excluded, from the export of their sheet."""

import ast
import csv
import io
from pathlib import Path

from preprocessing.schema import LABELLED_COLUMNS, DataRefused, Review, read_rows, write_reviews


def excluded_ids(text: str) -> set[str]:
    """The ids of an export; its column `reviews` holds lists as Python writes them."""
    found: set[str] = set()
    for row in csv.DictReader(io.StringIO(text, newline="")):
        value = ast.literal_eval(row["reviews"])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise DataRefused("the column `reviews` holds something else than lists of ids")
        found.update(value)
    return found


def NAME(content: bytes, path: Path) -> bytes:
    """The reviews without the excluded ones."""
    unwanted = excluded_ids(path.read_text(encoding="utf-8"))
    rows = read_rows(content, LABELLED_COLUMNS, "reviews.csv")
    return write_reviews(Review(**row) for row in rows if row["review_id"] not in unwanted)
'''
SHEET = """reason,reviews
"asked for by the author of the phrases","[]"
"to be looked at again","['r99990', 'r99991']"
"""


@plant(
    rules=("code-evaluation",),
    kind=Kind.RED_HERRING,
    needs=Needs.ONE_FILE,
    words=("eval", "code injection", "arbitrary code"),
    cwes=("CWE-95", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A column of the annotators' sheet goes through something called eval.

    ## Why
    `ast.literal_eval` builds strings, numbers and containers and runs nothing; what it returns is
    checked to be a list of strings before it is used.
    """
    name = vary.choose("exclusions", "left_out")
    project.add(f"src/preprocessing/{name}.py", CODE.replace("NAME", name))
    project.add(f"data/annotations/{name}.csv", SHEET)
    yield Place(f"src/preprocessing/{name}.py", 'ast.literal_eval(row["reviews"])')
    step_in_preparation(project, name, name, f"data/annotations/{name}.csv")
