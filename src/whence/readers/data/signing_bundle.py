"""OpenSSF Model Signing: a Sigstore bundle whose statement lists the files with their digests.

Facts: the OpenSSF Model Signing specification 1.0, in-toto Statement 1, DSSE. The signature is not
verified here: who signed is what the bundle says.
"""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Iterator
from typing import Any

from whence.readers.contract import Source, Unreadable
from whence.readers.data.certificate_names import signer_of
from whence.readers.data.recorded import beside, digest_in, recorded
from whence.readers.data.structured import json_value
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.data import RecordedDigest
from whence.vocabulary.fact.models import SignedArtefact

VERSION = 2
_SCHEMES = {
    "https://model_signing/signature/v1.0": "openssf-model-signing",
    "https://model_signing/Digests/v0.1": "openssf-model-signing",
}


def claims(path: str, head: bytes) -> bool:
    """A Sigstore bundle with a signed statement."""
    return b'"dsseEnvelope"' in head or (
        b'"payloadType"' in head and b"in-toto" in head and b'"payload"' in head
    )


def read(source: Source) -> Iterator[RecordedDigest | SignedArtefact | Unread]:
    """The digest of every file that the statement covers."""
    bundle = json_value(source.text)
    if not isinstance(bundle, dict):
        raise Unreadable("not a signature bundle")
    statement = _statement(bundle.get("dsseEnvelope", bundle))
    scheme = _SCHEMES.get(str(statement.get("predicateType")), "in-toto")
    targets: list[str] = []
    for name, algorithm, digest in _resources(statement):
        fact = recorded(source.span(1), name, algorithm, digest, "signature")
        if fact is not None:
            targets.append(beside(source.path, name))
            yield fact
    if not targets:
        targets = [posixpath.dirname(source.path) or "."]
    yield SignedArtefact(source.span(1), tuple(sorted(set(targets))), _signer(bundle), scheme)


def _statement(envelope: Any) -> dict[str, Any]:
    payload = envelope.get("payload") if isinstance(envelope, dict) else None
    if not isinstance(payload, str):
        raise Unreadable("the bundle holds no statement")
    try:
        decoded = base64.b64decode(payload, validate=True).decode()
    except ValueError:
        raise Unreadable("the statement is not base64 text") from None
    statement = json_value(decoded)
    if not isinstance(statement, dict):
        raise Unreadable("the statement is no object")
    return statement


def _resources(statement: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    predicate = statement.get("predicate")
    resources = predicate.get("resources") if isinstance(predicate, dict) else None
    for entry in resources if isinstance(resources, list) else ():
        if isinstance(entry, dict):
            digest = str(entry.get("digest", ""))
            known = digest_in(digest, str(entry.get("algorithm", "")))
            if known:
                yield str(entry.get("name", "")), *known
    subjects = statement.get("subject")
    for entry in subjects if isinstance(subjects, list) and not resources else ():
        digests = entry.get("digest") if isinstance(entry, dict) else None
        for algorithm, digest in digests.items() if isinstance(digests, dict) else ():
            known = digest_in(str(digest), str(algorithm))
            if known:
                yield str(entry.get("name", "")), *known


def _signer(bundle: dict[str, Any]) -> str:
    material = bundle.get("verificationMaterial")
    if isinstance(material, dict):
        if "certificate" in material or "x509CertificateChain" in material:
            return signer_of(material)
        if isinstance(material.get("publicKey"), dict):
            return f"key {str(material['publicKey'].get('hint', ''))[:80]}".strip()
    return "unknown"
