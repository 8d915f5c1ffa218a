"""Optimisers by name; configuration can choose one of these and nothing else."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from sentibot.classifier import Parameters


class Optimizer(Protocol):
    def step(self, parameters: Parameters, gradients: Parameters) -> None:
        """Update the parameters in place."""


def clip(gradients: Parameters, max_norm: float) -> float:
    """Scale gradients down to a largest joint norm; return the norm before."""
    norm = float(np.sqrt(sum(float((g.astype(np.float64) ** 2).sum()) for g in gradients.values())))
    if norm > max_norm:
        for gradient in gradients.values():
            gradient *= max_norm / norm
    return norm


class Sgd:
    def __init__(self, rates: Mapping[str, float], weight_decay: float) -> None:
        self.rates = rates
        self.weight_decay = weight_decay

    def step(self, parameters: Parameters, gradients: Parameters) -> None:
        for name, gradient in gradients.items():
            decayed = gradient + self.weight_decay * parameters[name]
            parameters[name] -= self.rates[name] * decayed


class Adam:
    """Adam with decoupled weight decay."""

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, rates: Mapping[str, float], weight_decay: float) -> None:
        self.rates = rates
        self.weight_decay = weight_decay
        self.steps = 0
        self.first: Parameters = {}
        self.second: Parameters = {}

    def step(self, parameters: Parameters, gradients: Parameters) -> None:
        self.steps += 1
        for name, gradient in gradients.items():
            first = self.first.get(name, np.zeros_like(gradient))
            second = self.second.get(name, np.zeros_like(gradient))
            first = self.BETA1 * first + (1 - self.BETA1) * gradient
            second = self.BETA2 * second + (1 - self.BETA2) * gradient**2
            self.first[name], self.second[name] = first, second
            corrected = first / (1 - self.BETA1**self.steps)
            spread = np.sqrt(second / (1 - self.BETA2**self.steps)) + self.EPSILON
            update = corrected / spread + self.weight_decay * parameters[name]
            parameters[name] -= (self.rates[name] * update).astype(parameters[name].dtype)


OPTIMIZERS: Mapping[str, Callable[[Mapping[str, float], float], Optimizer]] = {
    "adam": Adam,
    "sgd": Sgd,
}
