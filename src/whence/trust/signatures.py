"""Whether signature bundles were made with a key that the user holds.

Facts: DSSE 1.0 (what is signed is the pre-authentication encoding of the payload), the OpenSSF
Model Signing specification 1.0 (ECDSA over P-256, P-384 or P-521, each with its own digest). A
certificate says who signed only to those who ask Sigstore's roots and log: that is not done here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from whence.readers.contract import Unreadable
from whence.vocabulary.fact.models import SignedArtefact

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_LARGEST_KEY = 64 * 1024
_NONE = b""


class KeyUnusable(Exception):
    """The key cannot be used: what is wrong, and how to mend it."""


class KeyCheck(msgspec.Struct, frozen=True):
    """What a key says of the bundles: paths of those it made, and of those it did not make.

    `key` is the name of the file that the user gave.
    """

    key: str
    verified: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


class PublicKey:
    """A public key of the user's. Raises KeyUnusable."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._key = _loaded(path)

    def check(self, bundles: Iterable[SignedArtefact], content: Callable[[str], bytes]) -> KeyCheck:
        """Asks each bundle, whose bytes `content` gives by path."""
        paths = {bundle.span.path for bundle in bundles}
        verified = frozenset(path for path in paths if self._made_at(path, content))
        return KeyCheck(self.name, verified, frozenset(paths) - verified)

    def _made_at(self, path: str, content: Callable[[str], bytes]) -> bool:
        try:
            return self.made(content(path))
        except (OSError, Unreadable):
            return False

    def made(self, bundle: bytes) -> bool:
        """Whether one of the bundle's signatures over its payload is this key's."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

        digests: dict[int, HashAlgorithm] = {256: SHA256(), 384: SHA384(), 521: SHA512()}
        digest = digests[self._key.curve.key_size]
        message, signatures = _signed(bundle)
        for signature in signatures:
            try:
                self._key.verify(signature, message, ECDSA(digest))
            except InvalidSignature:
                continue
            return True
        return False


def _loaded(path: Path) -> EllipticCurvePublicKey:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise KeyUnusable(
            "checking signatures needs cryptography: pip install 'whence[signing]'"
        ) from None
    try:
        with path.open("rb") as stream:
            key = load_pem_public_key(stream.read(_LARGEST_KEY))
    except OSError as error:
        raise KeyUnusable(f"the key {path} cannot be read: {error.strerror}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable(f"{path} is no public key in PEM form") from None
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.key_size not in (256, 384, 521):
        raise KeyUnusable(f"{path} is no key over P-256, P-384 or P-521, as model signing uses")
    return key


def _signed(bundle: bytes) -> tuple[bytes, list[bytes]]:
    """What was signed, and the signatures over it; nothing where the bundle is no envelope."""
    try:
        document = json.loads(bundle)
    except (ValueError, RecursionError):
        return _NONE, []
    envelope = document.get("dsseEnvelope", document) if isinstance(document, dict) else {}
    if not isinstance(envelope, dict):
        return _NONE, []
    payload, kind = _decoded(envelope.get("payload")), envelope.get("payloadType")
    entries = envelope.get("signatures")
    if not payload or not isinstance(kind, str) or not isinstance(entries, list):
        return _NONE, []
    head = f"DSSEv1 {len(kind.encode())} {kind} {len(payload)} ".encode()
    found = [_decoded(each.get("sig")) for each in entries if isinstance(each, dict)]
    return head + payload, [each for each in found if each]


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else _NONE
    except ValueError:
        return _NONE
