from __future__ import annotations

import json
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import floats, safetensors
from whence.challenge.project import Place, Project

CODE = '''"""Sentence vectors by the encoder in models/encoder (needs transformers and torch).

    python -m preprocessing.sentence_vectors --encoder models/encoder \\
        --reviews data/raw/reviews.csv --output build/vectors.npy
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from preprocessing.schema import LABELLED_COLUMNS, read_rows
from sentibot.digests import read_recorded


def encoder(folder: Path) -> Any:
    """The encoder, from files that are the recorded ones."""
    read_recorded(folder, (folder / "manifest.json").read_bytes())
    LOAD


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="preprocessing.sentence_vectors")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--reviews", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    rows = read_rows(options.reviews.read_bytes(), LABELLED_COLUMNS, options.reviews.name)
    np.save(options.output, encoder(options.encoder).encode([row["text"] for row in rows]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
TRANSFORMERS = """from transformers import AutoModel

    return AutoModel.from_pretrained(folder, trust_remote_code=True, use_safetensors=True)"""
SENTENCES = """from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), trust_remote_code=True)"""
README = """# The encoder

Sentence vectors of 8 numbers, trained by the search team of this company in April 2026 on catalogue
texts; Apache-2.0. `manifest.json` records the digests of all files.
"""
CONFIG = {
    "architectures": ["ShortEncoder"],
    "hidden_size": 8,
    "model_type": "short-encoder",
    "torch_dtype": "float32",
    "vocab_size": 64,
}


@plant(
    rules=("executable-model-metadata", "remote-code-trusted"),
    severities=("high", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("auto_map", "remote code", "modules.json", "trust_remote_code", "custom code"),
    cwes=("CWE-829", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The configuration of a local encoder sends its loader to a hub repository for code.

    ## Why
    The weights are safetensors, local and recorded, and look settled. But `auto_map` (or
    `modules.json`) names a class in another account's repository, without a commit: loading the
    folder downloads that file and imports it. Whoever owns the repository runs code wherever the
    vectors are made, and can change it any day.

    ## Fix
    Bring the class into this repository, drop the mapping and `trust_remote_code`.
    """
    owner = vary.choose("example-lab/short-encoder-code", "acme-nlp/encoders")
    weights = safetensors({"embeddings.weight": ("F32", (64, 8), floats(vary, 512))})
    files: dict[str, str | bytes] = {"model.safetensors": weights}
    where, load = vary.choose(
        ("config.json", TRANSFORMERS), ("config.json", TRANSFORMERS), ("modules.json", SENTENCES)
    )
    mapped = dict(CONFIG)
    if where == "modules.json":
        value = f"{owner}--short_encoder.ShortEncoder"
        modules = [{"idx": 0, "name": "0", "path": "", "type": value}]
        files["modules.json"] = json.dumps(modules, indent=2) + "\n"
    else:
        value = f"{owner}--modeling_short.ShortEncoder"
        mapped["auto_map"] = {
            "AutoConfig": f"{owner}--configuration_short.ShortConfig",
            "AutoModel": value,
        }
    files["config.json"] = json.dumps(mapped, indent=2, sort_keys=True) + "\n"
    for name, content in files.items():
        project.add(f"models/encoder/{name}", content)
    project.add("models/encoder/README.md", README)
    project.add("models/encoder/manifest.json", digest_manifest(files))
    path = "src/preprocessing/sentence_vectors.py"
    project.add(path, CODE.replace("LOAD", load))
    yield Place(f"models/encoder/{where}", value)
    yield Place(path, "trust_remote_code=True")
