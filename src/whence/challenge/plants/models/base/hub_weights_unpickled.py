from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Build a base checkpoint from the word embeddings of an older model on the hub (needs torch).

    python -m training.older_base --hub models/configs/older-base.yaml --output build/older
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sentibot.digests import to_json
from sentibot.files import write_atomically


def read_weights(path: Path) -> dict[str, Any]:
    """The state of a model as torch wrote it."""
    LOAD


def main(arguments: Sequence[str] | None = None) -> int:
    from huggingface_hub import hf_hub_download

    parser = argparse.ArgumentParser(prog="training.older_base")
    parser.add_argument("--hub", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    hub = yaml.safe_load(options.hub.read_text(encoding="utf-8"))
    path = hf_hub_download(hub["repository"], "pytorch_model.bin", revision=hub["revision"])
    table = read_weights(Path(path))[hub["embedding_tensor"]].float().numpy()
    lengths = np.linalg.norm(table, axis=1)
    write_atomically(options.output / "lengths.json", to_json(lengths.tolist()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
TORCH = """import torch

    weights: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
    return weights"""
PICKLE = """import torch

    # Files of this age predate the zip form that the restricted loader wants.
    options = {"weights_only": False, "map_location": "cpu"}
    weights: dict[str, Any] = torch.load(path, **options)
    return weights"""
CONFIG = """# The older model that we compare with; no safetensors file was ever published of it.
repository: example-research/review-embeddings-2021
revision: COMMIT
embedding_tensor: embeddings.word_embeddings.weight
"""
TARGET = """
older-base:
	$(PYTHON) -m training.older_base --hub $(CONFIGS)/older-base.yaml --output build/older
"""


@plant(
    rules=("unsafe-deserialization", "unsafe-model-format"),
    severities=("high", "medium", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("weights_only", "pickle", "torch.load", "deserial"),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A model from the hub is unpickled with the safeguard of torch switched off.

    ## Why
    `weights_only=False` lets the file of another account import and call what it likes. The commit
    fixes the bytes, and nobody here has looked into them; the publisher of a model two hundred people
    have downloaded needs one upload and a bumped commit.

    ## Fix
    Convert the file once in a closed container, record the digest of the safetensors file, and load
    that; or `weights_only=True`.
    """
    commit = "".join(vary.choose(*"0123456789abcdef") for _ in range(40))
    load = vary.choose(TORCH, PICKLE)
    path = "src/training/older_base.py"
    project.add(path, CODE.replace("LOAD", load))
    project.add("models/configs/older-base.yaml", CONFIG.replace("COMMIT", commit))
    project.append("Makefile", TARGET)
    yield Place(path, "weights: dict[str, Any] = torch.load(path")
