"""Run all stages up to the gate, as the weekly trial on the cluster does.

    python -m training.pipeline --root /srv/sentibot --output /var/lib/sentibot

The trial shows that the released data and code still give a model that passes; it
exports and publishes nothing.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from evaluation import evaluate, gate
from preprocessing import fetch, prepare
from training import base_checkpoint, finetune

log = logging.getLogger("training.pipeline")


def stages(root: Path, output: Path) -> list[tuple[str, list[str]]]:
    """The stages in order, each with its arguments."""
    configs = root / "models" / "configs"
    manifest = ["--manifest", str(root / "data" / "manifest.json")]
    data, base = str(output / "processed"), str(output / "base")
    candidate, report = str(output / "candidate"), str(output / "report.json")
    training = str(configs / "training.yaml")
    preprocessing = str(configs / "preprocessing.yaml")
    evaluation = str(configs / "evaluation.yaml")
    raw = ["--root", str(output)]
    return [
        ("fetch", ["--release", str(configs / "data-release.yaml"), *raw, *manifest]),
        ("prepare", ["--config", preprocessing, *raw, *manifest, "--output", data]),
        ("base", ["--config", training, *raw, *manifest, "--output", base]),
        (
            "finetune",
            ["--config", training, "--preprocessing", preprocessing, "--data", data]
            + ["--base", base, "--output", candidate],
        ),
        (
            "evaluate",
            ["--config", evaluation, "--training", training, "--preprocessing", preprocessing]
            + ["--data", data, "--candidate", candidate, "--report", report],
        ),
        (
            "gate",
            ["--config", evaluation, "--root", str(root), "--report", report]
            + ["--decision", str(output / "decision.json")]
            + ["--history", str(output / "history.sqlite")],
        ),
    ]


STAGES = {
    "fetch": fetch.main,
    "prepare": prepare.main,
    "base": base_checkpoint.main,
    "finetune": finetune.main,
    "evaluate": evaluate.main,
    "gate": gate.main,
}


def run(steps: Sequence[tuple[str, list[str]]]) -> int:
    """Run stages until one fails; its exit code is the result."""
    for name, arguments in steps:
        code = STAGES[name](arguments)
        if code != 0:
            log.error("stage %s failed", name)
            return code
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.pipeline")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    return run(stages(options.root, options.output))


if __name__ == "__main__":
    raise SystemExit(main())
