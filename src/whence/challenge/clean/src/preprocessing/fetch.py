"""Fetch the raw files of a data release from the data bucket.

    python -m preprocessing.fetch --release models/configs/data-release.yaml \
        --root . --manifest data/manifest.json

Every object is fetched by its version and must have the digest that the data
manifest, reviewed with the code, records for it.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from preprocessing.sources import recorded_sources
from sentibot import object_store
from sentibot.digests import DigestMismatch
from sentibot.files import inside, write_atomically
from sentibot.settings import Settings, load_settings

log = logging.getLogger("preprocessing.fetch")
MAX_SOURCE_BYTES = 32 * 1024 * 1024


class ReleasedObject(Settings):
    path: str
    uri: str
    version_id: str


class DataRelease(Settings):
    objects: tuple[ReleasedObject, ...]


def fetch_release(client: Any, release: DataRelease, manifest: bytes, root: Path) -> list[str]:
    """Write the files of a release below the root and return their paths."""
    digests = {source.path: source.sha256 for source in recorded_sources(manifest)}
    for item in release.objects:
        wanted = object_store.ObjectVersion(
            item.uri, item.version_id, digests[item.path], MAX_SOURCE_BYTES
        )
        write_atomically(inside(root, item.path), object_store.fetch(client, wanted))
    return [item.path for item in release.objects]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="preprocessing.fetch")
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    release = load_settings(options.release, DataRelease)
    try:
        paths = fetch_release(
            object_store.connect(), release, options.manifest.read_bytes(), options.root
        )
    except (DigestMismatch, object_store.ObjectRefused) as problem:
        log.error("refused: %s", problem)
        return 1
    log.info("fetched %s", ", ".join(paths))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
