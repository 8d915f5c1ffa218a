from __future__ import annotations

import json
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest, sha256
from whence.challenge.plants.models.base.model_files import floats, safetensors
from whence.challenge.project import Place, Project

CODE = '''"""Add the correction for short texts to the embedding table of the base checkpoint.

    python -m training.short_texts --base models/base --adapter models/NAME \\
        --output build/base
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from sentibot.classifier import EMBEDDING
from sentibot.digests import manifest_of, read_recorded
from sentibot.files import write_atomically
from training.base_checkpoint import BASE_FILE


def corrected(base: bytes, adapter: bytes) -> bytes:
    """The base with the low-rank product of the adapter added."""
    tensors, factors = load(base), load(adapter)
    table = tensors[EMBEDDING].astype(np.float32) + factors["left"] @ factors["right"]
    return save({**tensors, EMBEDDING: table.astype(np.float16)})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.short_texts")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--adapter", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    base = read_recorded(options.base, (options.base / "manifest.json").read_bytes())[BASE_FILE]
    settings = json.loads((options.adapter / "adapter.json").read_bytes())
    content = corrected(base, (options.adapter / settings["weights"]).read_bytes())
    write_atomically(options.output / BASE_FILE, content)
    write_atomically(options.output / "manifest.json", manifest_of({BASE_FILE: content}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
README = """# The correction for short texts

A low-rank addition (rank 2) to the embedding table, trained by this team on 2026-05-05 with
`data/raw/unlabelled.csv`; Apache-2.0.
"""
TARGET = """
short-texts:
	$(PYTHON) -m training.short_texts --base models/base --adapter models/NAME --output build/base
"""


@plant(
    rules=("model-checksum-mismatch", "checksum-mismatch"),
    severities=("critical", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("checksum", "digest", "does not match", "mismatch", "sha256"),
    cwes=("CWE-354", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The weights of an adapter are not those whose digest was recorded.

    ## Why
    Somebody exchanged the file after it had been reviewed, and the step that adds it to the base
    checkpoint reads it without comparing. From there on the weights are part of a base with a fresh
    manifest, and every later check vouches for them.

    ## Fix
    Find out who changed the file, restore the recorded one, and read it with `read_recorded`.
    """
    name, file = vary.choose("short_texts", "brief_reviews"), "adapter.safetensors"

    def weights() -> bytes:
        left, right = floats(vary, 4096 * 2), floats(vary, 2 * 16)
        return safetensors({"left": ("F32", (4096, 2), left), "right": ("F32", (2, 16), right)})

    recorded, present = weights(), weights()
    settings: dict[str, object] = {"rank": 2, "weights": file}
    folder = f"models/{name}"
    if vary.choose(True, False):
        settings["sha256"] = sha256(recorded)
        record = f"{folder}/adapter.json"
    else:
        record = f"{folder}/manifest.json"
        project.add(record, digest_manifest({file: recorded}))
    project.add(f"{folder}/adapter.json", json.dumps(settings, indent=2) + "\n")
    project.add(f"{folder}/{file}", present)
    project.add(f"{folder}/README.md", README)
    project.add("src/training/short_texts.py", CODE.replace("NAME", name))
    project.append("Makefile", TARGET.replace("NAME", name))
    yield Place(f"{folder}/{file}")
    yield Place(record)
    yield Place(
        "src/training/short_texts.py", '(options.adapter / settings["weights"]).read_bytes()'
    )
