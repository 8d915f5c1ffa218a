"""Prepare the processed data set.

    python -m preprocessing.prepare --config models/configs/preprocessing.yaml \
        --root . --manifest data/manifest.json --output data/processed
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from preprocessing.cleaning import clean
from preprocessing.schema import DataRefused, Review, read_reviews, write_reviews
from preprocessing.screening import screen, without_duplicates
from preprocessing.sources import read_source
from preprocessing.splitting import require_comparable, split
from sentibot.digests import DigestMismatch, manifest_of
from sentibot.files import write_atomically
from sentibot.settings import PreprocessingSettings, load_settings

log = logging.getLogger("preprocessing")


def prepare(content: bytes, settings: PreprocessingSettings) -> dict[str, bytes]:
    """Turn the raw review file into the processed files, by name."""
    raw = read_reviews(content, settings.labels, "reviews.csv")
    cleaned = [Review(r.review_id, r.category, clean(r.text, r.review_id), r.label) for r in raw]
    screen(cleaned, settings.screening)
    distinct = without_duplicates(cleaned)
    parts = split(distinct, settings)
    require_comparable(parts, settings.screening.max_label_shift)
    log.info("kept %d of %d reviews", len(distinct), len(raw))
    return {f"{name}.csv": write_reviews(reviews) for name, reviews in parts.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="preprocessing.prepare")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    settings = load_settings(options.config, PreprocessingSettings)
    try:
        content = read_source(options.root, options.manifest.read_bytes(), "reviews.csv")
        files = prepare(content, settings)
    except (DataRefused, DigestMismatch) as problem:
        log.error("refused: %s", problem)
        return 1
    for name, part in files.items():
        write_atomically(options.output / name, part)
    write_atomically(options.output / "manifest.json", manifest_of(files))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
