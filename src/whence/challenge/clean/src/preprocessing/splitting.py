"""Training, validation and test sets that no run order can change."""

import hashlib
from collections.abc import Iterable

from preprocessing.schema import DataRefused, Review
from preprocessing.screening import fingerprint, largest_label_shift
from sentibot.settings import PreprocessingSettings

SPLITS = ("train", "validation", "test")


def position(text: str, seed: int) -> float:
    """A number in [0, 1) that depends on the text and the seed only."""
    digest = hashlib.sha256(f"{seed}:{fingerprint(text)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def split(reviews: Iterable[Review], settings: PreprocessingSettings) -> dict[str, list[Review]]:
    """Assign every review to one split by the hash of its text."""
    test_end = settings.test_fraction
    validation_end = test_end + settings.validation_fraction
    parts: dict[str, list[Review]] = {name: [] for name in SPLITS}
    for review in reviews:
        place = position(review.text, settings.seed)
        name = "test" if place < test_end else "validation" if place < validation_end else "train"
        parts[name].append(review)
    return parts


def require_comparable(parts: dict[str, list[Review]], max_shift: float) -> None:
    """The held-out sets must be distributed like the training set."""
    for name in ("validation", "test"):
        shift = largest_label_shift(parts["train"], parts[name])
        if shift > max_shift:
            raise DataRefused(f"labels of {name} differ from training by {shift:.1%}")
