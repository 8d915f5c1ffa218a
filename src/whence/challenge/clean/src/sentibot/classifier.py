"""The classifier: hashed embeddings, one attention layer that pools them, a softmax head."""

from dataclasses import dataclass

import numpy as np

Parameters = dict[str, np.ndarray]

EMBEDDING = "embedding.weight"
QUERY = "attention.query"
HEAD_WEIGHT = "head.weight"
HEAD_BIAS = "head.bias"
NAMES = (EMBEDDING, QUERY, HEAD_WEIGHT, HEAD_BIAS)


@dataclass(frozen=True)
class Activations:
    """What the forward pass leaves for the backward pass."""

    rows: np.ndarray
    mask: np.ndarray
    embedded: np.ndarray
    attention: np.ndarray
    pooled: np.ndarray
    probabilities: np.ndarray


def shapes(buckets: int, dimensions: int, classes: int) -> dict[str, tuple[int, ...]]:
    """The shape that every parameter must have."""
    return {
        EMBEDDING: (buckets, dimensions),
        QUERY: (dimensions,),
        HEAD_WEIGHT: (dimensions, classes),
        HEAD_BIAS: (classes,),
    }


def masked_softmax(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    shifted = np.where(mask > 0, scores, -np.inf)
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    return weights / weights.sum(axis=-1, keepdims=True)


def forward(parameters: Parameters, rows: np.ndarray, mask: np.ndarray) -> Activations:
    """Class probabilities of a batch, with everything that led to them."""
    embedded = parameters[EMBEDDING][rows]
    scores = embedded @ parameters[QUERY] / np.sqrt(embedded.shape[-1])
    attention = masked_softmax(scores, mask)
    pooled = np.einsum("bt,btd->bd", attention, embedded)
    logits = pooled @ parameters[HEAD_WEIGHT] + parameters[HEAD_BIAS]
    probabilities = masked_softmax(logits, np.ones_like(logits))
    return Activations(rows, mask, embedded, attention, pooled, probabilities)


def loss(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """Mean cross-entropy against target distributions."""
    return float(-(targets * np.log(probabilities + 1e-12)).sum(axis=-1).mean())


def backward(parameters: Parameters, seen: Activations, targets: np.ndarray) -> Parameters:
    """Gradients of the mean cross-entropy with respect to every parameter."""
    scale = np.sqrt(seen.embedded.shape[-1])
    d_logits = (seen.probabilities - targets) / len(targets)
    d_pooled = d_logits @ parameters[HEAD_WEIGHT].T
    d_attention = np.einsum("bd,btd->bt", d_pooled, seen.embedded)
    mean = (d_attention * seen.attention).sum(axis=-1, keepdims=True)
    d_scores = seen.attention * (d_attention - mean) / scale
    d_embedded = (
        seen.attention[:, :, None] * d_pooled[:, None, :] + d_scores[:, :, None] * parameters[QUERY]
    )
    d_table = np.zeros_like(parameters[EMBEDDING])
    used = seen.mask > 0
    np.add.at(d_table, seen.rows[used], d_embedded[used])
    return {
        EMBEDDING: d_table,
        QUERY: np.einsum("bt,btd->d", d_scores, seen.embedded),
        HEAD_WEIGHT: seen.pooled.T @ d_logits,
        HEAD_BIAS: d_logits.sum(axis=0),
    }
