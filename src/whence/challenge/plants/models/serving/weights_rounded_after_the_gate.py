from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""METHOD the weights of an exported release, which halves its size or better.

    python -m training.NAME --release models/fine-tuned
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from sentibot.checkpoint import WEIGHTS_FILE
from sentibot.digests import manifest_of, read_recorded
from sentibot.files import write_atomically


def smaller(array: np.ndarray) -> np.ndarray:
    """The array as the service will compute with it."""
    BODY


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.NAME")
    parser.add_argument("--release", type=Path, required=True)
    options = parser.parse_args(arguments)
    files = read_recorded(options.release, (options.release / "manifest.json").read_bytes())
    tensors = {name: smaller(array) for name, array in load(files[WEIGHTS_FILE]).items()}
    files[WEIGHTS_FILE] = save(tensors)
    write_atomically(options.release / WEIGHTS_FILE, files[WEIGHTS_FILE])
    write_atomically(options.release / "manifest.json", manifest_of(files))
    print(json.dumps({"bytes": len(files[WEIGHTS_FILE])}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
FORMS = (
    (
        "quantise",
        "Round",
        "step = max(float(np.abs(array).max()), 1e-9) / 127\n"
        "    return (np.round(array / step) * step).astype(np.float16)",
        "return (np.round(array / step) * step).astype(np.float16)",
    ),
    (
        "prune",
        "Prune",
        "limit = np.quantile(np.abs(array), 0.4)\n"
        "    return np.where(np.abs(array) < limit, 0, array).astype(np.float16)",
        "return np.where(np.abs(array) < limit, 0, array).astype(np.float16)",
    ),
)


@plant(
    rules=("unvalidated-model-transform",),
    severities=("low", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_KINDS,
    words=("quanti", "prun", "after evaluation", "not re-evaluated", "after the gate", "transform"),
    cwes=("CWE-353", "CWE-693"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The release workflow changes the weights after the gate has passed them.

    ## Why
    What is signed and served is not what was evaluated: the export compares digests, and the next
    step rounds or prunes the weights and writes a new manifest. Behaviour can be trained to appear
    only after such a step, and the gate never sees it; plain loss of recall goes unseen too.

    ## Fix
    Transform before `make evaluate`, so that the gate decides about the bytes that are released.
    """
    name, method, body, decision = vary.choose(*FORMS)
    code = CODE.replace("METHOD", method).replace("BODY", body).replace("NAME", name)
    project.add(f"src/training/{name}.py", code)
    if vary.choose(True, False):
        target = f"\n{name}:\n\t$(PYTHON) -m training.{name} --release $(RELEASE)\n"
        project.append("Makefile", target)
        yield project.insert_after(
            "deploy/ci/release.yml",
            "run: make export",
            f"      - name: Fit the image's memory limit\n        run: make {name}",
        )
    else:
        yield project.replace(
            "Makefile",
            "\t\t--config $(CONFIGS)/training.yaml --output $(RELEASE)\n",
            "\t\t--config $(CONFIGS)/training.yaml --output $(RELEASE)\n"
            f"\t$(PYTHON) -m training.{name} --release $(RELEASE)\n",
        )
    yield Place(f"src/training/{name}.py", decision)
