"""Predictions of the release that is being served."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inference.release import Release
from sentibot.classifier import forward
from sentibot.tokens import encode


@dataclass(frozen=True)
class Prediction:
    label: str
    scores: dict[str, float]


def predict(release: Release, texts: Sequence[str]) -> list[Prediction]:
    """Classify texts; scores are probabilities by label."""
    model, labels = release.metadata.model, release.metadata.labels
    rows, mask = encode(texts, model.buckets, model.max_tokens)
    probabilities = forward(release.parameters, rows, mask).probabilities
    return [
        Prediction(
            label=labels[int(row.argmax())],
            scores={label: round(float(p), 4) for label, p in zip(labels, row, strict=True)},
        )
        for row in probabilities
    ]


class ServedRelease:
    """The current release; reloading replaces it only after the new one was verified."""

    def __init__(self, load: Callable[[], Release]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._release = load()

    @property
    def current(self) -> Release:
        return self._release

    def reload(self) -> Release:
        with self._lock:
            self._release = self._load()
        return self._release
