"""A release is trusted for its signature and its digests, and for nothing else."""

import base64
import io
import json
import tarfile
from pathlib import Path

import pytest
from conftest import ROOT, Workshop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_preprocessing import Bucket

from inference import verify as verify_release
from inference.fetch_release import fetch_release
from inference.release import load_release
from sentibot import bundle, object_store
from sentibot.digests import DigestMismatch, manifest_of, sha256
from sentibot.envelope import ENVELOPE_FILE, SignatureRefused, read_private_key, sign, signed_bytes
from training import publish

COMMITTED = ROOT / "models" / "fine-tuned"
KEY = ROOT / "deploy" / "k8s" / "platform" / "model-signing.pub"
PINNED = ROOT / "deploy" / "k8s" / "overlays" / "production" / "release.env"


def resign(folder: Path, key: Ed25519PrivateKey) -> None:
    names = json.loads((folder / "manifest.json").read_bytes())["files"]
    manifest = manifest_of({name: (folder / name).read_bytes() for name in names})
    (folder / "manifest.json").write_bytes(manifest)
    (folder / ENVELOPE_FILE).write_bytes(sign(manifest, key))


def test_the_committed_release_is_signed_by_the_key_of_the_cluster() -> None:
    arguments = ["--release", str(COMMITTED), "--public-key", str(KEY)]
    assert verify_release.main(arguments) == 0


def test_the_deployment_pins_the_committed_release() -> None:
    settings = dict(line.split("=", 1) for line in PINNED.read_text().splitlines())
    assert settings["SENTIBOT_RELEASE_SHA256"] == sha256(publish.pack_release(COMMITTED))


def test_the_signed_manifest_is_the_plain_one() -> None:
    envelope = json.loads((COMMITTED / ENVELOPE_FILE).read_bytes())
    assert base64.b64decode(envelope["payload"]) == (COMMITTED / "manifest.json").read_bytes()


def test_a_trained_release_verifies_with_its_own_key_only(workshop: Workshop) -> None:
    assert load_release(workshop.release, workshop.public_key).metadata.name == "sentibot"
    with pytest.raises(SignatureRefused):
        load_release(workshop.release, Ed25519PrivateKey.generate().public_key())


def test_changed_weights_are_refused(workshop: Workshop, release: Path) -> None:
    weights = release / "sentibot.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(DigestMismatch):
        load_release(release, workshop.public_key)


def test_changed_weights_with_a_new_manifest_need_the_key(
    workshop: Workshop, release: Path
) -> None:
    weights = release / "sentibot.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    resign(release, Ed25519PrivateKey.generate())
    with pytest.raises(SignatureRefused):
        load_release(release, workshop.public_key)


def test_an_envelope_of_another_type_is_refused(workshop: Workshop, release: Path) -> None:
    kind, manifest = "application/vnd.in-toto+json", (release / "manifest.json").read_bytes()
    signature = read_private_key(workshop.private_key).sign(signed_bytes(kind, manifest))
    envelope = {
        "payload": base64.b64encode(manifest).decode(),
        "payloadType": kind,
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }
    (release / ENVELOPE_FILE).write_text(json.dumps(envelope))
    with pytest.raises(SignatureRefused):
        load_release(release, workshop.public_key)


@pytest.mark.parametrize("envelope", [b"", b"[]", b"{}", b'{"payload": "!", "signatures": []}'])
def test_malformed_envelopes_are_refused(
    envelope: bytes, workshop: Workshop, release: Path
) -> None:
    (release / ENVELOPE_FILE).write_bytes(envelope)
    with pytest.raises(SignatureRefused):
        load_release(release, workshop.public_key)


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path, release: Path) -> None:
    key = Ed25519PrivateKey.generate()
    (tmp_path / "outside.json").write_bytes(b"{}")
    manifest = manifest_of({"../outside.json": b"{}"})
    (release / ENVELOPE_FILE).write_bytes(sign(manifest, key))
    with pytest.raises(DigestMismatch):
        load_release(release, key.public_key())


def test_a_bundle_is_the_same_bytes_every_time(workshop: Workshop) -> None:
    assert publish.pack_release(workshop.release) == publish.pack_release(workshop.release)


def test_a_fetched_bundle_loads(workshop: Workshop, tmp_path: Path) -> None:
    content = publish.pack_release(workshop.release)
    uri = "s3://example-bucket/releases/sentibot.tar"
    wanted = object_store.ObjectVersion(uri, "v1", sha256(content), bundle.MAX_BUNDLE_BYTES)
    for _ in range(2):
        fetch_release(Bucket(content), wanted, tmp_path / "model")
    load_release(tmp_path / "model", workshop.public_key)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_bundle_with_another_digest_is_not_unpacked(tmp_path: Path) -> None:
    uri = "s3://example-bucket/releases/sentibot.tar"
    wanted = object_store.ObjectVersion(uri, "v1", "0" * 64, bundle.MAX_BUNDLE_BYTES)
    with pytest.raises(DigestMismatch):
        fetch_release(Bucket(b"other"), wanted, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["https://example.com/a", "s3://UPPER/key", "s3://bucket/a b"])
def test_addresses_that_are_not_of_a_bucket_are_refused(uri: str) -> None:
    with pytest.raises(object_store.ObjectRefused):
        object_store.fetch(Bucket(b""), object_store.ObjectVersion(uri, "v1", "0" * 64, 10))


def test_oversize_objects_are_refused() -> None:
    wanted = object_store.ObjectVersion("s3://bucket/key", "v1", sha256(b"x" * 11), 10)
    with pytest.raises(object_store.ObjectRefused):
        object_store.fetch(Bucket(b"x" * 11), wanted)


@pytest.mark.parametrize("kind", ["parent", "folder", "link"])
def test_bundles_with_anything_but_plain_files_are_refused(kind: str, tmp_path: Path) -> None:
    member = tarfile.TarInfo({"parent": "../escaped", "folder": "a/b", "link": "link"}[kind])
    if kind == "link":
        member.type, member.linkname = tarfile.SYMTYPE, "../escaped"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(member)
    with pytest.raises(bundle.BundleRefused):
        bundle.unpack(stream.getvalue(), tmp_path / "model")
    assert not (tmp_path / "escaped").exists()
