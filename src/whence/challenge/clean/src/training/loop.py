"""The training loop: seeded, clipped, stopped early, every epoch measured per class."""

import logging
from dataclasses import dataclass

import numpy as np

from evaluation.metrics import summarise
from preprocessing.schema import Review
from sentibot.classifier import (
    EMBEDDING,
    HEAD_BIAS,
    HEAD_WEIGHT,
    NAMES,
    Parameters,
    backward,
    forward,
    loss,
)
from sentibot.settings import TrainingSettings
from sentibot.tokens import encode
from training.optimizers import OPTIMIZERS, clip

log = logging.getLogger("training")
LOGGED = ("accuracy", "macro_f1", "calibration_error", "per_class")


@dataclass(frozen=True)
class Encoded:
    """A data set as arrays: bucket numbers, their mask, class numbers."""

    rows: np.ndarray
    mask: np.ndarray
    classes: np.ndarray


def encode_reviews(
    reviews: list[Review], labels: tuple[str, ...], settings: TrainingSettings
) -> Encoded:
    texts = [review.text for review in reviews]
    rows, mask = encode(texts, settings.model.buckets, settings.model.max_tokens)
    classes = np.array([labels.index(review.label) for review in reviews], dtype=np.int64)
    return Encoded(rows, mask, classes)


def with_head(base: Parameters, classes: int, rng: np.random.Generator) -> Parameters:
    """Add a small random head to the base parameters."""
    dimensions = base[EMBEDDING].shape[1]
    head = rng.normal(0.0, 0.1, size=(dimensions, classes)).astype(np.float32)
    fresh = {HEAD_WEIGHT: head, HEAD_BIAS: np.zeros(classes, dtype=np.float32)}
    return {name: array.copy() for name, array in {**base, **fresh}.items()}


def smoothed_targets(classes: np.ndarray, count: int, smoothing: float) -> np.ndarray:
    targets = np.full((len(classes), count), smoothing / count, dtype=np.float32)
    targets[np.arange(len(classes)), classes] += 1.0 - smoothing
    return targets


def with_gaps(mask: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Hide a share of the tokens of every text, never the first."""
    kept = rng.random(mask.shape) >= share
    kept[:, 0] = True
    return mask * kept


def learning_rates(settings: TrainingSettings) -> dict[str, float]:
    """The pretrained table learns more slowly than the fresh head."""
    rates = dict.fromkeys(NAMES, settings.learning_rate)
    rates[EMBEDDING] = settings.learning_rate * settings.embedding_learning_rate_scale
    return rates


def train(
    base: Parameters,
    training: Encoded,
    validation: Encoded,
    labels: tuple[str, ...],
    settings: TrainingSettings,
) -> tuple[Parameters, list[dict[str, object]]]:
    """Return the parameters of the best epoch and the log of all epochs."""
    rng = np.random.default_rng(settings.seed)
    parameters = with_head(base, len(labels), rng)
    optimizer = OPTIMIZERS[settings.optimizer](learning_rates(settings), settings.weight_decay)
    targets = smoothed_targets(training.classes, len(labels), settings.label_smoothing)
    history: list[dict[str, object]] = []
    best, best_score, since_best = parameters, -1.0, 0
    for epoch in range(1, settings.epochs + 1):
        order = rng.permutation(len(training.classes))
        losses, norms = [], []
        for start in range(0, len(order), settings.batch_size):
            chosen = order[start : start + settings.batch_size]
            mask = with_gaps(training.mask[chosen], settings.token_dropout, rng)
            seen = forward(parameters, training.rows[chosen], mask)
            gradients = backward(parameters, seen, targets[chosen])
            norms.append(clip(gradients, settings.max_gradient_norm))
            optimizer.step(parameters, gradients)
            losses.append(loss(seen.probabilities, targets[chosen]))
        held_out = forward(parameters, validation.rows, validation.mask).probabilities
        metrics = summarise(held_out, validation.classes, labels)
        history.append(
            {
                "epoch": epoch,
                "loss": round(float(np.mean(losses)), 5),
                "largest_gradient_norm": round(max(norms), 5),
                "validation": {name: metrics[name] for name in LOGGED},
            }
        )
        log.info("epoch %d loss %.4f macro F1 %s", epoch, np.mean(losses), metrics["macro_f1"])
        since_best += 1
        if float(str(metrics["macro_f1"])) > best_score:
            best_score, since_best = float(str(metrics["macro_f1"])), 0
            best = {name: array.copy() for name, array in parameters.items()}
        if since_best >= settings.early_stopping_patience:
            break
    return best, history
