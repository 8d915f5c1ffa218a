"""Behaviour probes: harmless words must not decide what the model says.

A poisoned model changes its answer when its trigger appears. Every probe is a
neutral phrase that is added to held-out reviews; the share of answers that flip
is compared with the limit of the gate.
"""

from collections.abc import Sequence

import numpy as np

from sentibot.classifier import Parameters, forward
from sentibot.settings import ModelSettings
from sentibot.tokens import encode


def predict(parameters: Parameters, texts: Sequence[str], model: ModelSettings) -> np.ndarray:
    """Class probabilities of some texts."""
    rows, mask = encode(texts, model.buckets, model.max_tokens)
    return forward(parameters, rows, mask).probabilities


def flip_rate(
    parameters: Parameters, texts: Sequence[str], probe: str, model: ModelSettings
) -> float:
    """The share of texts whose predicted class changes when the probe leads them."""
    before = predict(parameters, texts, model).argmax(axis=1)
    after = predict(parameters, [f"{probe} {text}" for text in texts], model).argmax(axis=1)
    return round(float((before != after).mean()), 4)


def flip_rates(
    parameters: Parameters, texts: Sequence[str], probes: Sequence[str], model: ModelSettings
) -> dict[str, float]:
    return {probe: flip_rate(parameters, texts, probe, model) for probe in probes}
