"""Ed25519 signatures in a DSSE envelope: the payload travels with its signature."""

import base64
import binascii
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from sentibot.digests import sha256, to_json

ENVELOPE_FILE = "manifest.dsse.json"
PAYLOAD_TYPE = "application/vnd.sentibot.manifest+json"


class SignatureRefused(Exception):
    """An envelope is malformed or none of its signatures is by the trusted key."""


def key_id(public_key: Ed25519PublicKey) -> str:
    """Name a key by the digest of its public half."""
    return sha256(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def read_private_key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureRefused("the signing key is not an Ed25519 key")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureRefused("the verification key is not an Ed25519 key")
    return key


def signed_bytes(payload_type: str, payload: bytes) -> bytes:
    """The DSSE pre-authentication encoding: type and payload with their lengths."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """Wrap a payload in an envelope signed with the key."""
    signature = key.sign(signed_bytes(PAYLOAD_TYPE, payload))
    return to_json(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {
                    "keyid": key_id(key.public_key()),
                    "sig": base64.b64encode(signature).decode(),
                }
            ],
        }
    )


def verify(envelope: bytes, key: Ed25519PublicKey) -> bytes:
    """Return the payload if the trusted key has signed it."""
    try:
        document = json.loads(envelope)
        payload = base64.b64decode(document["payload"], validate=True)
        payload_type = document["payloadType"]
        signatures = [base64.b64decode(s["sig"], validate=True) for s in document["signatures"]]
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise SignatureRefused("the envelope is malformed") from problem
    if payload_type != PAYLOAD_TYPE:
        raise SignatureRefused(f"unexpected payload type {payload_type!r}")
    for signature in signatures:
        try:
            key.verify(signature, signed_bytes(payload_type, payload))
        except InvalidSignature:
            continue
        return payload
    raise SignatureRefused("no signature of the envelope is by the trusted key")
