"""Signature bundles: whose they are, whether a key of the user's made them, and what they cover."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from whence.cli.commands import whence
from whence.trust.hub_audit import trust_hub
from whence.trust.local import trust_path
from whence.trust.model_verdict import ModelVerdict, Verdict
from whence.trust.signatures import KeyUnusable

WEIGHTS = b"\x80\x02}."
KIND = "application/vnd.in-toto+json"
OURS = ec.derive_private_key(0xA11CE, ec.SECP256R1())
THEIRS = ec.derive_private_key(0xB0B, ec.SECP384R1())
MATERIAL = {"publicKey": {"hint": "1f2e"}}


def bundle(
    signer: ec.EllipticCurvePrivateKey | None,
    files: dict[str, bytes],
    material: dict[str, object] | None = None,
) -> bytes:
    resources = [
        {"name": name, "algorithm": "sha256", "digest": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    ]
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "m", "digest": {"sha256": "0" * 64}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {"serialization": {"method": "files"}, "resources": resources},
    }
    payload = json.dumps(statement).encode()
    message = f"DSSEv1 {len(KIND)} {KIND} {len(payload)} ".encode() + payload
    signatures = []
    if signer is not None:
        digest = {256: hashes.SHA256(), 384: hashes.SHA384()}[signer.curve.key_size]
        signed = signer.sign(message, ec.ECDSA(digest))
        signatures.append({"sig": base64.b64encode(signed).decode(), "keyid": ""})
    return json.dumps(
        {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": material or MATERIAL,
            "dsseEnvelope": {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": KIND,
                "signatures": signatures,
            },
        }
    ).encode()


def public(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, path: Path) -> Path:
    path.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return path


def folder(tmp_path: Path, signature: bytes, **files: bytes) -> Path:
    place = tmp_path / "m"
    place.mkdir()
    for name, content in {"model.pkl": WEIGHTS, **files}.items():
        (place / name).write_bytes(content)
    (place / "model.sig").write_bytes(signature)
    return place


def judged(place: Path, key: Path | None) -> ModelVerdict:
    (model,) = trust_path(place, key=key, use_cache=False).models
    return model


def test_a_bundle_that_the_key_made_vouches_for_the_digests_in_it(tmp_path: Path) -> None:
    key = public(OURS, tmp_path / "ours.pub")
    model = judged(folder(tmp_path, bundle(OURS, {"model.pkl": WEIGHTS})), key)

    assert model.verdict is Verdict.CLEAN
    assert [(record.outcome, record.kept) for record in model.records] == [
        ("matches", "in a signature bundle, verified with ours.pub")
    ]
    assert [signer.rpartition(": ")[2] for signer in model.signers] == ["verified with ours.pub"]


@pytest.mark.parametrize("signer", [THEIRS, None], ids=["another key", "no signature"])
def test_a_bundle_that_the_key_did_not_make_vouches_for_nothing(
    tmp_path: Path, signer: ec.EllipticCurvePrivateKey | None
) -> None:
    key = public(OURS, tmp_path / "ours.pub")
    model = judged(folder(tmp_path, bundle(signer, {"model.pkl": WEIGHTS})), key)

    assert model.verdict is Verdict.REVIEW
    assert "was not made with ours.pub" in model.reasons[-1].text
    assert model.records[0].kept == "in a signature bundle, not made with ours.pub"


def test_a_statement_that_was_changed_after_signing_vouches_for_nothing(tmp_path: Path) -> None:
    signed = json.loads(bundle(OURS, {"model.pkl": b"as it was"}))
    signed["dsseEnvelope"]["payload"] = json.loads(bundle(None, {"model.pkl": WEIGHTS}))[
        "dsseEnvelope"
    ]["payload"]
    key = public(OURS, tmp_path / "ours.pub")

    assert judged(folder(tmp_path, json.dumps(signed).encode()), key).verdict is Verdict.REVIEW


def test_a_file_that_the_bundle_leaves_out_needs_review(tmp_path: Path) -> None:
    key = public(OURS, tmp_path / "ours.pub")
    place = folder(tmp_path, bundle(OURS, {"model.pkl": WEIGHTS}), **{"more.pkl": WEIGHTS})
    models = {model.path: model for model in trust_path(place, key=key, use_cache=False).models}

    assert models["model.pkl"].verdict is Verdict.CLEAN
    assert models["more.pkl"].verdict is Verdict.REVIEW
    assert "no signature that was made with ours.pub" in models["more.pkl"].reasons[0].text


def test_a_file_that_was_swapped_after_signing_differs_from_its_record(tmp_path: Path) -> None:
    key = public(OURS, tmp_path / "ours.pub")
    model = judged(folder(tmp_path, bundle(OURS, {"model.pkl": b"another"})), key)

    assert model.verdict is Verdict.REVIEW
    assert [record.outcome for record in model.records] == ["differs"]


@pytest.mark.parametrize(("signer", "level"), [(OURS, Verdict.CLEAN), (THEIRS, Verdict.REVIEW)])
def test_a_bundle_of_the_hub_is_checked_with_the_key(
    tmp_path: Path, hub: Any, signer: ec.EllipticCurvePrivateKey, level: Verdict
) -> None:
    key = public(OURS, tmp_path / "ours.pub")
    hub.files = {"model.pkl": WEIGHTS, "model.sig": bundle(signer, {"model.pkl": WEIGHTS})}

    (model,) = trust_hub("hf:acme/encoder", lambda step, count: None, key).models

    assert model.verdict is level


@pytest.mark.parametrize("broken", ["é", "%%%", "", "e30"])
def test_a_bundle_that_is_none_vouches_for_nothing(tmp_path: Path, broken: str) -> None:
    key = public(OURS, tmp_path / "ours.pub")
    whole = json.loads(bundle(OURS, {"model.pkl": WEIGHTS}))
    for place, name in (
        (whole["dsseEnvelope"], "payload"),
        (whole["dsseEnvelope"]["signatures"][0], "sig"),
    ):
        kept, place[name] = place[name], broken
        place_of = tmp_path / f"{name}{len(broken)}"
        place_of.mkdir(exist_ok=True)
        model = judged(folder(place_of, json.dumps(whole, ensure_ascii=False).encode()), key)
        place[name] = kept

        assert model.verdict is Verdict.REVIEW


def test_without_a_key_nobody_has_verified_anything(tmp_path: Path) -> None:
    model = judged(folder(tmp_path, bundle(OURS, {"model.pkl": WEIGHTS})), None)

    assert model.verdict is Verdict.CLEAN
    assert "not verified here" in model.signers[0]
    assert "not verified here" in model.records[0].kept


def test_a_certificate_is_told_with_who_issued_the_identity_and_is_not_verified(
    tmp_path: Path,
) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    issuer = "https://token.actions.example.com"
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(OURS.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2024, 1, 1))
        .not_valid_after(datetime.datetime(2024, 1, 2))
        .add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name("release@example.com")]), critical=True
        )
        .add_extension(
            x509.UnrecognizedExtension(
                x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8"),
                b"\x0c" + bytes([len(issuer)]) + issuer.encode(),
            ),
            critical=False,
        )
        .sign(OURS, hashes.SHA256())
    )
    raw = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
    material: dict[str, object] = {"certificate": {"rawBytes": raw}}
    model = judged(folder(tmp_path, bundle(OURS, {"model.pkl": WEIGHTS}, material)), None)

    assert model.signers[0].startswith(f"release@example.com, as {issuer} says (")
    assert "not verified here" in model.signers[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"no key", "no public key in PEM form"), (b"", "no public key")],
)
def test_a_key_that_is_none_is_told(tmp_path: Path, content: bytes | None, said: str) -> None:
    key = tmp_path / "key.pub"
    if content is not None:
        key.write_bytes(content)

    with pytest.raises(KeyUnusable, match=said):
        judged(folder(tmp_path, bundle(OURS, {"model.pkl": WEIGHTS})), key)


def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    key = public(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)), tmp_path / "e.pub")

    with pytest.raises(KeyUnusable, match="P-256, P-384 or P-521"):
        judged(folder(tmp_path, bundle(OURS, {"model.pkl": WEIGHTS})), key)


def test_a_missing_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = public(OURS, tmp_path / "ours.pub")
    place = folder(tmp_path, bundle(OURS, {"model.pkl": WEIGHTS}))
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)

    result = CliRunner().invoke(whence, ["trust", str(place), "--key", str(key), "--no-cache"])

    assert result.exit_code == 2
    assert "whence[signing]" in result.output
