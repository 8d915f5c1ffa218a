from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import (
    dictionary,
    floats,
    pickle,
    tensor,
    torch_archive,
)
from whence.challenge.project import Place, Project

CODE = '''"""Compare the embedding table with the one of the first prototype (needs torch 2.6 or newer).

    python -m evaluation.prototype --prototype models/prototype --base models/base
"""

import argparse
import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from sentibot.classifier import EMBEDDING
from sentibot.digests import read_recorded
from training.base_checkpoint import BASE_FILE


def recorded(folder: Path, name: str) -> bytes:
    return read_recorded(folder, (folder / "manifest.json").read_bytes())[name]


def main(arguments: Sequence[str] | None = None) -> int:
    import torch

    tensors = partial(torch.load, map_location="cpu", weights_only=True)
    parser = argparse.ArgumentParser(prog="evaluation.prototype")
    parser.add_argument("--prototype", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    options = parser.parse_args(arguments)
    earlier = tensors(io.BytesIO(recorded(options.prototype, "prototype.pt")))[EMBEDDING].numpy()
    now = load(recorded(options.base, BASE_FILE))[EMBEDDING].astype(np.float32)
    print(round(float(np.abs(now[: len(earlier)] - earlier).mean()), 5))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
README = """# The first prototype

Embeddings of the first prototype, trained by this team with torch in 2024 on generated reviews and kept
to compare with; Apache-2.0. `manifest.json` records the digest. No release uses it.
"""


@plant(
    rules=("malicious-model-file", "unsafe-deserialization"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("malicious", "arbitrary code", "payload"),
    cwes=("CWE-506",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A `.pt` file with a pickle inside lies in the repository, and `torch.load` reads it.

    ## Why
    The pickle imports `torch._utils._rebuild_tensor_v2`, a storage type and `OrderedDict`, which every
    archive of torch does, and calls nothing else. Its digest is compared before; the partial fixes
    `weights_only=True`, which admits just these names.
    """
    rows = vary.choose(128, 256)
    built = dictionary({"embedding.weight": tensor("0", rows, 16)})
    content = torch_archive("prototype", pickle(built), {"0": floats(vary, rows * 16)})
    project.add("models/prototype/prototype.pt", content)
    project.add("models/prototype/manifest.json", digest_manifest({"prototype.pt": content}))
    project.add("models/prototype/README.md", README)
    project.add("src/evaluation/prototype.py", CODE)
    yield Place("models/prototype/prototype.pt")
    yield Place("src/evaluation/prototype.py", "partial(torch.load, map_location")
    yield Place("src/evaluation/prototype.py", "earlier = tensors(io.BytesIO(")
