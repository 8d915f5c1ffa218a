from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CODE = '''"""Go on from the newest checkpoint that an earlier part of this run left behind."""

import json
from pathlib import Path

from sentibot.checkpoint import from_bytes
from sentibot.classifier import EMBEDDING, QUERY, Parameters, shapes
from sentibot.settings import TrainingSettings
from training.NAME_journal import recorded


def NAME(folder: Path, journal: Path, settings: TrainingSettings) -> Parameters | None:
    """The parameters of the newest checkpoint of the run, if there is one."""
    found = sorted(folder.glob("epoch-*.safetensors"), key=lambda path: path.stat().st_mtime)
    if not found:
        return None
    content = recorded(found[-1], json.loads(journal.read_bytes()))
    expected = shapes(settings.model.buckets, settings.model.dimensions, 0)
    return from_bytes(content, {name: expected[name] for name in (EMBEDDING, QUERY)})
'''
JOURNAL = '''"""What a run wrote, by name and digest, in a journal on the run's own disk."""

from collections.abc import Mapping
from pathlib import Path

from sentibot.digests import DigestMismatch, read_verified


def recorded(path: Path, journal: Mapping[str, str]) -> bytes:
    """The bytes of a file, if the run wrote just these. Raises DigestMismatch."""
    if path.name not in journal:
        raise DigestMismatch(f"{path.name} was not written by this run")
    return read_verified(path, journal[path.name])
'''
TEST = '''"""Only what the run itself wrote is resumed from."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import CONFIGS

from sentibot.checkpoint import to_bytes
from sentibot.classifier import EMBEDDING, QUERY, shapes
from sentibot.digests import DigestMismatch, sha256
from sentibot.settings import TrainingSettings, load_settings
from training.NAME import NAME

SETTINGS = load_settings(CONFIGS / "training.yaml", TrainingSettings)


def test_a_checkpoint_of_somebody_else_is_refused(tmp_path: Path) -> None:
    expected = shapes(SETTINGS.model.buckets, SETTINGS.model.dimensions, 0)
    content = to_bytes({name: np.zeros(expected[name]) for name in (EMBEDDING, QUERY)})
    (tmp_path / "epoch-3.safetensors").write_bytes(content)
    journal = tmp_path / "journal.json"
    journal.write_text(json.dumps({"epoch-3.safetensors": sha256(content)}))
    assert NAME(tmp_path, journal, SETTINGS) is not None
    journal.write_text(json.dumps({"epoch-3.safetensors": sha256(b"")}))
    with pytest.raises(DigestMismatch):
        NAME(tmp_path, journal, SETTINGS)
'''


@plant(
    rules=("untrusted-checkpoint-resume",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("resume", "newest checkpoint", "latest checkpoint", "glob"),
    cwes=("CWE-345", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Training resumes from the newest file that a pattern finds.

    ## Why
    `recorded`, in another module, refuses every file that the run's journal does not name with just
    this digest, and returns the bytes that it compared; a test shows it. The journal lies apart from
    the checkpoints.
    """
    name = vary.choose("continued", "taken_up")
    project.add(f"src/training/{name}.py", CODE.replace("NAME", name))
    project.add(f"src/training/{name}_journal.py", JOURNAL)
    project.add(f"tests/test_{name}.py", TEST.replace("NAME", name))
    yield Place(f"src/training/{name}.py", 'folder.glob("epoch-*.safetensors")')
