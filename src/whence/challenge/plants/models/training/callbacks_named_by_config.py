from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

STEPS = '''"""What is done after fine-tuning; the list stands in models/configs/NAME.yaml."""

import LIBRARY
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from sentibot.classifier import Parameters


def named(path: str) -> Callable[..., Any]:
    """The function or class of a dotted path."""
    BODY


def NAME(config: Path, parameters: Parameters) -> None:
    """Run the steps of the list in order, each with its arguments."""
    for step in yaml.safe_load(config.read_text(encoding="utf-8")):
        function = named(step.pop("KEY"))
        function(parameters, **step)
'''
SUMMARY = '''"""Sizes of parameters, for the log."""

import logging

import numpy as np

from sentibot.classifier import Parameters

log = logging.getLogger("training")


def norms(parameters: Parameters, digits: int = 3) -> None:
    """Log the norm of every parameter."""
    for name, array in sorted(parameters.items()):
        log.info("%s %s", name, round(float(np.linalg.norm(array)), digits))
'''
FORMS = (
    (
        "importlib",
        'module, _, attribute = path.rpartition(".")\n'
        "    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)\n"
        "    return found",
        "getattr(importlib.import_module(module), attribute)",
    ),
    (
        "pkgutil",
        "found: Callable[..., Any] = pkgutil.resolve_name(path)\n    return found",
        "pkgutil.resolve_name(path)",
    ),
    (
        "pydoc",
        "found = pydoc.locate(path)\n"
        "    if not callable(found):\n"
        '        raise TypeError(f"{path} cannot be called")\n'
        "    return found",
        "pydoc.locate(path)",
    ),
)


@plant(
    rules=("config-driven-execution",),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=(
        "import_module",
        "_target_",
        "dynamic import",
        "arbitrary code",
        "dotted path",
        "resolve_name",
    ),
    cwes=("CWE-470", "CWE-94"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A YAML file names the functions that fine-tuning calls, and any name will do.

    ## Why
    `subprocess.run` or `os.system` is as good a name as one of ours, with arguments from the same
    line. What reviewers see as tuning of a configuration file, owned by people who own no code, is a
    program that runs in the release workflow before weights are signed.

    ## Fix
    Choose from a mapping of names to functions, as `training.optimizers.OPTIMIZERS` does.
    """
    name = vary.choose("aftercare", "closing_steps")
    key = vary.choose("_target_", "call", "function")
    library, body, decision = vary.choose(*FORMS)
    code = STEPS.replace("NAME", name).replace("LIBRARY", library).replace("BODY", body)
    project.add(f"src/training/{name}.py", code.replace("KEY", key))
    project.add("src/training/summary.py", SUMMARY)
    config = f"models/configs/{name}.yaml"
    project.add(config, f"- {key}: training.summary.norms\n  digits: 4\n")
    finetune, flag = "src/training/finetune.py", name.replace("_", "-")
    project.insert_after(
        finetune,
        "from training.base_checkpoint import BASE_FILE",
        f"from training.{name} import {name}",
    )
    project.insert_after(
        finetune,
        'parser.add_argument("--base", type=Path, required=True)',
        f'    parser.add_argument("--{flag}", type=Path)',
    )
    yield Place(f"src/training/{name}.py", decision)
    yield Place(f"src/training/{name}.py", f'named(step.pop("{key}"))')
    project.replace(
        finetune,
        "    lineage = {\n",
        f"    if options.{name} is not None:\n        {name}(options.{name}, parameters)\n    lineage = {{\n",
    )
    yield Place(config, f"{key}: training.summary.norms")
    project.insert_after(
        "Makefile",
        "--preprocessing $(CONFIGS)/preprocessing.yaml \\",
        f"\t\t--{flag} $(CONFIGS)/{name}.yaml \\",
    )
