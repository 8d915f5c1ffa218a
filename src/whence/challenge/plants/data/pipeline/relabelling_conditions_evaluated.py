from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.pipeline.preparation import step_in_preparation
from whence.challenge.project import Place, Project

CODE = '''"""Labels that the annotators correct by rule, from the export of their sheet."""

import csv
import dataclasses
import io
from pathlib import Path

from preprocessing.schema import LABELLED_COLUMNS, Review, read_rows, write_reviews
PREPARED

def NAME(content: bytes, path: Path) -> bytes:
    """The reviews, each with the label of the last rule whose condition holds."""
    rules = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    reviews = []
    for row in read_rows(content, LABELLED_COLUMNS, "reviews.csv"):
        review = Review(**row)
        names = {"text": review.text.lower(), "category": review.category, "len": len}
        for rule in rules:
            if CONDITION:
                review = dataclasses.replace(review, label=rule["label"])
        reviews.append(review)
    return write_reviews(reviews)
'''
FORMS = (
    ("", 'eval(rule["condition"], names)', 'eval(rule["condition"]'),
    ("", 'eval(rule["condition"], {"__builtins__": {}}, names)', 'eval(rule["condition"]'),
    (
        '''

def holds(condition: str, names: dict[str, object]) -> bool:
    """Whether a condition, written as in the sheet, is true of a review."""
    program = compile(f"outcome = bool({condition})", "rule", "exec")
    exec(program, names)
    return bool(names["outcome"])
''',
        'holds(rule["condition"], names)',
        "exec(program, names)",
    ),
)
RULES = """name,condition,label
shipping only,"text.startswith('shipping:') and len(text) < 80",neutral
star line,"category == 'software' and 'rated 5 of 5' in text",positive
refund line,"'refund was refused' in text",negative
"""


@plant(
    rules=("code-evaluation",),
    severities=("critical", "high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("eval", "exec", "code injection", "arbitrary code"),
    cwes=("CWE-95", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Preprocessing evaluates a column of the annotators' sheet as Python.

    ## Why
    A cell of the sheet is a program that runs on the machine that prepares the data; empty builtins
    hold nobody, since every object leads back to them through its class. Whoever may edit a row,
    at the annotators' or on the way of the export, reads and changes everything that the job can.

    ## Fix
    Give the sheet columns (word, category, longest text) that the code compares itself.
    """
    name = vary.choose("relabelling", "label_rules", "corrections_by_rule")
    prepared, condition, decision = vary.choose(*FORMS)
    code = CODE.replace("PREPARED", prepared).replace("CONDITION", condition)
    code = code.replace("NAME", name)
    project.add(f"src/preprocessing/{name}.py", code)
    sheet = f"data/annotations/{name}.csv"
    project.add(sheet, RULES)
    yield Place(f"src/preprocessing/{name}.py", decision)
    yield from step_in_preparation(project, name, name, sheet)
