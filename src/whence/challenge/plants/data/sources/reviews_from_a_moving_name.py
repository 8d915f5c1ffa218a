from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import fed_into_fine_tuning
from whence.challenge.project import Place, Project

HUB = '''"""Reviews that our research group publishes on the hub."""

from pathlib import Path

from huggingface_hub import hf_hub_download

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from sentibot.settings import PreprocessingSettings


def published(
    released: list[Review], name: str, preparation: PreprocessingSettings
) -> list[Review]:
    """The reviews of a data set, screened together with the released ones."""
    path = DOWNLOAD
    raw = read_reviews(Path(path).read_bytes(), preparation.labels, name)
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(released + cleaned, preparation.screening)
    return cleaned
'''
BUCKET = '''"""Reviews that the data team adds between two releases."""

from preprocessing.cleaning import clean
from preprocessing.schema import Review, read_reviews
from preprocessing.screening import screen
from sentibot import object_store
from sentibot.settings import PreprocessingSettings

MAX_BYTES = 32 * 1024 * 1024


def published(
    released: list[Review], uri: str, preparation: PreprocessingSettings
) -> list[Review]:
    """The reviews of an object, screened together with the released ones."""
    location = object_store.LOCATION.fullmatch(uri)
    if location is None:
        raise object_store.ObjectRefused(f"{uri!r} is not an S3 address")
    answer = object_store.connect().get_object(Bucket=location["bucket"], Key=location["key"])
    raw = read_reviews(answer["Body"].read(MAX_BYTES), preparation.labels, uri)
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(released + cleaned, preparation.screening)
    return cleaned
'''
DATA_SET = "example-research/labelled-reviews"
CALLS = (
    'hf_hub_download(name, "train.csv", repo_type="dataset")',
    'hf_hub_download(name, "train.csv", repo_type="dataset", revision="main")',
)


@plant(
    rules=("mutable-data-source", "unverified-data-download"),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("without revision", "no revision", "unversioned", "mutable", "not pinned", "latest"),
    cwes=("CWE-494", "CWE-829"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Fine-tuning takes whatever a moving name points to when it runs.

    ## Why
    A data set without a commit, or a bucket key without a version, is a pointer that its writers can
    move at any time, unseen by review. Whoever may push there, or steals a token that may, exchanges
    the training data between two runs of the same commit of this repository.

    ## Fix
    Name the commit or the object version in a reviewed file, and the digest in the data manifest.
    """
    path = "src/training/published.py"
    if vary.choose(True, False):
        call = vary.choose(*CALLS)
        project.add(path, HUB.replace("DOWNLOAD", call))
        yield Place(path, call)
        yield from fed_into_fine_tuning(project, "published", DATA_SET, kind="str")
    else:
        key = vary.choose("latest/reviews.csv", "current/reviews.csv", "releases/latest.csv")
        project.add(path, BUCKET)
        yield Place(path, 'get_object(Bucket=location["bucket"], Key=location["key"])')
        uri = f"s3://example-sentibot-data-production/{key}"
        yield from fed_into_fine_tuning(project, "published", uri, kind="str")
