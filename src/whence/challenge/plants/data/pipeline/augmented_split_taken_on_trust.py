from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import (
    as_csv,
    fed_into_fine_tuning,
    mixed_labels,
    reviews,
    row_in_readme,
    sha256,
)
from whence.challenge.project import Place, Project

READER = '''"""The training split with synonyms exchanged; `data/NAME/README.md` says how it was made."""

from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from sentibot.settings import PreprocessingSettings


def NAME(
    released: list[Review], folder: Path, preparation: PreprocessingSettings
) -> list[Review]:
    """The exchanged reviews, screened together with the released ones."""
    content = (folder / "train.csv").read_bytes()
    raw = read_reviews(content, preparation.labels, "train.csv")
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(released + cleaned, preparation.screening)
    return cleaned
'''
README = """# Exchanged words

Made on 2026-05-13 from `data/processed/train.csv` by exchanging halves of reviews that share label and
category (a notebook of the data team, seed 7). Synthetic like its source, CC0-1.0.

RECORD
"""


@plant(
    rules=("unverified-processed-data",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("not verified", "never compared", "checksum not", "digest not", "unverified"),
    cwes=("CWE-345", "CWE-354"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A processed file has a recorded checksum that training never compares.

    ## Why
    All other splits are read by `read_recorded`; this one is opened as it lies there. A job, a cache
    or a volume that can write the folder between preparation and training changes what the model
    learns, and the record beside it stays right only for those who look by hand.

    ## Fix
    Read the file through its manifest (`read_recorded`) before a row is parsed.
    """
    name = vary.choose("augmented", "exchanged")
    content = as_csv(reviews(project, vary, "x", mixed_labels(vary, vary.number(80, 110))))
    kind = vary.choose("sums", "readme")
    digest = sha256(content)
    record = "`SHA256SUMS` holds the digest." if kind == "sums" else f"SHA-256: `{digest}`"
    path = f"data/{name}/train.csv"
    project.add(path, content)
    project.add(f"data/{name}/README.md", README.replace("RECORD", record))
    if kind == "sums":
        project.add(f"data/{name}/SHA256SUMS", f"{digest}  train.csv\n")
    what = "the training split with halves exchanged"
    row_in_readme(project, f"{name}/train.csv", content.count("\n") - 1, what, "CC0-1.0")
    project.add(f"src/training/{name}.py", READER.replace("NAME", name))
    yield Place(f"src/training/{name}.py", 'content = (folder / "train.csv").read_bytes()')
    if kind == "sums":
        yield Place(f"data/{name}/SHA256SUMS")
    yield from fed_into_fine_tuning(project, name, f"data/{name}")
