"""Further review files for plants, and the way from such a file into fine-tuning.

The texts are recombined from the sentences of the clean project's own reviews, so that they read
and weigh like them. Not a plant itself: a package, which the search for plants passes over.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from whence.challenge.plant import Variation
from whence.challenge.project import Place, Project

LABELS = ("negative", "neutral", "positive")
COLUMNS = ("review_id", "category", "text", "label")
Row = tuple[str, str, str, str]
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")

# Readers that the plants put into src/training; NAME is the module and the function.
SOURCE_READER = '''"""TITLE"""

from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from preprocessing.sources import read_source
from sentibot.settings import PreprocessingSettings


def NAME(
    released: list[Review], folder: Path, preparation: PreprocessingSettings
) -> list[Review]:
    """The reviews of the folder, verified, and screened together with the released ones."""
    content = read_source(folder, (folder / "manifest.json").read_bytes(), "reviews.csv")
    raw = read_reviews(content, preparation.labels, "reviews.csv")
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(released + cleaned, preparation.screening)
    return cleaned
'''
RECORDED_READER = SOURCE_READER.replace(
    "from preprocessing.sources import read_source\n", ""
).replace(
    "from sentibot.settings", "from sentibot.digests import read_recorded\nfrom sentibot.settings"
).replace(
    'read_source(folder, (folder / "manifest.json").read_bytes(), "reviews.csv")',
    'read_recorded(folder, (folder / "manifest.json").read_bytes())["reviews.csv"]',
)  # fmt: skip


def reader(template: str, name: str, title: str) -> str:
    """The code of a reader module."""
    return template.replace("NAME", name).replace("TITLE", title)


def reviews(project: Project, vary: Variation, prefix: str, labels: Sequence[str]) -> list[Row]:
    """One new review for every label, in that order."""
    known: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    texts = set()
    for row in csv.DictReader(io.StringIO(project.text("data/raw/reviews.csv"), newline="")):
        known[row["label"], row["category"]].append(_SENTENCE_END.split(row["text"]))
        texts.add(row["text"])
    categories = sorted({category for _, category in known})
    made: list[Row] = []
    while len(made) < len(labels):
        label, category = labels[len(made)], vary.choose(*categories)
        first = vary.choose(*known[label, category])
        second = vary.choose(*known[label, category])
        text = " ".join(first[: (len(first) + 1) // 2] + second[len(second) // 2 :])
        if text not in texts:
            texts.add(text)
            made.append((f"{prefix}{len(made) + 1:05d}", category, text, label))
    return made


def as_csv(rows: Iterable[Sequence[str]], header: Sequence[str] = COLUMNS) -> str:
    """The rows as a file."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def mixed_labels(vary: Variation, count: int) -> list[str]:
    """Labels in about the shares of the released reviews."""
    return [vary.choose(*LABELS) for _ in range(count)]


def sha256(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def digest_manifest(files: Mapping[str, str | bytes]) -> str:
    """Names, sizes and digests, in the form of `sentibot.digests.manifest_of`."""
    entries = {
        name: {
            "bytes": len(content.encode() if isinstance(content, str) else content),
            "sha256": sha256(content),
        }
        for name, content in sorted(files.items())
    }
    return json.dumps({"files": entries}, indent=2) + "\n"


def source_manifest(content: str, origin: str, licence: str, version: str = "2026.05") -> str:
    """The record of one `reviews.csv`, in the form of `data/manifest.json`."""
    source = {
        "bytes": len(content.encode()),
        "licence": licence,
        "origin": origin,
        "path": "reviews.csv",
        "personal_data": False,
        "sha256": sha256(content),
    }
    return json.dumps({"sources": [source], "version": version}, indent=2) + "\n"


def row_in_readme(project: Project, path: str, count: int, what: str, licence: str) -> Place:
    """Lists a file in the table of `data/README.md`."""
    return project.insert_after(
        "data/README.md",
        "| `raw/unlabelled.csv` | 480 | reviews without a label, for the base checkpoint | CC0-1.0 |",
        f"| `{path}` | {count} | {what} | {licence} |",
    )


def fed_into_fine_tuning(
    project: Project, name: str, argument: str, *, released: bool = True, kind: str = "Path"
) -> list[Place]:
    """Makes `training.finetune --NAME` add what `training.NAME.NAME` returns; `make train` passes it.

    `released` says whether the reader takes the released reviews as its first argument.
    """
    finetune = "src/training/finetune.py"
    flag = name.replace("_", "-")
    project.insert_after(
        finetune,
        "from training.base_checkpoint import BASE_FILE",
        f"from training.{name} import {name}",
    )
    project.insert_after(
        finetune,
        'parser.add_argument("--base", type=Path, required=True)',
        f'    parser.add_argument("--{flag}", type={kind})',
    )
    first = 'parts["train"], ' if released else ""
    call = f'parts["train"] += {name}({first}options.{name}, preparation)'
    if len(call) > 92:
        call = call.replace("(", "(\n            ").replace(")", "\n        )")
    used = project.insert_after(
        finetune,
        "parts = read_processed(options.data, preparation)",
        f"    if options.{name} is not None:\n        {call}",
    )
    passed = project.insert_after(
        "Makefile",
        "--preprocessing $(CONFIGS)/preprocessing.yaml \\",
        f"\t\t--{flag} {argument} \\",
    )
    return [used, passed]
