"""Fetch the bundle of a release and unpack it for the service.

    python -m inference.fetch_release --uri s3://BUCKET/releases/sentibot-1.4.0.tar \
        --version-id ID --sha256 DIGEST --output FOLDER

Version and digest come from the reviewed deployment, not from the bucket. The
service verifies the signature of what was unpacked before it serves it.
"""

import argparse
import logging
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentibot import bundle, object_store
from sentibot.digests import DigestMismatch

log = logging.getLogger("inference.fetch_release")


def fetch_release(client: Any, wanted: object_store.ObjectVersion, output: Path) -> list[str]:
    """Unpack the verified bundle; the output folder is replaced as a whole."""
    content = object_store.fetch(client, wanted)
    output.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name}."))
    try:
        names = bundle.unpack(content, staging)
        if output.exists():
            shutil.rmtree(output)
        staging.rename(output)
    except BaseException:
        shutil.rmtree(staging)
        raise
    return names


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.fetch_release")
    parser.add_argument("--uri", required=True)
    parser.add_argument("--version-id", required=True)
    parser.add_argument("--sha256", required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    wanted = object_store.ObjectVersion(
        options.uri, options.version_id, options.sha256, bundle.MAX_BUNDLE_BYTES
    )
    try:
        names = fetch_release(object_store.connect(), wanted, options.output)
    except (DigestMismatch, bundle.BundleRefused, object_store.ObjectRefused) as problem:
        log.error("refused: %s", problem)
        return 1
    log.info("unpacked %s", ", ".join(names))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
