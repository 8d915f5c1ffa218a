"""Verify a release as the service would, without serving it.

    python -m inference.verify --release models/fine-tuned \
        --public-key deploy/k8s/platform/model-signing.pub
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from inference.release import load_release
from sentibot.checkpoint import CheckpointRefused
from sentibot.digests import DigestMismatch
from sentibot.envelope import SignatureRefused, read_public_key

log = logging.getLogger("inference.verify")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.verify")
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--public-key", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        release = load_release(options.release, read_public_key(options.public_key))
    except (SignatureRefused, DigestMismatch, CheckpointRefused) as problem:
        log.error("refused: %s", problem)
        return 1
    log.info("%s %s holds", release.metadata.name, release.metadata.version)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
