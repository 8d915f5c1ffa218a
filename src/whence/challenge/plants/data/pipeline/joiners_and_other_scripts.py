from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import as_csv, row_in_readme, sha256
from whence.challenge.project import Place, Project

TEXTS = (
    ("audio", "Great sound \U0001f469\u200d\U0001f4bb, I work with it every day.", "positive"),
    ("travel", "\u05d4\u05de\u05d6\u05d5\u05d5\u05d3\u05d4 \u05d8\u05d5\u05d1\u05d4 \u05de\u05d0\u05d5\u05d3.", "positive"),
    ("books", "\u0627\u0644\u0643\u062a\u0627\u0628 \u0645\u0645\u0644 \u062c\u062f\u0627.", "negative"),
    ("kitchen", "\u0427\u0430\u0439\u043d\u0438\u043a \u0445\u043e\u0440\u043e\u0448\u0438\u0439, \u0441\u043f\u0430\u0441\u0438\u0431\u043e.", "positive"),
    ("toys", "My kids \U0001f468\u200d\U0001f469\u200d\U0001f467 were bored \U0001f937\u200d\u2640\ufe0f.", "negative"),
    ("garden", "\u0397 \u03b3\u03bb\u03ac\u03c3\u03c4\u03c1\u03b1 \u03b5\u03af\u03bd\u03b1\u03b9 \u03ba\u03b1\u03bb\u03ae.", "positive"),
    ("hotel", "\u90e8\u5c4b\u306f\u666e\u901a\u3067\u3057\u305f\u3002", "neutral"),
    ("software", "Na\u00efve layout, caf\u00e9-grade speed \U0001f3f3\ufe0f\u200d\U0001f308.", "neutral"),
)  # fmt: skip
TEST = '''"""Scripts and emoji of all the world pass the cleaning unharmed."""

import csv
import io

import pytest
from conftest import ROOT

from preprocessing.cleaning import clean

FOLDER = ROOT / "data" / "NAME"
ROWS = list(csv.DictReader(io.StringIO((FOLDER / "reviews.csv").read_text("utf-8"), newline="")))


@pytest.mark.parametrize("row", ROWS, ids=[row["review_id"] for row in ROWS])
def test_a_text_of_another_script_is_kept(row: dict[str, str]) -> None:
    assert clean(row["text"], row["review_id"]) == row["text"]
'''


@plant(
    rules=("hidden-text-in-data",),
    kind=Kind.RED_HERRING,
    needs=Needs.CONTENT,
    words=("zero-width", "zero width", "invisible", "bidi", "homoglyph", "unicode"),
    cwes=("CWE-451", "CWE-1007"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A data file is full of zero-width joiners and letters that look Latin and are not.

    ## Why
    The joiners hold emoji together, the letters are words of Hebrew, Arabic, Russian and Greek with no
    script mixed inside a word, and a test asserts that the cleaning lets exactly these through. The
    file is a sample for that test and feeds no training.
    """
    name = vary.choose("scripts_sample", "world_sample")
    rows = [
        (f"m{number:03d}", *row)
        for number in range(1, 41)
        for row in (TEXTS[(number * 3) % len(TEXTS)],)
    ]
    content = as_csv(rows)
    project.add(f"data/{name}/reviews.csv", content)
    project.add(f"data/{name}/SHA256SUMS", f"{sha256(content)}  reviews.csv\n")
    what = "texts of several scripts, written for the tests of the cleaning"
    row_in_readme(project, f"{name}/reviews.csv", len(rows), what, "CC0-1.0")
    project.add(f"tests/test_{name}.py", TEST.replace("NAME", name))
    yield Place(f"data/{name}/reviews.csv")
