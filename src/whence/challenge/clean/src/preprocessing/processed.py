"""Processed data, read only when it is what preprocessing wrote."""

from pathlib import Path

from preprocessing.schema import DataRefused, Review, read_reviews
from preprocessing.splitting import SPLITS
from sentibot.digests import read_recorded
from sentibot.settings import PreprocessingSettings


def read_processed(folder: Path, settings: PreprocessingSettings) -> dict[str, list[Review]]:
    """Read the splits, verified against their manifest; no text may be in two of them."""
    content = read_recorded(folder, (folder / "manifest.json").read_bytes())
    if set(content) != {f"{name}.csv" for name in SPLITS}:
        raise DataRefused(f"{folder} does not hold exactly the splits {', '.join(SPLITS)}")
    parts = {
        name: read_reviews(content[f"{name}.csv"], settings.labels, f"{name}.csv")
        for name in SPLITS
    }
    ids = [review.review_id for part in parts.values() for review in part]
    if len(set(ids)) != len(ids):
        raise DataRefused("a review is in two splits")
    return parts
