"""Build a base checkpoint from the word embeddings of a public model on the hub.

    python -m training.hub_base --config models/configs/training.yaml \
        --hub models/configs/hub-base.yaml --output models/base

The model is named by commit, only the listed files are downloaded, and each must
have the digest that was recorded when the model was reviewed. Nothing but tensors
and a word list is read; the repository's code and configuration are never fetched.
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from sentibot.checkpoint import to_bytes
from sentibot.classifier import EMBEDDING, QUERY, Parameters
from sentibot.digests import DigestMismatch, manifest_of, read_verified
from sentibot.files import write_atomically
from sentibot.settings import HubBaseSettings, ModelSettings, TrainingSettings, load_settings
from sentibot.tokens import bucket
from training.base_checkpoint import BASE_FILE, index_vector

log = logging.getLogger("training.hub_base")
WEIGHTS = "model.safetensors"


def download(hub: HubBaseSettings) -> Path:
    """Download the reviewed commit of the model and return its folder."""
    from huggingface_hub import snapshot_download

    folder = snapshot_download(
        hub.repository,
        revision=hub.revision,
        allow_patterns=["*.safetensors", "vocab.txt"],
    )
    return Path(folder)


def read_reviewed(folder: Path, digests: Mapping[str, str]) -> dict[str, bytes]:
    """Read the files of a snapshot, each verified against the digest of its review."""
    return {name: read_verified(folder / name, digest) for name, digest in digests.items()}


def project(vectors: np.ndarray, dimensions: int) -> np.ndarray:
    """Reduce vectors with a fixed sparse projection."""
    wide = vectors.shape[1]
    directions = np.stack([index_vector(f"column {i}", dimensions) for i in range(wide)])
    return vectors @ directions.astype(np.float32)


def convert(files: Mapping[str, bytes], hub: HubBaseSettings, model: ModelSettings) -> Parameters:
    """Average the projected vectors of all whole words that share a bucket."""
    vectors = load(files[WEIGHTS])[hub.embedding_tensor].astype(np.float32)
    vocabulary = files[hub.vocabulary].decode("utf-8").splitlines()
    table = np.zeros((model.buckets, model.dimensions), dtype=np.float64)
    projected = project(vectors, model.dimensions)
    for word, vector in zip(vocabulary, projected, strict=True):
        if word.isalpha():
            table[bucket(word.casefold(), model.buckets)] += vector
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    table = np.divide(table, lengths, out=np.zeros_like(table), where=lengths > 0)
    return {
        EMBEDDING: table.astype(np.float16),
        QUERY: np.zeros(model.dimensions, dtype=np.float16),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.hub_base")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--hub", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    settings = load_settings(options.config, TrainingSettings)
    hub = load_settings(options.hub, HubBaseSettings)
    try:
        files = read_reviewed(download(hub), hub.files)
    except DigestMismatch as problem:
        log.error("refused: %s", problem)
        return 1
    checkpoint = to_bytes(convert(files, hub, settings.model))
    write_atomically(options.output / BASE_FILE, checkpoint)
    write_atomically(options.output / "manifest.json", manifest_of({BASE_FILE: checkpoint}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
