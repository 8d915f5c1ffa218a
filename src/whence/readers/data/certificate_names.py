"""Whom a certificate is for, and who says so. It is read, not verified: anybody can write one.

Facts: RFC 5280 (subject alternative names), Fulcio's list of certificate extensions.
"""

from __future__ import annotations

import base64
from typing import Any

_NAMES = bytes.fromhex("0603551d11")
_ISSUER = bytes.fromhex("060a2b0601040183bf300108")
_OLD_ISSUER = bytes.fromhex("060a2b0601040183bf300101")
_OCTETS, _BOOLEAN, _TEXT = 0x04, 0x01, 0x0C
_MAIL, _ADDRESS = 0x81, 0x86
_LONGEST = 300


def signer_of(material: dict[str, Any]) -> str:
    """The identity and its issuer, as the certificate of a bundle has them."""
    certificate = _certificate(material)
    names = _value(certificate, _NAMES)
    who = _text(names[2:], (_MAIL, _ADDRESS)) if names else ""
    issuer = _value(certificate, _ISSUER)
    says = _text(issuer, (_TEXT,)) if issuer else _shown(_value(certificate, _OLD_ISSUER))
    if not who:
        return "a certificate that names nobody"
    return f"{who}, as {says} says" if says else who


def _certificate(material: dict[str, Any]) -> bytes:
    chain = material.get("x509CertificateChain")
    several = chain.get("certificates") if isinstance(chain, dict) else None
    first = several[0] if isinstance(several, list) and several else material.get("certificate")
    raw = first.get("rawBytes") if isinstance(first, dict) else None
    try:
        return base64.b64decode(raw, validate=True) if isinstance(raw, str) else b""
    except ValueError:
        return b""


def _value(certificate: bytes, identifier: bytes) -> bytes:
    """What an extension holds: behind its identifier, perhaps a flag, then octets."""
    at = certificate.find(identifier)
    if at < 0:
        return b""
    at += len(identifier)
    if certificate[at : at + 1] == bytes([_BOOLEAN]):
        at += 3
    if certificate[at : at + 1] != bytes([_OCTETS]):
        return b""
    start, end = _range(certificate, at)
    return certificate[start:end]


def _text(data: bytes, kinds: tuple[int, ...]) -> str:
    if data[:1] and data[0] in kinds:
        start, end = _range(data, 0)
        return _shown(data[start:end])
    return ""


def _range(data: bytes, at: int) -> tuple[int, int]:
    """Where a value of the encoding begins and ends, its tag standing at an offset."""
    length = data[at + 1] if at + 1 < len(data) else 0
    start = at + 2
    if length & 0x80:
        width = length & 0x7F
        length = int.from_bytes(data[start : start + width], "big")
        start += width
    return start, start + length


def _shown(raw: bytes) -> str:
    text = raw[:_LONGEST].decode("utf-8", "replace")
    return "".join(character for character in text if character.isprintable())
