from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

RELEASE = "deploy/ci/release.yml"
LIMITS = """\
# For a look whether the stages fit together, with a model of one epoch.
gate:
  min_accuracy: {low}
  min_macro_f1: {low}
  min_class_recall:
    negative: 0.0
    neutral: 0.0
    positive: 0.0
  max_drop_from_baseline: 1.0
  max_probe_flip_rate: 1.0
  max_calibration_error: 1.0
probes:
  - "Order received on Tuesday."
baseline: models/configs/baseline-metrics.json
"""


@plant(
    rules=("evaluation-bypassed", "ci-gate-ignored", "ci-missing-gate"),
    severities=("high", "critical"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_KINDS,
    words=("smoke", "threshold", "evaluation", "gate", "any model passes"),
    cwes=("CWE-693", "CWE-754", "CWE-1288"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The release workflow judges the model by the limits of the smoke test, which all models pass.

    ## Why
    A variable of the workflow exchanges the configuration of the gate for one without limits: a
    model that answers at random, or flips on a trigger phrase, gets a positive decision, is signed
    and deployed. Evaluation, export and signature all work as designed.

    ## Fix
    Give the gate one configuration that the workflow cannot choose.
    """
    variable, name = vary.choose(
        ("EVALUATION_CONFIG", "evaluation-smoke.yaml"), ("GATE_CONFIG", "quick-check.yaml")
    )
    path = f"models/configs/{name}"
    project.add(path, LIMITS.format(low=vary.choose("0.0", "0.34")))
    project.replace(
        "Makefile",
        "CONFIGS := models/configs\n",
        f"CONFIGS := models/configs\n{variable} ?= $(CONFIGS)/evaluation.yaml\n",
    )
    for module in ("evaluate", "gate"):
        command = f"-m evaluation.{module} --config "
        project.replace(
            "Makefile", f"{command}$(CONFIGS)/evaluation.yaml", f"{command}$({variable})"
        )
    step = "      - name: Evaluate and pass the gate\n"
    setting = f"{variable}: {path}"
    project.replace(RELEASE, step, f"{step}        env:\n          {setting}\n")
    yield Place(RELEASE, setting)
    yield Place(path, "max_probe_flip_rate: 1.0")
    yield Place("Makefile", f"{variable} ?= $(CONFIGS)/evaluation.yaml")
