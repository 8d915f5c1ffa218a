from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TABLE = '''"""The steps that may follow fine-tuning, by the names that configuration uses."""

STEPS = {
    "norms": "training.parameter_norms",
    "extremes": "training.parameter_extremes",
}
'''
RUNNER = '''"""Steps after fine-tuning, imported only where they are wanted.

    python -m training.NAME --config models/configs/NAME.yaml \\
        --candidate build/candidate
"""

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path

import yaml
from safetensors.numpy import load

from sentibot.checkpoint import WEIGHTS_FILE
from sentibot.digests import read_recorded
from training.step_table import STEPS


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.NAME")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--candidate", type=Path, required=True)
    options = parser.parse_args(arguments)
    manifest = (options.candidate / "manifest.json").read_bytes()
    parameters = load(read_recorded(options.candidate, manifest)[WEIGHTS_FILE])
    for name in yaml.safe_load(options.config.read_text(encoding="utf-8"))["steps"]:
        step = importlib.import_module(STEPS[name])
        step.run(parameters)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
STEP = '''"""The {0} of every parameter."""

import numpy as np


def run(parameters: dict[str, np.ndarray]) -> None:
    for name, array in sorted(parameters.items()):
        print(name, {1})
'''


@plant(
    rules=("config-driven-execution",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("import_module", "dynamic import", "arbitrary code"),
    cwes=("CWE-470", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Names from a YAML file decide which modules are imported.

    ## Why
    The names are keys of a fixed table in `training.step_table`; what is imported are the two modules
    that the table holds, and any other name is a KeyError.
    """
    name = vary.choose("inspection", "closing_look")
    project.add("src/training/step_table.py", TABLE)
    project.add(f"src/training/{name}.py", RUNNER.replace("NAME", name))
    norms = STEP.format("norm", "round(float(np.linalg.norm(array)), 4)")
    project.add("src/training/parameter_norms.py", norms)
    extremes = STEP.format("range", "float(array.min()), float(array.max())")
    project.add("src/training/parameter_extremes.py", extremes)
    project.add(f"models/configs/{name}.yaml", "steps: [norms, extremes]\n")
    yield Place(f"src/training/{name}.py", "importlib.import_module(STEPS[name])")
