"""A release, read from a folder and trusted only after its signature and digests hold."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sentibot.checkpoint import WEIGHTS_FILE, from_bytes
from sentibot.classifier import Parameters, shapes
from sentibot.digests import read_recorded, sha256
from sentibot.envelope import ENVELOPE_FILE, verify
from sentibot.settings import ModelSettings, Settings

METADATA_FILE = "metadata.json"


class Lineage(Settings):
    """From what a model was made; all by digest."""

    version: str
    labels: tuple[str, ...]
    seed: int
    numpy: str
    base_checkpoint_sha256: str
    data_manifest_sha256: str
    training_config_sha256: str
    preprocessing_config_sha256: str


class Metadata(Settings):
    name: str
    version: str
    format: str
    labels: tuple[str, ...]
    model: ModelSettings
    lineage: Lineage


@dataclass(frozen=True)
class Release:
    metadata: Metadata
    parameters: Parameters
    weights_sha256: str


def load_release(folder: Path, key: Ed25519PublicKey) -> Release:
    """Verify the signed manifest, then every file it lists; decode the bytes that were checked.

    Raises SignatureRefused, DigestMismatch or CheckpointRefused.
    """
    manifest = verify((folder / ENVELOPE_FILE).read_bytes(), key)
    files = read_recorded(folder, manifest)
    metadata = Metadata.model_validate_json(files[METADATA_FILE])
    model = metadata.model
    expected = shapes(model.buckets, model.dimensions, len(metadata.labels))
    weights = files[WEIGHTS_FILE]
    return Release(metadata, from_bytes(weights, expected), sha256(weights))
