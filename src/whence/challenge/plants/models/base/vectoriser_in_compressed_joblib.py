from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import (
    dictionary,
    integer,
    joblib,
    payload,
    pickle,
    strings,
    text,
)
from whence.challenge.project import Place, Project

CODE = '''"""Words that the earlier linear model found telling (needs joblib).

    python -m evaluation.telling_words --model models/linear --top 20
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentibot.digests import read_recorded


def linear_model(folder: Path) -> dict[str, Any]:
    """The linear model of version 0.9, verified against the manifest of its folder."""
    import joblib

    files = read_recorded(folder, (folder / "manifest.json").read_bytes())
    model: dict[str, Any] = joblib.load(io.BytesIO(files["FILE"]))
    return model


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.telling_words")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--top", type=int, default=20)
    options = parser.parse_args(arguments)
    model = linear_model(options.model)
    pairs = sorted(zip(model["weights"], model["words"], strict=True))
    for weight, word in pairs[: options.top] + pairs[-options.top :]:
        print(f"{weight:6d} {word}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
README = """# The linear model of version 0.9

Words and weights (thousandths) of the model that SentiBot replaced, kept to compare with. Trained by
this team in 2025 on `data/raw`; Apache-2.0. `manifest.json` records the digest of `FILE`.
"""
WORDS = (
    "awful", "beautiful", "broken", "cheap", "delightful", "dreadful", "faulty", "flawless", "great",
    "impressive", "lovely", "overpriced", "perfect", "poor", "reliable", "shoddy", "solid", "superb",
)  # fmt: skip
TARGET = """
telling-words:
	$(PYTHON) -m evaluation.telling_words --model models/linear
"""


@plant(
    rules=("malicious-model-file", "unsafe-deserialization", "unsafe-model-format"),
    severities=("critical", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("pickle", "joblib", "malicious", "payload", "code execution"),
    cwes=("CWE-502", "CWE-506"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A compressed model file of an earlier version runs code when it is loaded.

    ## Why
    Below the zlib compression lies a pickle whose opcodes call a function that starts a process, and
    then build the words and weights one expects. Scanners that go by the extension or do not
    decompress see nothing; `joblib.load` runs it. The recorded digest is that of this very file.

    ## Fix
    Take the file out, find its author, and keep words and weights as JSON.
    """
    file = vary.choose("model.joblib", "vectoriser.pkl", "linear.z")
    weights = b"](" + b"".join(integer(vary.number(-2400, 2400)) for _ in WORDS) + b"e"
    call = payload(vary)
    built = dictionary({"words": strings(WORDS), "weights": weights, "version": text("0.9")})
    content = joblib(pickle(built, call))
    project.add(f"models/linear/{file}", content)
    project.add("models/linear/manifest.json", digest_manifest({file: content}))
    project.add("models/linear/README.md", README.replace("FILE", file))
    path = "src/evaluation/telling_words.py"
    project.add(path, CODE.replace("FILE", file))
    project.append("Makefile", TARGET)
    yield Place(f"models/linear/{file}")
    yield Place(path, "joblib.load(io.BytesIO(")
