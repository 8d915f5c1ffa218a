from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Soft labels for the unlabelled reviews, by a public model (needs transformers 5 and torch).

    python -m training.teacher --texts data/raw/unlabelled.csv --output build/soft-labels.jsonl
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from preprocessing.schema import UNLABELLED_COLUMNS, read_rows
from sentibot.digests import to_json_lines
from sentibot.files import write_atomically
EXTRA

def teacher() -> Any:
    """The public model, ready to label."""
    LOAD


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.teacher")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    rows = read_rows(options.texts.read_bytes(), UNLABELLED_COLUMNS, options.texts.name)
    label = teacher()
    answers = [{"review_id": row["review_id"], **label(row["text"])[0]} for row in rows]
    write_atomically(options.output, to_json_lines(answers))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
PIPELINE = """from transformers import pipeline

    name = "MODEL"
    return pipeline("text-classification", model=name)"""
PRETRAINED = """from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    name = "MODEL"
    model = AutoModelForSequenceClassification.from_pretrained(name, use_safetensors=True)
    tokenizer = AutoTokenizer.from_pretrained(name)
    return pipeline("text-classification", model=model, tokenizer=tokenizer)"""
CONFIGURED = """from transformers import pipeline

    settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return pipeline("text-classification", **settings)"""
CONFIG = """# Arguments of the pipeline that labels the unlabelled reviews.
model: MODEL
revision: main
model_kwargs:
  use_safetensors: true
"""
TARGET = """
soft-labels:
	$(PYTHON) -m training.teacher --texts data/raw/unlabelled.csv \\
		--output build/soft-labels.jsonl
"""
MODELS = (
    "cardiffnlp/twitter-roberta-base-sentiment-latest",
    "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
)


@plant(
    rules=("unpinned-model-revision",),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("revision", "unpinned", "not pinned", "mutable", "moving"),
    cwes=("CWE-494", "CWE-829"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The model that labels the unlabelled reviews is loaded by name, at whatever commit it stands.

    ## Why
    The publisher, or whoever takes the account over, exchanges weights and tokenizer at any time; the
    next run takes them, and the labels that SentiBot learns from follow. No digest is compared either.

    ## Fix
    Name the commit (`revision` of 40 hex digits) and compare digests, as
    `models/configs/hub-base.yaml` does.
    """
    model = vary.choose(*MODELS)
    path = "src/training/teacher.py"
    load, extra = vary.choose((PIPELINE, ""), (PRETRAINED, ""), (CONFIGURED, "yaml"))
    project.append("Makefile", TARGET)
    if extra:
        code = CODE.replace("EXTRA", '\nCONFIG = Path("models/configs/teacher.yaml")\n')
        code = code.replace("from typing import Any\n", "from typing import Any\n\nimport yaml\n")
        project.add("models/configs/teacher.yaml", CONFIG.replace("MODEL", model))
        project.add(path, code.replace("LOAD", load))
        yield Place("models/configs/teacher.yaml", "revision: main")
        yield Place(path, 'return pipeline("text-classification", **settings)')
    else:
        project.add(path, CODE.replace("EXTRA", "").replace("LOAD", load.replace("MODEL", model)))
        yield Place(path, f'"{model}"')
