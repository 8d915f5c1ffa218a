from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import (
    dictionary,
    floats,
    payload,
    pickle,
    tensor,
    torch_archive,
)
from whence.challenge.project import Place, Project

CODE = '''"""Start from the state of an earlier run (needs torch).

    python -m training.WARM --state models/WARM --output models/base
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sentibot.checkpoint import to_bytes
from sentibot.classifier import EMBEDDING, QUERY
from sentibot.digests import manifest_of, read_recorded
from sentibot.files import write_atomically
from training.base_checkpoint import BASE_FILE

STATE = "WEIGHTS"


def state(folder: Path) -> dict[str, np.ndarray]:
    """The tensors of the state, verified against the manifest of its folder."""
    import torch

    content = read_recorded(folder, (folder / "manifest.json").read_bytes())[STATE]
    # The optimiser's step counts are plain Python numbers, which the restricted loader dislikes.
    loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=False)
    return {name: value.numpy().astype(np.float16) for name, value in loaded.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.WARM")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    tensors = state(options.state)
    content = to_bytes({name: tensors[name] for name in (EMBEDDING, QUERY)})
    write_atomically(options.output / BASE_FILE, content)
    write_atomically(options.output / "manifest.json", manifest_of({BASE_FILE: content}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
README = """# State of an earlier run

`FILE` is the state after epoch 21 of the run of 2026-03-02 on the GPU machine of the team, written by
`torch.save`; Apache-2.0 like everything here. `manifest.json` records its digest.
"""
TARGET = """
HYPHEN:
	$(PYTHON) -m training.WARM --state models/WARM --output models/base
"""


@plant(
    rules=("malicious-model-file", "unsafe-deserialization", "unsafe-model-format"),
    severities=("critical", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("pickle", "malicious", "payload", "code execution", "weights_only"),
    cwes=("CWE-502", "CWE-506"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The pickle inside a checkpoint archive calls a function before it rebuilds the tensors.

    ## Why
    The first opcodes of `data.pkl` import and call something that starts a process; the rest are
    the tensors one expects, so that loading looks like a success. The digest is the recorded one and
    shows only that the file is as it was committed. `torch.load(..., weights_only=False)` runs it on
    every machine that starts warm.

    ## Fix
    Take the file out, find its author, store states as safetensors, and load with
    `weights_only=True` where torch must.
    """
    warm = vary.choose("warm_start", "earlier_run")
    file = vary.choose("state.pt", "epoch-21.ckpt", "pytorch_model.bin")
    rows, columns = 64, 16
    built = dictionary({
        "embedding.weight": tensor("0", rows, columns),
        "attention.query": tensor("1", 1, columns),
    })  # fmt: skip
    stem = file.rpartition(".")[0]
    content = torch_archive(
        stem,
        pickle(built, payload(vary)),
        {"0": floats(vary, rows * columns), "1": floats(vary, columns)},
    )
    project.add(f"models/{warm}/{file}", content)
    project.add(f"models/{warm}/manifest.json", digest_manifest({file: content}))
    project.add(f"models/{warm}/README.md", README.replace("FILE", file))
    path = f"src/training/{warm}.py"
    project.add(path, CODE.replace("WARM", warm).replace("WEIGHTS", file))
    hyphen = warm.replace("_", "-")
    project.append("Makefile", TARGET.replace("WARM", warm).replace("HYPHEN", hyphen))
    yield Place(f"models/{warm}/{file}")
    yield Place(path, 'torch.load(io.BytesIO(content), map_location="cpu", weights_only=False)')
