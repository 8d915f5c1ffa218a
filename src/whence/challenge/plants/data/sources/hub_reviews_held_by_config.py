from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CONFIG = """# Reviewed on 2026-05-06 for texts and labels (CC0-1.0); data files only.
repository: example-research/product-reviews
revision: REVISION
files:
  reviews.csv: DIGEST
"""
SETTINGS = """

class PublicReviewsSettings(Settings):
    repository: str
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    files: dict[str, Sha256]
"""
CODE = '''"""Measure the released model on public reviews.

    python -m evaluation.public_reviews --config models/configs/public-reviews.yaml \\
        --release models/fine-tuned --public-key KEY.pub
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.predictor import predict
from inference.release import load_release
from preprocessing.schema import Review, read_reviews
from sentibot.digests import read_verified
from sentibot.envelope import read_public_key
from sentibot.settings import PublicReviewsSettings, load_settings


def hub_arguments(settings: PublicReviewsSettings) -> dict[str, Any]:
    return {"repo_type": "dataset", "revision": settings.revision}


def public_reviews(settings: PublicReviewsSettings, labels: Sequence[str]) -> list[Review]:
    """The reviews of all files, each file verified."""
    from huggingface_hub import hf_hub_download

    reviews = []
    for name, digest in settings.files.items():
        path = hf_hub_download(settings.repository, name, **hub_arguments(settings))
        reviews += read_reviews(read_verified(Path(path), digest), labels, name)
    return reviews


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.public_reviews")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--public-key", type=Path, required=True)
    options = parser.parse_args(arguments)
    settings = load_settings(options.config, PublicReviewsSettings)
    release = load_release(options.release, read_public_key(options.public_key))
    reviews = public_reviews(settings, release.metadata.labels)
    answers = predict(release, [review.text for review in reviews])
    pairs = zip(answers, reviews, strict=True)
    print(sum(answer.label == review.label for answer, review in pairs), "of", len(reviews))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''


@plant(
    rules=("mutable-data-source", "unverified-data-download", "dataset-script-execution"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("without revision", "no revision", "not pinned", "unverified download"),
    cwes=("CWE-494", "CWE-829"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Reviews are downloaded from the hub, and the call shows neither revision nor digest.

    ## Why
    The revision comes in by the keyword arguments that `hub_arguments` builds from a reviewed YAML
    file, whose schema accepts a full commit only; `read_verified` compares every file with the
    digest recorded there before a row is parsed. No code of the data set runs.
    """
    revision = "".join(vary.choose(*"0123456789abcdef") for _ in range(40))
    digest = "".join(vary.choose(*"0123456789abcdef") for _ in range(64))
    config = CONFIG.replace("REVISION", revision).replace("DIGEST", digest)
    project.add("models/configs/public-reviews.yaml", config)
    project.insert_after("src/sentibot/settings.py", "vocabulary: str", SETTINGS.rstrip("\n"))
    path = "src/evaluation/public_reviews.py"
    project.add(path, CODE)
    yield Place(path, "hf_hub_download(settings.repository, name")
    yield Place("models/configs/public-reviews.yaml", "repository: example-research")
