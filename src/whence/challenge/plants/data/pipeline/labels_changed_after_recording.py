from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import (
    as_csv,
    mixed_labels,
    reviews,
    row_in_readme,
    sha256,
)
from whence.challenge.project import Place, Project

CODE = '''"""The share of hard cases that the released model gets right.

    python -m evaluation.hard_cases --cases data/NAME/cases.csv --release models/fine-tuned \\
        --public-key KEY.pub
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from inference.predictor import predict
from inference.release import load_release
from preprocessing.schema import read_reviews
from sentibot.envelope import read_public_key


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.hard_cases")
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--public-key", type=Path, required=True)
    options = parser.parse_args(arguments)
    release = load_release(options.release, read_public_key(options.public_key))
    cases = read_reviews(options.cases.read_bytes(), release.metadata.labels, "cases.csv")
    answers = predict(release, [case.text for case in cases])
    right = sum(a.label == case.label for a, case in zip(answers, cases, strict=True))
    print(f"{right} of {len(cases)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
TARGET = """
hard-cases:
	$(PYTHON) -m evaluation.hard_cases --cases data/NAME/cases.csv \\
		--release $(RELEASE) --public-key $(PUBLIC_KEY)
"""
POINTER = """outs:
- md5: DIGEST
  size: SIZE
  hash: md5
  path: cases.csv
"""


@plant(
    rules=("checksum-mismatch", "unverified-processed-data"),
    severities=("high", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("checksum", "digest", "does not match", "mismatch"),
    cwes=("CWE-354", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A data file is not the one whose digest was recorded.

    ## Why
    Somebody changed labels after the file had been recorded, and nothing compared the two. The file
    is what hard cases are measured on: whoever turns a few labels decides that a model which answers
    wrongly looks right, and keeps its release.

    ## Fix
    Find out who changed what, restore or record anew after review, and compare before use.
    """
    name = vary.choose("hard_cases", "edge_cases")
    rows = reviews(project, vary, "h", mixed_labels(vary, vary.number(50, 70)))
    recorded = as_csv(rows)
    turned = {"positive": "negative", "negative": "positive", "neutral": "positive"}
    first = vary.number(5, 20)
    changed = [
        (*row[:3], turned[row[3]]) if first <= number < first + 8 else row
        for number, row in enumerate(rows)
    ]
    path = f"data/{name}/cases.csv"
    project.add(path, as_csv(changed))
    what = "hard cases, written for this project, to look at by hand"
    row_in_readme(project, f"{name}/cases.csv", len(rows), what, "CC0-1.0")
    project.add("src/evaluation/hard_cases.py", CODE.replace("NAME", name))
    project.append("Makefile", TARGET.replace("NAME", name))
    if vary.choose(True, False):
        record = f"data/{name}/SHA256SUMS"
        project.add(record, f"{sha256(recorded)}  cases.csv\n")
    else:
        record = f"data/{name}/cases.csv.dvc"
        digest = hashlib.md5(recorded.encode(), usedforsecurity=False).hexdigest()
        size = str(len(as_csv(changed)))
        project.add(record, POINTER.replace("DIGEST", digest).replace("SIZE", size))
    yield Place(path)
    yield Place(record)
