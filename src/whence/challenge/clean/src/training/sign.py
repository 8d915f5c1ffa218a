"""Sign the manifest of a release.

    python -m training.sign --release models/fine-tuned --key KEY.pem

The key is an unencrypted PEM file that only the signing job can read; it never
lies in the repository. With `--new-key` a pair is made for local trials.
"""

import argparse
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sentibot.digests import DigestMismatch, read_recorded
from sentibot.envelope import ENVELOPE_FILE, SignatureRefused, key_id, read_private_key, sign
from sentibot.files import write_atomically

log = logging.getLogger("training.sign")


def sign_release(folder: Path, key: Ed25519PrivateKey) -> None:
    """Sign the manifest after checking every file that it lists."""
    manifest = (folder / "manifest.json").read_bytes()
    read_recorded(folder, manifest)
    write_atomically(folder / ENVELOPE_FILE, sign(manifest, key))


def write_key_pair(private: Path, public: Path) -> None:
    """Make a key pair; the private half is readable by its owner only."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
    write_atomically(
        public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="training.sign")
    parser.add_argument("--key", type=Path, required=True)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--release", type=Path)
    action.add_argument("--new-key", type=Path, metavar="PUBLIC", help="make a pair instead")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    if options.new_key is not None:
        write_key_pair(options.key, options.new_key)
        return 0
    try:
        key = read_private_key(options.key)
        sign_release(options.release, key)
    except (DigestMismatch, SignatureRefused) as problem:
        log.error("refused: %s", problem)
        return 1
    log.info("signed by key %s", key_id(key.public_key()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
