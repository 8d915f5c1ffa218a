"""A release trained from the committed data, made once for all tests that need one."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sentibot.envelope import read_public_key
from training import export, pipeline, sign

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "models" / "configs"


@dataclass(frozen=True)
class Workshop:
    """Where one run of the stages left its files."""

    folder: Path

    @property
    def candidate(self) -> Path:
        return self.folder / "candidate"

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    @property
    def decision(self) -> Path:
        return self.folder / "decision.json"

    @property
    def release(self) -> Path:
        return self.folder / "release"

    @property
    def private_key(self) -> Path:
        return self.folder / "keys" / "signing.pem"

    @property
    def public_key_file(self) -> Path:
        return self.folder / "keys" / "signing.pub"

    @property
    def public_key(self) -> Ed25519PublicKey:
        return read_public_key(self.public_key_file)

    def export_arguments(self) -> list[str]:
        return [
            *("--name", "sentibot", "--candidate", str(self.candidate)),
            *("--report", str(self.report), "--decision", str(self.decision)),
            *("--config", str(CONFIGS / "training.yaml"), "--output", str(self.release)),
        ]


def gate_arguments(workshop: Workshop) -> list[str]:
    return [
        *("--config", str(CONFIGS / "evaluation.yaml"), "--root", str(ROOT)),
        *("--report", str(workshop.report), "--decision", str(workshop.decision)),
        *("--history", str(workshop.folder / "history.sqlite")),
    ]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Run the pipeline on the committed raw data, export and sign with a key made here."""
    made = Workshop(tmp_path_factory.mktemp("workshop"))
    shutil.copytree(ROOT / "data" / "raw", made.folder / "data" / "raw")
    steps = [step for step in pipeline.stages(ROOT, made.folder) if step[0] != "fetch"]
    assert pipeline.run(steps) == 0
    assert export.main(made.export_arguments()) == 0
    sign.write_key_pair(made.private_key, made.public_key_file)
    assert sign.main(["--release", str(made.release), "--key", str(made.private_key)]) == 0
    return made


@pytest.fixture
def release(workshop: Workshop, tmp_path: Path) -> Path:
    """A copy of the signed release that a test may spoil."""
    folder = tmp_path / "release"
    folder.mkdir()
    for path in workshop.release.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
