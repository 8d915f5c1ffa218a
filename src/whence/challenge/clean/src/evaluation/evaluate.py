"""Measure a candidate on the held-out test set.

    python -m evaluation.evaluate --config models/configs/evaluation.yaml \
        --training models/configs/training.yaml \
        --preprocessing models/configs/preprocessing.yaml \
        --data data/processed --candidate build/candidate \
        --report build/evaluation/report.json
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluation.metrics import summarise
from evaluation.probes import flip_rates, predict
from preprocessing.processed import read_processed
from preprocessing.schema import DataRefused
from sentibot.checkpoint import WEIGHTS_FILE, CheckpointRefused, from_bytes
from sentibot.classifier import shapes
from sentibot.digests import DigestMismatch, read_recorded, sha256, to_json
from sentibot.files import write_atomically
from sentibot.settings import (
    EvaluationSettings,
    PreprocessingSettings,
    TrainingSettings,
    load_settings,
)

log = logging.getLogger("evaluation")


def evaluate(options: argparse.Namespace) -> dict[str, object]:
    """Return the report on one candidate, bound to it by digest."""
    settings = load_settings(options.config, EvaluationSettings)
    model = load_settings(options.training, TrainingSettings).model
    preparation = load_settings(options.preprocessing, PreprocessingSettings)
    labels = preparation.labels
    test = read_processed(options.data, preparation)["test"]
    manifest = (options.candidate / "manifest.json").read_bytes()
    weights = read_recorded(options.candidate, manifest)[WEIGHTS_FILE]
    expected = shapes(model.buckets, model.dimensions, len(labels))
    parameters = from_bytes(weights, expected)
    texts = [review.text for review in test]
    actual = np.array([labels.index(review.label) for review in test], dtype=np.int64)
    return {
        "candidate_sha256": sha256(weights),
        "data_manifest_sha256": sha256((options.data / "manifest.json").read_bytes()),
        "test": summarise(predict(parameters, texts, model), actual, labels),
        "probe_flip_rates": flip_rates(parameters, texts, settings.probes, model),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.evaluate")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--training", type=Path, required=True)
    parser.add_argument("--preprocessing", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--candidate", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        report = evaluate(options)
    except (DataRefused, DigestMismatch, CheckpointRefused) as problem:
        log.error("refused: %s", problem)
        return 1
    write_atomically(options.report, to_json(report))
    log.info("report on %s written", report["candidate_sha256"])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
