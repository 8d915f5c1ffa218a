"""Pack a signed release and publish it to the model bucket.

    python -m training.publish --release models/fine-tuned --bundle build/sentibot.tar \
        --uri s3://BUCKET/releases/sentibot-1.4.0.tar --record build/published.json

Without `--uri` the bundle is only packed.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentibot import bundle, object_store
from sentibot.digests import DigestMismatch, read_recorded, sha256, to_json
from sentibot.envelope import ENVELOPE_FILE
from sentibot.files import write_atomically

log = logging.getLogger("training.publish")


def pack_release(folder: Path) -> bytes:
    """Pack the files of the manifest, the manifest and its envelope; nothing else."""
    manifest = (folder / "manifest.json").read_bytes()
    files = read_recorded(folder, manifest)
    files["manifest.json"] = manifest
    files[ENVELOPE_FILE] = (folder / ENVELOPE_FILE).read_bytes()
    return bundle.pack(files)


def upload(client: Any, uri: str, content: bytes) -> str:
    """Store the bundle and return the version id that the bucket gave it."""
    location = object_store.LOCATION.fullmatch(uri)
    if location is None:
        raise object_store.ObjectRefused(f"{uri!r} is not an S3 address")
    answer = client.put_object(
        Bucket=location["bucket"],
        Key=location["key"],
        Body=content,
        ChecksumAlgorithm="SHA256",
        ServerSideEncryption="aws:kms",
    )
    return str(answer["VersionId"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.publish")
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--uri")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        content = pack_release(options.release)
        record = {"sha256": sha256(content), "bytes": len(content)}
        if options.uri is not None:
            version_id = upload(object_store.connect(), options.uri, content)
            record |= {"uri": options.uri, "version_id": version_id}
    except (DigestMismatch, object_store.ObjectRefused) as problem:
        log.error("refused: %s", problem)
        return 1
    write_atomically(options.bundle, content)
    write_atomically(options.record, to_json(record))
    log.info("bundle %s", record["sha256"])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
