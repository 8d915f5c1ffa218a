"""Checkpoints as safetensors: tensors only, so that reading one runs nothing."""

from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from sentibot.classifier import Parameters

WEIGHTS_FILE = "sentibot.safetensors"


class CheckpointRefused(Exception):
    """A checkpoint does not hold the tensors that the model needs."""


def to_bytes(parameters: Parameters) -> bytes:
    return save({name: np.ascontiguousarray(parameters[name]) for name in sorted(parameters)})


def from_bytes(content: bytes, expected: Mapping[str, tuple[int, ...]]) -> Parameters:
    """Decode a checkpoint; names, shapes and finiteness are checked."""
    try:
        tensors = load(content)
    except SafetensorError as problem:
        raise CheckpointRefused("not a safetensors file") from problem
    if set(tensors) != set(expected):
        raise CheckpointRefused(f"tensors are {sorted(tensors)}, needed {sorted(expected)}")
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise CheckpointRefused(f"{name} has shape {tensors[name].shape}, needed {shape}")
        if not np.isfinite(tensors[name]).all():
            raise CheckpointRefused(f"{name} holds values that are not finite")
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
