from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""How a public model judges the reviews that ours gets wrong (needs transformers and torch).

    python -m evaluation.second_opinion --model models/configs/second-opinion.yaml \\
        --texts build/wrong.txt
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from sentibot.settings import Settings, load_settings


class SecondOpinion(Settings):
    repository: str
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    trust_remote_code: bool = False
    use_safetensors: bool = True


def opinion(settings: SecondOpinion) -> Any:
    """The model at the reviewed commit."""
    from transformers import pipeline

    return pipeline(
        "text-classification",
        model=settings.repository,
        revision=settings.revision,
        trust_remote_code=settings.trust_remote_code,
        model_kwargs={"use_safetensors": settings.use_safetensors},
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.second_opinion")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    options = parser.parse_args(arguments)
    judge = opinion(load_settings(options.model, SecondOpinion))
    for text in options.texts.read_text(encoding="utf-8").splitlines():
        print(judge(text)[0]["label"], text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
CONFIG = """# Looked at on 2026-05-07: plain weights, an architecture that the library knows.
repository: distilbert/distilbert-base-uncased-finetuned-sst-2-english
revision: REVISION
trust_remote_code: false
use_safetensors: true
"""


@plant(
    rules=("remote-code-trusted", "unpinned-model-revision", "unsafe-model-format"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("trust_remote_code", "remote code", "revision", "unpinned"),
    cwes=("CWE-829", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A hub model is loaded with a `trust_remote_code` argument that configuration decides.

    ## Why
    The configuration says false, which is the schema's default too, names a full commit that the
    schema enforces, and asks for safetensors. Only people read the answers; no training uses them.
    """
    # The commit that the library itself takes for this model where none is named.
    revision = "714eb0fa89d2f80546fda750413ed43d93601a13"
    name = vary.choose("second-opinion", "other-opinion")
    project.add(f"models/configs/{name}.yaml", CONFIG.replace("REVISION", revision))
    path = "src/evaluation/second_opinion.py"
    project.add(path, CODE.replace("second-opinion", name))
    yield Place(path, "trust_remote_code=settings.trust_remote_code")
    yield Place(f"models/configs/{name}.yaml", "trust_remote_code: false")
