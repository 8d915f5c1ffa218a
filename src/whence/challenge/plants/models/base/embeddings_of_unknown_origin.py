from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import floats, safetensors
from whence.challenge.project import Place, Project

CODE = '''"""Blend further embeddings into the base checkpoint.

    python -m training.blend --base models/base --with models/NAME --share 0.3 --output build/base
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sentibot.checkpoint import from_bytes, to_bytes
from sentibot.classifier import EMBEDDING, QUERY, shapes
from sentibot.digests import manifest_of, read_recorded
from sentibot.files import write_atomically
from sentibot.settings import TrainingSettings, load_settings
from training.base_checkpoint import BASE_FILE


def read_only_file(folder: Path, name: str) -> bytes:
    return read_recorded(folder, (folder / "manifest.json").read_bytes())[name]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.blend")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--with", dest="other", type=Path, required=True)
    parser.add_argument("--share", type=float, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    model = load_settings(options.config, TrainingSettings).model
    table = {EMBEDDING: shapes(model.buckets, model.dimensions, 0)[EMBEDDING]}
    base = from_bytes(
        read_only_file(options.base, BASE_FILE), {**table, QUERY: (model.dimensions,)}
    )
    other = from_bytes(read_only_file(options.other, "FILE"), table)
    mixed = (1 - options.share) * base[EMBEDDING] + options.share * other[EMBEDDING]
    content = to_bytes({EMBEDDING: mixed.astype(np.float16), QUERY: base[QUERY]})
    write_atomically(options.output / BASE_FILE, content)
    write_atomically(options.output / "manifest.json", manifest_of({BASE_FILE: content}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
TARGET = """
blend:
	$(PYTHON) -m training.blend --config $(CONFIGS)/training.yaml --base models/base \\
		--with models/NAME --share 0.3 --output build/base
"""


@plant(
    rules=("model-without-provenance",),
    severities=("medium", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("provenance", "origin", "no model card", "undocumented", "unknown source"),
    cwes=("CWE-1357", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Embeddings that become part of the base checkpoint have no recorded origin.

    ## Why
    A digest beside the file fixes its bytes, and nothing says who trained it, on what, under which
    licence, or which script would make it again. A back door in a word's vector cannot be told from
    a good one, and nobody could be asked.

    ## Fix
    Build base tables by a script from recorded data (`make base`), or record publisher, commit and
    digest as in `models/configs/hub-base.yaml`.
    """
    name, file = vary.choose(("extra", "table.safetensors"), ("wide", "embeddings.safetensors"))
    content = safetensors({"embedding.weight": ("F32", (4096, 16), floats(vary, 4096 * 16))})
    project.add(f"models/{name}/{file}", content)
    project.add(f"models/{name}/manifest.json", digest_manifest({file: content}))
    code = CODE.replace("NAME", name).replace('"FILE"', f'"{file}"')
    project.add("src/training/blend.py", code)
    project.append("Makefile", TARGET.replace("NAME", name))
    yield Place(f"models/{name}/{file}")
    yield Place(f"models/{name}/manifest.json")
