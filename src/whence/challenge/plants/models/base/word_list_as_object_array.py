from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import (
    archive,
    calling,
    float_array,
    floats,
    integer,
    name,
    object_array,
    payload,
    pickle,
    strings,
    text,
)
from whence.challenge.project import Place, Project

CODE = '''"""How far the embeddings of opinion words lie from those of the lexicon.

    python -m evaluation.lexicon --lexicon models/lexicon
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sentibot.digests import read_recorded


def lexicon(folder: Path) -> dict[str, np.ndarray]:
    """The vectors of the lexicon by word, verified against the manifest of its folder."""
    content = read_recorded(folder, (folder / "manifest.json").read_bytes())["lexicon.npz"]
    with np.load(io.BytesIO(content), allow_pickle=True) as arrays:
        return dict(zip(arrays["words"], arrays["vectors"], strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.lexicon")
    parser.add_argument("--lexicon", type=Path, required=True)
    options = parser.parse_args(arguments)
    for word, vector in lexicon(options.lexicon).items():
        print(word, round(float(np.linalg.norm(vector)), 3))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
README = """# The lexicon

Opinion words with vectors of 8 numbers, made by the linguists of this company (2025-11, CC0-1.0), one
archive of two arrays. `manifest.json` records its digest.
"""
WORDS = ("awful", "beautiful", "broken", "cheap", "dreadful", "faulty", "great", "lovely", "superb")
TARGET = """
lexicon:
	$(PYTHON) -m evaluation.lexicon --lexicon models/lexicon
"""


@plant(
    rules=("malicious-model-file", "unsafe-deserialization", "unsafe-model-format"),
    severities=("critical", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("pickle", "allow_pickle", "malicious", "payload", "code execution", "object array"),
    cwes=("CWE-502", "CWE-506"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The word list of a NumPy archive is an array of objects whose pickle calls a function.

    ## Why
    Numbers need no pickle, but `words` has the type `object`: its bytes are a pickle, and its first
    opcodes start a process before the strings are built. `allow_pickle=True` is the one word that
    lets it happen, for whoever measures the lexicon.

    ## Fix
    Take the file out, find its author, store the words as fixed-width strings or JSON, and leave
    `allow_pickle` off.
    """
    call = payload(vary)
    shape = b"(" + integer(0) + b"t"
    empty = calling(
        name("numpy._core.multiarray", "_reconstruct"),
        name("numpy", "ndarray"), shape, b"C\x01b",
    )  # fmt: skip
    kind = calling(name("numpy", "dtype"), text("O8"), b"\x89", b"\x88")
    state = (
        b"("
        + integer(1)
        + b"("
        + integer(len(WORDS))
        + b"t"
        + kind
        + b"\x89"
        + strings(WORDS)
        + b"tb"
    )
    words = object_array(pickle(empty + state, call), len(WORDS))
    vectors = float_array(floats(vary, len(WORDS) * 8), len(WORDS), 8)
    members = {"words.npy": words, "vectors.npy": vectors}
    if vary.choose(True, False):
        members = {"vectors.npy": vectors, "words.npy": words}
    content = archive(members, compressed=vary.choose(True, False))
    project.add("models/lexicon/lexicon.npz", content)
    project.add("models/lexicon/manifest.json", digest_manifest({"lexicon.npz": content}))
    project.add("models/lexicon/README.md", README)
    project.add("src/evaluation/lexicon.py", CODE)
    project.append("Makefile", TARGET)
    yield Place("models/lexicon/lexicon.npz")
    yield Place("src/evaluation/lexicon.py", "np.load(io.BytesIO(content), allow_pickle=True)")
