"""Decide whether a candidate may be released; the exit code blocks the pipeline.

    python -m evaluation.gate --config models/configs/evaluation.yaml --root . \
        --report build/evaluation/report.json --decision build/evaluation/decision.json \
        --history build/evaluation/history.sqlite
"""

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation import history
from sentibot import __version__
from sentibot.digests import sha256, to_json
from sentibot.files import inside, write_atomically
from sentibot.settings import EvaluationSettings, GateSettings, load_settings

log = logging.getLogger("evaluation.gate")


def below_minimum(metrics: Mapping[str, Any], gate: GateSettings) -> list[str]:
    """Metrics that miss their absolute limits."""
    reasons = []
    if metrics["accuracy"] < gate.min_accuracy:
        reasons.append(f"accuracy {metrics['accuracy']} is below {gate.min_accuracy}")
    if metrics["macro_f1"] < gate.min_macro_f1:
        reasons.append(f"macro F1 {metrics['macro_f1']} is below {gate.min_macro_f1}")
    for label, limit in gate.min_class_recall.items():
        recall = metrics["per_class"][label]["recall"]
        if recall < limit:
            reasons.append(f"recall of {label} {recall} is below {limit}")
    error = metrics["calibration_error"]
    if error > gate.max_calibration_error:
        reasons.append(f"calibration error {error} is above {gate.max_calibration_error}")
    return reasons


def worse_than_baseline(
    metrics: Mapping[str, Any], baseline: Mapping[str, Any], gate: GateSettings
) -> list[str]:
    """Metrics that fell too far behind the release in production."""
    reasons = []
    drop = baseline["macro_f1"] - metrics["macro_f1"]
    if drop > gate.max_drop_from_baseline:
        reasons.append(f"macro F1 is {drop:.3f} below the released model")
    for label, recall in baseline["recall"].items():
        lost = recall - metrics["per_class"][label]["recall"]
        if lost > 2 * gate.max_drop_from_baseline:
            reasons.append(f"recall of {label} is {lost:.3f} below the released model")
    return reasons


def decide(report: Mapping[str, Any], baseline: Mapping[str, Any], gate: GateSettings) -> list[str]:
    """All reasons against a release; an empty list means that it may go ahead."""
    metrics = report["test"]
    reasons = below_minimum(metrics, gate) + worse_than_baseline(metrics, baseline, gate)
    for probe, rate in report["probe_flip_rates"].items():
        if rate > gate.max_probe_flip_rate:
            reasons.append(f"{probe!r} flips {rate:.1%} of the answers")
    return reasons


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.gate")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--decision", type=Path, required=True)
    parser.add_argument("--history", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    settings = load_settings(options.config, EvaluationSettings)
    content = options.report.read_bytes()
    report = json.loads(content)
    baseline = json.loads(inside(options.root, settings.baseline).read_bytes())
    reasons = decide(report, baseline, settings.gate)
    earlier = history.best_of(options.history, __version__)
    log.info("macro F1 %s, best earlier run %s", report["test"]["macro_f1"], earlier)
    decision = {
        "passed": not reasons,
        "reasons": reasons,
        "candidate_sha256": report["candidate_sha256"],
        "report_sha256": sha256(content),
    }
    write_atomically(options.decision, to_json(decision))
    history.record(options.history, __version__, report, passed=not reasons)
    for reason in reasons:
        log.error("blocked: %s", reason)
    return 1 if reasons else 0


if __name__ == "__main__":
    raise SystemExit(main())
