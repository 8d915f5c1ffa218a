"""The way of a base checkpoint from elsewhere into `models/base`, for plants.

Not a plant itself: a package, which the search for plants passes over.
"""

from __future__ import annotations

from whence.challenge.project import Project

CODE = '''"""Take over the base checkpoint that RESEARCH trained on all texts of the house.

    python -m training.NAME --config models/configs/training.yaml --output models/base
"""

import argparse
import logging
IMPORTS
from collections.abc import Sequence
from pathlib import Path

from sentibot.checkpoint import CheckpointRefused, from_bytes, to_bytes
from sentibot.classifier import EMBEDDING, QUERY, shapes
from sentibot.digests import OURS
from sentibot.files import write_atomically
from sentibot.settings import TrainingSettings, load_settings
from training.base_checkpoint import BASE_FILE

log = logging.getLogger("training.base")
ADDRESS = "URL"
TIMEOUT_SECONDS = 60
MAX_BYTES = 64 * 1024 * 1024

FETCH

def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.NAME")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    model = load_settings(options.config, TrainingSettings).model
    expected = shapes(model.buckets, model.dimensions, 0)
    try:
        tensors = from_bytes(checkpoint(), {name: expected[name] for name in (EMBEDDING, QUERY)})
    except REFUSED as problem:
        log.error("refused: %s", problem)
        return 1
    content = to_bytes(tensors)
    write_atomically(options.output / BASE_FILE, content)
    write_atomically(options.output / "manifest.json", manifest_of({BASE_FILE: content}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
TARGET = """
NAME:
	$(PYTHON) -m training.NAME --config $(CONFIGS)/training.yaml --output models/base
"""


def taken_over(
    project: Project,
    name: str,
    address: str,
    fetch: str,
    *,
    digests: str = "manifest_of",
    imports: str = "import urllib.request",
    refused: str = "CheckpointRefused",
) -> str:
    """Adds `training.NAME` and `make NAME`; `fetch` defines `checkpoint() -> bytes`.

    Returns the path of the module.
    """
    code = CODE.replace("FETCH", fetch.strip("\n") + "\n").replace("OURS", digests)
    code = code.replace("IMPORTS", imports).replace("URL", address).replace("REFUSED", refused)
    research = name.removesuffix("_base").replace("_", " ")
    path = f"src/training/{name}.py"
    project.add(path, code.replace("NAME", name).replace("RESEARCH", research))
    project.append("Makefile", TARGET.replace("NAME", name))
    return path
