"""Fine-tune the base checkpoint on the processed training set.

    python -m training.finetune --config models/configs/training.yaml \
        --preprocessing models/configs/preprocessing.yaml \
        --data data/processed --base models/base --output build/candidate
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from preprocessing.processed import read_processed
from preprocessing.schema import DataRefused
from sentibot import __version__
from sentibot.checkpoint import WEIGHTS_FILE, CheckpointRefused, from_bytes, to_bytes
from sentibot.classifier import EMBEDDING, QUERY, Parameters, shapes
from sentibot.digests import (
    DigestMismatch,
    manifest_of,
    read_recorded,
    sha256,
    to_json,
    to_json_lines,
)
from sentibot.files import write_atomically
from sentibot.settings import PreprocessingSettings, TrainingSettings, load_settings
from training.base_checkpoint import BASE_FILE
from training.loop import encode_reviews, train

log = logging.getLogger("training")


def read_base(folder: Path, settings: TrainingSettings) -> tuple[Parameters, str]:
    """Read the base checkpoint, verified, and return it with its digest."""
    content = read_recorded(folder, (folder / "manifest.json").read_bytes())[BASE_FILE]
    expected = shapes(settings.model.buckets, settings.model.dimensions, 0)
    parameters = from_bytes(content, {name: expected[name] for name in (EMBEDDING, QUERY)})
    return parameters, sha256(content)


def run(options: argparse.Namespace) -> dict[str, bytes]:
    """Train and return the files of the candidate by name."""
    settings = load_settings(options.config, TrainingSettings)
    preparation = load_settings(options.preprocessing, PreprocessingSettings)
    parts = read_processed(options.data, preparation)
    base, base_digest = read_base(options.base, settings)
    parameters, history = train(
        base,
        encode_reviews(parts["train"], preparation.labels, settings),
        encode_reviews(parts["validation"], preparation.labels, settings),
        preparation.labels,
        settings,
    )
    lineage = {
        "version": __version__,
        "labels": list(preparation.labels),
        "seed": settings.seed,
        "numpy": np.__version__,
        "base_checkpoint_sha256": base_digest,
        "data_manifest_sha256": sha256((options.data / "manifest.json").read_bytes()),
        "training_config_sha256": sha256(options.config.read_bytes()),
        "preprocessing_config_sha256": sha256(options.preprocessing.read_bytes()),
    }
    return {
        WEIGHTS_FILE: to_bytes(parameters),
        "lineage.json": to_json(lineage),
        "training-log.jsonl": to_json_lines(history),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.finetune")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--preprocessing", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        files = run(options)
    except (DataRefused, DigestMismatch, CheckpointRefused) as problem:
        log.error("refused: %s", problem)
        return 1
    for name, content in files.items():
        write_atomically(options.output / name, content)
    write_atomically(options.output / "manifest.json", manifest_of(files))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
