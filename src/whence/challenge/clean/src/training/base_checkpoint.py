"""Build the base checkpoint from unlabelled reviews, the same bytes on every machine.

    python -m training.base_checkpoint --config models/configs/training.yaml \
        --root . --manifest data/manifest.json --output models/base

Random indexing: every word owns a sparse vector of -1, 0 and 1 derived from its
hash, and a feature is embedded as the sum of the vectors around it. Sums of whole
numbers do not depend on the order or the width of the arithmetic.
"""

import argparse
import hashlib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from preprocessing.cleaning import clean
from preprocessing.schema import UNLABELLED_COLUMNS, DataRefused, read_rows
from preprocessing.sources import read_source
from sentibot.checkpoint import to_bytes
from sentibot.classifier import EMBEDDING, QUERY, Parameters
from sentibot.digests import DigestMismatch, manifest_of, sha256
from sentibot.files import write_atomically
from sentibot.settings import ModelSettings, TrainingSettings, load_settings
from sentibot.tokens import bucket, words

log = logging.getLogger("training.base")
WINDOW = 3
NONZERO = 6
BASE_FILE = "base.safetensors"


def index_vector(name: str, dimensions: int) -> np.ndarray:
    """The sparse vector of a word: a few positions of +1 and -1 taken from its hash."""
    digest = hashlib.blake2b(name.encode(), digest_size=3 * NONZERO).digest()
    vector = np.zeros(dimensions, dtype=np.int64)
    for start in range(0, len(digest), 3):
        place = int.from_bytes(digest[start : start + 2], "little") % dimensions
        vector[place] += 1 if digest[start + 2] & 1 else -1
    return vector


def contexts(texts: Iterable[str], model: ModelSettings) -> np.ndarray:
    """Whole-number context sums of every bucket, shape (buckets, dimensions)."""
    sums = np.zeros((model.buckets, model.dimensions), dtype=np.int64)
    for text in texts:
        sequence = words(text)
        vectors = [index_vector(word, model.dimensions) for word in sequence]
        for place, word in enumerate(sequence):
            around = range(max(0, place - WINDOW), min(len(sequence), place + WINDOW + 1))
            context = np.sum([vectors[i] for i in around if i != place], axis=0, dtype=np.int64)
            sums[bucket(word, model.buckets)] += context
            if place + 1 < len(sequence):
                pair = f"{word} {sequence[place + 1]}"
                sums[bucket(pair, model.buckets)] += context
    return sums


def build(texts: Iterable[str], model: ModelSettings) -> Parameters:
    """Embeddings of length one; buckets that no text reaches stay zero and say nothing."""
    sums = contexts(texts, model)
    lengths = np.sqrt((sums * sums).sum(axis=1, keepdims=True).astype(np.float64))
    table = (sums / np.maximum(lengths, 1.0)).astype(np.float16)
    return {EMBEDDING: table, QUERY: np.zeros(model.dimensions, dtype=np.float16)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.base_checkpoint")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    settings = load_settings(options.config, TrainingSettings)
    try:
        content = read_source(options.root, options.manifest.read_bytes(), "unlabelled.csv")
        rows = read_rows(content, UNLABELLED_COLUMNS, "unlabelled.csv")
        texts = [clean(row["text"], row["review_id"]) for row in rows]
    except (DataRefused, DigestMismatch) as problem:
        log.error("refused: %s", problem)
        return 1
    checkpoint = to_bytes(build(texts, settings.model))
    write_atomically(options.output / BASE_FILE, checkpoint)
    write_atomically(options.output / "manifest.json", manifest_of({BASE_FILE: checkpoint}))
    log.info("%s %s", BASE_FILE, sha256(checkpoint))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
