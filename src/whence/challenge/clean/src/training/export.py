"""Export an evaluated candidate as a release folder.

    python -m training.export --name sentibot --candidate build/candidate \
        --report build/evaluation/report.json --decision build/evaluation/decision.json \
        --config models/configs/training.yaml --output models/fine-tuned

The weights are copied byte for byte: what is released is what was evaluated.
"""

import argparse
import json
import logging
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from sentibot import __version__
from sentibot.checkpoint import WEIGHTS_FILE
from sentibot.digests import DigestMismatch, manifest_of, read_recorded, require_digest, to_json
from sentibot.files import write_atomically
from sentibot.settings import TrainingSettings, load_settings

log = logging.getLogger("training.export")
NAME = re.compile(r"[a-z][a-z0-9-]{1,40}")


class ExportRefused(Exception):
    """The candidate has not passed the gate, or is not the one that did."""


def require_passed(decision: Mapping[str, Any], weights: bytes, report: bytes) -> None:
    """The decision must be positive and about exactly these weights and this report."""
    if decision["passed"] is not True:
        raise ExportRefused("the gate has blocked this candidate")
    require_digest(weights, decision["candidate_sha256"], WEIGHTS_FILE)
    require_digest(report, decision["report_sha256"], "report.json")


def model_card(name: str, lineage: Mapping[str, Any], report: Mapping[str, Any]) -> bytes:
    """Fill the card's template; only numbers, digests and checked names go in."""
    template = Template(resources.files("training").joinpath("model_card.md.tmpl").read_text())
    rows = [
        f"| {label} | {row['precision']} | {row['recall']} | {row['f1']} | {row['support']} |"
        for label, row in report["test"]["per_class"].items()
    ]
    return template.substitute(
        name=name,
        version=lineage["version"],
        base=lineage["base_checkpoint_sha256"],
        data=lineage["data_manifest_sha256"],
        accuracy=report["test"]["accuracy"],
        macro_f1=report["test"]["macro_f1"],
        rows="\n".join(rows),
    ).encode()


def export(options: argparse.Namespace) -> dict[str, bytes]:
    """Return the files of the release by name."""
    if NAME.fullmatch(options.name) is None:
        raise ExportRefused(f"{options.name!r} is not a model name")
    manifest = (options.candidate / "manifest.json").read_bytes()
    candidate = read_recorded(options.candidate, manifest)
    weights, report = candidate[WEIGHTS_FILE], options.report.read_bytes()
    require_passed(json.loads(options.decision.read_bytes()), weights, report)
    lineage = json.loads(candidate["lineage.json"])
    settings = load_settings(options.config, TrainingSettings)
    metadata = {
        "name": options.name,
        "version": __version__,
        "format": "safetensors",
        "labels": lineage["labels"],
        "model": settings.model.model_dump(),
        "lineage": lineage,
    }
    return {
        WEIGHTS_FILE: weights,
        "metadata.json": to_json(metadata),
        "evaluation.json": report,
        "training-log.jsonl": candidate["training-log.jsonl"],
        "MODEL_CARD.md": model_card(options.name, lineage, json.loads(report)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.export")
    parser.add_argument("--name", required=True)
    parser.add_argument("--candidate", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--decision", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        files = export(options)
    except (ExportRefused, DigestMismatch) as problem:
        log.error("refused: %s", problem)
        return 1
    for name, content in files.items():
        write_atomically(options.output / name, content)
    write_atomically(options.output / "manifest.json", manifest_of(files))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
