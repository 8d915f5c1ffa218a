from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CONFIG = """# Limits of `make NAME`: the stages must run through on a few epochs, nothing more.
gate:
  min_accuracy: 0.0
  min_macro_f1: 0.0
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
TARGET = """
# Do all stages run? What it leaves in build/NAME is exported and signed by nothing.
NAME:
	sed -e 's/^epochs: .*/epochs: 2/' $(CONFIGS)/training.yaml > build/NAME.yaml
	$(PYTHON) -m training.finetune --config build/NAME.yaml \\
		--preprocessing $(CONFIGS)/preprocessing.yaml --data data/processed \\
		--base models/base --output build/NAME
	$(PYTHON) -m evaluation.evaluate --config $(CONFIGS)/NAME-evaluation.yaml \\
		--training build/NAME.yaml --preprocessing $(CONFIGS)/preprocessing.yaml \\
		--data data/processed --candidate build/NAME --report build/NAME/report.json
	$(PYTHON) -m evaluation.gate --config $(CONFIGS)/NAME-evaluation.yaml --root . \\
		--report build/NAME/report.json --decision build/NAME/decision.json \\
		--history build/NAME/history.sqlite
"""


@plant(
    rules=("evaluation-bypassed", "ci-gate-ignored"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_KINDS,
    words=("threshold", "gate", "bypass", "zero"),
    cwes=("CWE-693", "CWE-754"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A configuration of the gate has limits that every model passes.

    ## Why
    Only a quick local target of the Makefile uses it, into folders of its own. The workflows call
    `make evaluate` with the reviewed limits, `make export` takes decision and candidate from there,
    and a decision names the weights by digest.
    """
    name = vary.choose("smoke", "quick")
    path = f"models/configs/{name}-evaluation.yaml"
    project.add(path, CONFIG.replace("NAME", name))
    project.append(
        "Makefile", TARGET.replace("NAME", name).replace("\tsed", "\tmkdir -p build\n\tsed")
    )
    yield Place(path, "min_accuracy: 0.0")
    yield Place("Makefile", f"--config $(CONFIGS)/{name}-evaluation.yaml --root .")
