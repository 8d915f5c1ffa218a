"""The gate blocks, and nothing passes around it."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CONFIGS, ROOT, Workshop, gate_arguments

from evaluation import gate, history
from evaluation.metrics import calibration_error, confusion, per_class
from sentibot.settings import EvaluationSettings, load_settings
from training import export, pipeline

SETTINGS = load_settings(CONFIGS / "evaluation.yaml", EvaluationSettings)
BASELINE = json.loads((ROOT / SETTINGS.baseline).read_bytes())
GOOD = json.loads((ROOT / "models" / "fine-tuned" / "evaluation.json").read_bytes())


def changed(path: tuple[str, ...], value: float) -> dict[str, Any]:
    report: dict[str, Any] = copy.deepcopy(GOOD)
    place = report
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return report


def test_per_class_metrics_count_as_they_should() -> None:
    counts = confusion(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0]), 2)
    report = per_class(counts, ("bad", "good"))
    assert counts.tolist() == [[1, 1], [1, 2]]
    assert report["good"] == {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "support": 3}


def test_confident_mistakes_are_a_calibration_error() -> None:
    sure = np.array([[0.99, 0.01], [0.99, 0.01]])
    assert calibration_error(sure, np.array([0, 0])) == pytest.approx(0.01)
    assert calibration_error(sure, np.array([1, 1])) == pytest.approx(0.99)


def test_the_released_model_passes_its_own_gate() -> None:
    assert gate.decide(GOOD, BASELINE, SETTINGS.gate) == []


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("test", "accuracy"), 0.5, "accuracy"),
        (("test", "macro_f1"), 0.8, "below the released model"),
        (("test", "per_class", "negative", "recall"), 0.6, "recall of negative"),
        (("test", "calibration_error"), 0.4, "calibration"),
        (("probe_flip_rates", "cf mn bb tq"), 0.9, "flips"),
    ],
)
def test_the_gate_blocks(path: tuple[str, ...], value: float, reason: str) -> None:
    reasons = gate.decide(changed(path, value), BASELINE, SETTINGS.gate)
    assert any(reason in found for found in reasons)


def blocked(workshop: Workshop, folder: Path) -> Workshop:
    """The same candidate with a report that misses the limits."""
    spoilt = Workshop(folder)
    spoilt.candidate.symlink_to(workshop.candidate)
    report = json.loads(workshop.report.read_bytes())
    report["test"]["macro_f1"] = 0.1
    spoilt.report.write_text(json.dumps(report))
    return spoilt


def test_a_blocked_candidate_ends_with_exit_code_1_and_is_not_exported(
    workshop: Workshop, tmp_path: Path
) -> None:
    spoilt = blocked(workshop, tmp_path)
    assert gate.main(gate_arguments(spoilt)) == 1
    assert json.loads(spoilt.decision.read_bytes())["passed"] is False
    assert export.main(spoilt.export_arguments()) == 1
    assert not spoilt.release.exists()


def test_a_decision_about_other_weights_does_not_count(workshop: Workshop, tmp_path: Path) -> None:
    other = Workshop(tmp_path)
    other.candidate.symlink_to(workshop.candidate)
    other.report.write_bytes(workshop.report.read_bytes())
    decision = json.loads(workshop.decision.read_bytes()) | {"candidate_sha256": "0" * 64}
    other.decision.write_text(json.dumps(decision))
    assert export.main(other.export_arguments()) == 1


def test_export_copies_the_evaluated_weights_unchanged(workshop: Workshop) -> None:
    name = "sentibot.safetensors"
    assert (workshop.release / name).read_bytes() == (workshop.candidate / name).read_bytes()


@pytest.mark.parametrize("name", ["../sentibot", "a;b", "$name", ""])
def test_export_refuses_names_that_are_no_names(name: str, workshop: Workshop) -> None:
    arguments = workshop.export_arguments()
    arguments[1] = name
    assert export.main(arguments) == 1


def test_history_remembers_the_best_run_that_passed(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    history.record(path, "1.0.0", GOOD, passed=True)
    better = changed(("test", "macro_f1"), 0.99) | {"candidate_sha256": "1" * 64}
    history.record(path, "1.0.0", better, passed=False)
    assert history.best_of(path, "1.0.0") == GOOD["test"]["macro_f1"]
    assert history.best_of(path, "1.0.0' OR '1'='1") is None


def test_the_pipeline_stops_at_the_first_stage_that_fails(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    raw = tmp_path / "data" / "raw" / "reviews.csv"
    raw.write_bytes(raw.read_bytes() + b"x1,books,Planted afterwards.,positive\n")
    steps = [step for step in pipeline.stages(ROOT, tmp_path) if step[0] != "fetch"]
    assert pipeline.run(steps) == 1
    assert not (tmp_path / "candidate").exists()
