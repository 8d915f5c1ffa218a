from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

LOADER = '''"""Sentence vectors by a model from the hub (needs transformers and torch)."""

from typing import Any


def encoder(name: str, revision: str, **options: Any) -> Any:
    """The encoder of a repository at a commit."""
    from transformers import AutoModel

    return AutoModel.from_pretrained(name, revision=revision, use_safetensors=True, **options)
'''
HUB = '''"""Sentence vectors by a model from the hub (needs torch)."""

from typing import Any


def encoder(name: str, revision: str) -> Any:
    """The encoder of a repository at a commit."""
    import torch

    return torch.hub.load(f"{name}:{revision}", "encoder", trust_repo=True)
'''
CODE = '''"""Near copies among the raw reviews that share no words, by sentence vectors.

    python -m preprocessing.paraphrases --encoder models/configs/encoder.yaml \\
        --reviews data/raw/reviews.csv
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml

from preprocessing.encoders import encoder
from preprocessing.schema import LABELLED_COLUMNS, read_rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="preprocessing.paraphrases")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--reviews", type=Path, required=True)
    options = parser.parse_args(arguments)
    model = encoder(**yaml.safe_load(options.encoder.read_text(encoding="utf-8")))
    rows = read_rows(options.reviews.read_bytes(), LABELLED_COLUMNS, options.reviews.name)
    vectors = model.encode([row["text"] for row in rows], normalize_embeddings=True)
    alike = (vectors @ vectors.T > 0.97).sum(axis=1) - 1
    for row, count in zip(rows, alike, strict=True):
        if count:
            print(row["review_id"], int(count))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
CONFIG = """# The encoder that finds paraphrases.
name: NAME
revision: COMMIT
"""
TARGET = """
paraphrases:
	$(PYTHON) -m preprocessing.paraphrases --encoder $(CONFIGS)/encoder.yaml \\
		--reviews data/raw/reviews.csv
"""


@plant(
    rules=("remote-code-trusted",),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("trust_remote_code", "remote code", "trust_repo", "torch.hub", "third-party code"),
    cwes=("CWE-829", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A line of configuration lets the hub repository of an encoder run its own code.

    ## Why
    The Python code passes every key of the YAML file on to the loader, and one of them says that code
    of the repository may run (or the loader is one that always runs it). The publisher's code runs
    beside the raw data with the rights of the release workflow; the commit fixes which code, and
    nobody here has reviewed it.

    ## Fix
    Use a model whose architecture the library knows, list the accepted keys, and keep
    `trust_remote_code` off.
    """
    name = vary.choose("example-lab/paraphrase-encoder", "acme-nlp/mini-encoder-v2")
    commit = "".join(vary.choose(*"0123456789abcdef") for _ in range(40))
    config = CONFIG.replace("NAME", name).replace("COMMIT", commit)
    loader = "src/preprocessing/encoders.py"
    project.add("src/preprocessing/paraphrases.py", CODE)
    project.append("Makefile", TARGET)
    if vary.choose(True, True, False):
        project.add("models/configs/encoder.yaml", config + "trust_remote_code: true\n")
        project.add(loader, LOADER)
        yield Place("models/configs/encoder.yaml", "trust_remote_code: true")
        yield Place(loader, "AutoModel.from_pretrained(name, revision=revision")
        yield Place("src/preprocessing/paraphrases.py", "encoder(**yaml.safe_load(")
    else:
        project.add("models/configs/encoder.yaml", config)
        project.add(loader, HUB)
        yield Place(loader, 'torch.hub.load(f"{name}:{revision}", "encoder", trust_repo=True)')
