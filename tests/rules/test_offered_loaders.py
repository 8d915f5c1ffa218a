"""What a package offers its users to load weighs more than what only it loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import audit_project

from whence.vocabulary.page import Example

RELEASE = {"ranker-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: ranker\nVersion: 1.0\n"}
PUBLISHED = {
    "setup.py": b"from setuptools import setup\n\n"
    b'setup(name="ranker", version="1.0", url="https://ranker.example.com",\n'
    b'      classifiers=["Topic :: Scientific/Engineering"])\n'
}
HEAD = "import pickle\n\nimport joblib\nimport torch\n\n\n"

OFFERED = {
    "a model beside its save": "class Ranker:\n"
    "    def save(self, path):\n        joblib.dump(self, path)\n\n"
    "    @classmethod\n    def load(cls, path):\n        return joblib.load(path)\n",
    "pretrained weights": "def load_pretrained(name):\n"
    "    return torch.load(name, weights_only=False)\n",
    "an adapter in a folder": "class Adapter:\n    @classmethod\n"
    "    def from_local_checkpoint(cls, folder):\n"
    '        return torch.load(f"{folder}/adapter.bin", weights_only=False)\n',
    "a converter of checkpoints": "def convert_checkpoint(source, target):\n"
    "    torch.save(torch.load(source, weights_only=False), target)\n",
    "bytes of another service": "class Client:\n    def answer(self, response):\n"
    "        return pickle.loads(response.content)\n",
    "a decoder": "class Decoder:\n    def deserialize(self, stream):\n"
    "        return pickle.load(stream)\n",
}
ITS_OWN = {
    "a cache": "class Cache:\n    def save(self, path):\n        joblib.dump(self, path)\n\n"
    "    def load(self, path):\n        return joblib.load(path)\n",
    "a private function": "def _load_model(path):\n    return joblib.load(path)\n",
    "a worker's state": "class Worker:\n    def restore_rank(self, folder):\n"
    "        return torch.load(folder, weights_only=False)\n",
    "a session": "class Session:\n    def load_model(self, path):\n"
    "        return joblib.load(path)\n",
    "rows": "def rows(path):\n    return joblib.load(path)\n",
}


def weights(code: str, beside: dict[str, bytes], folder: Path) -> set[str]:
    files = {**beside, "ranker/__init__.py": b"", "ranker/io.py": (HEAD + code).encode()}
    found = audit_project(Example(files, ()), folder, "unsafe-deserialization").open_findings
    return {str(each.severity) for each in found}


@pytest.mark.parametrize("beside", [RELEASE, PUBLISHED], ids=["release", "repository"])
@pytest.mark.parametrize("code", OFFERED.values(), ids=OFFERED)
def test_loader_that_a_package_offers_weighs_medium(
    code: str, beside: dict[str, bytes], tmp_path: Path
) -> None:
    assert weights(code, beside, tmp_path) == {"medium"}


@pytest.mark.parametrize("code", ITS_OWN.values(), ids=ITS_OWN)
def test_loader_of_what_is_the_callers_own_stays_low(code: str, tmp_path: Path) -> None:
    assert weights(code, RELEASE, tmp_path) == {"low"}


def test_loader_in_a_script_beside_the_package_stays_low(tmp_path: Path) -> None:
    script = (HEAD + OFFERED["pretrained weights"]).encode()
    files = {**PUBLISHED, "ranker/__init__.py": b"", "paper/figures.py": script}
    found = audit_project(Example(files, ()), tmp_path, "unsafe-deserialization").open_findings
    assert {str(each.severity) for each in found} == {"low"}


@pytest.mark.parametrize("code", OFFERED.values(), ids=OFFERED)
def test_loader_that_nobody_else_installs_stays_low(code: str, tmp_path: Path) -> None:
    assert weights(code, {}, tmp_path) == {"low"}
