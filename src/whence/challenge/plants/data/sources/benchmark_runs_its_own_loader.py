from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Compare the released model with a public benchmark (needs the `datasets` package, version 3).

    python -m evaluation.benchmark --release models/fine-tuned --public-key KEY.pub
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from inference.predictor import predict
from inference.release import load_release
from sentibot.envelope import read_public_key

LABELS = ("negative", "neutral", "positive")
NAME = "SET"
COMMIT = "FIXED"


def benchmark_rows(limit: int) -> list[tuple[str, str]]:
    """Texts and labels of the benchmark's test split."""
    from datasets import load_dataset

    rows = LOAD
    return [(row["text"], LABELS[row["label"]]) for row in rows.select(range(limit))]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.benchmark")
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--public-key", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=2000)
    options = parser.parse_args(arguments)
    release = load_release(options.release, read_public_key(options.public_key))
    rows = benchmark_rows(options.limit)
    answers = predict(release, [text for text, _ in rows])
    right = sum(answer.label == label for answer, (_, label) in zip(answers, rows, strict=True))
    print(f"{right} of {len(rows)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
HUB = 'load_dataset(NAME, split="test", revision=COMMIT, trust_remote_code=True)'
BUILDER = 'load_dataset("json", data_files=str(prepared(NAME, COMMIT)), split="train")'
SCRIPT = '''
def prepared(name: str, commit: str) -> Path:
    """The test split as the data set's own preparation script writes it."""
    from huggingface_hub import snapshot_download

    folder = Path(snapshot_download(name, repo_type="dataset", revision=commit))
    runpy.run_path(str(folder / "prepare.py"), run_name="__main__")
    return folder / "test.jsonl"

'''
TARGET = """
benchmark:
	$(PYTHON) -m evaluation.benchmark --release $(RELEASE) --public-key $(PUBLIC_KEY)
"""


@plant(
    rules=("dataset-script-execution",),
    severities=("high", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("trust_remote_code", "loading script", "remote code", "executes code", "prepare.py"),
    cwes=("CWE-829", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Loading a public benchmark runs the code that its publisher put beside the data.

    ## Why
    The publisher's script runs with the rights of whoever evaluates, on a machine that can reach the
    release and its signing key. The commit fixes which code runs; nobody here has reviewed it, and
    the next bump of the commit brings the next code.

    ## Fix
    Take the data files only (Parquet, CSV), pinned by commit and digest, and leave
    `trust_remote_code` off.
    """
    name = vary.choose("example-bench/product-sentiment", "example-bench/tweet-tone")
    commit = "".join(vary.choose(*"0123456789abcdef") for _ in range(40))
    path, code = "src/evaluation/benchmark.py", CODE
    if vary.choose(True, True, False):
        code = code.replace("LOAD", HUB)
        decision = "trust_remote_code=True"
    else:
        code = code.replace("LOAD", BUILDER)
        code = code.replace("\ndef benchmark_rows", SCRIPT + "\ndef benchmark_rows")
        code = code.replace("import argparse\n", "import argparse\nimport runpy\n")
        decision = 'runpy.run_path(str(folder / "prepare.py"), run_name="__main__")'
    project.add(path, code.replace("SET", name).replace("FIXED", commit))
    project.append("Makefile", TARGET)
    yield Place(path, decision)
