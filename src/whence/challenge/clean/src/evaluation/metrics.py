"""Metrics of a classifier, overall and per class."""

from collections.abc import Sequence

import numpy as np


def confusion(actual: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts by actual (rows) and predicted (columns) class."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (actual, predicted), 1)
    return counts


def per_class(counts: np.ndarray, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and support of every class."""
    report = {}
    for index, label in enumerate(labels):
        hit = int(counts[index, index])
        predicted, actual = int(counts[:, index].sum()), int(counts[index].sum())
        precision = hit / predicted if predicted else 0.0
        recall = hit / actual if actual else 0.0
        together = precision + recall
        report[label] = {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / together if together else 0.0, 4),
            "support": actual,
        }
    return report


def calibration_error(probabilities: np.ndarray, actual: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over bins of confidence."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == actual
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            gap = abs(confidence[inside].mean() - correct[inside].mean())
            error += inside.mean() * gap
    return round(float(error), 4)


def summarise(
    probabilities: np.ndarray, actual: np.ndarray, labels: Sequence[str]
) -> dict[str, object]:
    """All metrics of one data set."""
    counts = confusion(actual, probabilities.argmax(axis=1), len(labels))
    classes = per_class(counts, labels)
    return {
        "accuracy": round(float(np.trace(counts) / counts.sum()), 4),
        "macro_f1": round(float(np.mean([row["f1"] for row in classes.values()])), 4),
        "calibration_error": calibration_error(probabilities, actual),
        "per_class": classes,
        "confusion": counts.tolist(),
    }
