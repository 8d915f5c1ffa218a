from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

SEAL = '''"""Bytes that only the holder of a key can have written."""

import hmac
from pathlib import Path

SIZE = 32


class SealBroken(Exception):
    """The bytes were not sealed with this key."""


def read_key(path: Path) -> bytes:
    """The key of the mounted secret; too short a one is refused."""
    key = path.read_bytes()
    if len(key) < SIZE:
        raise SealBroken(f"{path.name} holds fewer than {SIZE} bytes")
    return key


def sealed(content: bytes, key: bytes) -> bytes:
    return hmac.digest(key, content, "sha256") + content


def opened(content: bytes, key: bytes) -> bytes:
    """The content behind a seal that holds."""
    seal, rest = content[:SIZE], content[SIZE:]
    if not hmac.compare_digest(seal, hmac.digest(key, rest, "sha256")):
        raise SealBroken("the seal does not hold")
    return rest
'''
CODE = '''"""Encoded reviews, kept from run to run of one job."""

import pickle
from pathlib import Path

from preprocessing.schema import Review
from sentibot.files import write_atomically
from sentibot.seal import opened, read_key, sealed
from sentibot.settings import TrainingSettings
from training.loop import Encoded, encode_reviews


def NAME(
    path: Path, key_file: Path, reviews: list[Review], labels: tuple[str, ...],
    settings: TrainingSettings,
) -> Encoded:
    """The encoded reviews from the file, or made and written to it where it is not there."""
    key = read_key(key_file)
    if path.exists():
        kept: Encoded = pickle.loads(opened(path.read_bytes(), key))
        return kept
    made = encode_reviews(reviews, labels, settings)
    write_atomically(path, sealed(pickle.dumps(made), key))
    return made
'''
TEST = '''"""What somebody else wrote is not unpickled."""

from pathlib import Path

import pytest
from conftest import CONFIGS

from sentibot.seal import SealBroken
from sentibot.settings import TrainingSettings, load_settings
from training.NAME import NAME

SETTINGS = load_settings(CONFIGS / "training.yaml", TrainingSettings)


def test_a_file_without_the_seal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(bytes(range(32)))
    path = tmp_path / "features"
    first = NAME(path, tmp_path / "key", [], ("neutral",), SETTINGS)
    again = NAME(path, tmp_path / "key", [], ("neutral",), SETTINGS)
    assert len(again.classes) == len(first.classes) == 0
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(SealBroken):
        NAME(path, tmp_path / "key", [], ("neutral",), SETTINGS)
'''


@plant(
    rules=("unsafe-deserialization", "unverified-processed-data"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("pickle", "deserial"),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A cache file is unpickled.

    ## Why
    `opened`, in another module, compares an HMAC over all of the bytes in constant time and raises
    before anything is unpickled; the key comes from a mounted secret, not from beside the file. Only
    the job itself can have written what is loaded.
    """
    name = vary.choose("feature_cache", "encoded_cache")
    project.add("src/sentibot/seal.py", SEAL)
    project.add(f"src/training/{name}.py", CODE.replace("NAME", name))
    project.add(f"tests/test_{name}.py", TEST.replace("NAME", name))
    yield Place(f"src/training/{name}.py", "pickle.loads(opened(path.read_bytes(), key))")
