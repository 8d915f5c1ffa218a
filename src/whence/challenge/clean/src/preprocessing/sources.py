"""The raw files and what is recorded of them: origin, licence and digest."""

import json
from dataclasses import dataclass
from pathlib import Path

from preprocessing.schema import DataRefused
from sentibot.digests import read_verified
from sentibot.files import inside

ACCEPTED_LICENCES = frozenset({"CC0-1.0", "CC-BY-4.0"})


@dataclass(frozen=True)
class Source:
    path: str
    sha256: str
    origin: str
    licence: str
    personal_data: bool


def recorded_sources(manifest: bytes) -> list[Source]:
    """Read the data manifest; a source without origin or usable licence is refused."""
    sources = []
    for entry in json.loads(manifest)["sources"]:
        fields = {name: entry[name] for name in Source.__dataclass_fields__}
        source = Source(**fields)
        if not source.origin:
            raise DataRefused(f"{source.path} has no recorded origin")
        if source.licence not in ACCEPTED_LICENCES:
            raise DataRefused(f"{source.path}: licence {source.licence!r} is not accepted")
        if source.personal_data:
            raise DataRefused(f"{source.path} holds personal data without a recorded basis")
        sources.append(source)
    return sources


def read_source(root: Path, manifest: bytes, name: str) -> bytes:
    """Read a raw file whose digest must be the recorded one."""
    for source in recorded_sources(manifest):
        if Path(source.path).name == name:
            return read_verified(inside(root, source.path), source.sha256)
    raise DataRefused(f"{name} is not recorded in the data manifest")
