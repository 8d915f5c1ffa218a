"""What tests a value: functions that raise, functions that answer, schemas.

Keys are full dotted names. Sources: the libraries' reference pages.
"""

from __future__ import annotations

EQUALS = frozenset({"hmac.compare_digest", "secrets.compare_digest"})

RAISES = {
    "jsonschema.validate": "schema",
    "jsonschema.Draft7Validator().validate": "schema",
    "jsonschema.Draft202012Validator().validate": "schema",
    "pandera.DataFrameSchema().validate": "schema",
    "pandera.pandas.DataFrameSchema().validate": "schema",
    "cerberus.Validator().validate": "schema",
    "marshmallow.Schema().load": "schema",
    "gnupg.GPG().verify_file": "signature",
    "nacl.signing.VerifyKey().verify": "signature",
    "rsa.verify": "signature",
    "cryptography.fernet.Fernet().decrypt": "signature",
    "itsdangerous.Serializer().loads": "signature",
    "itsdangerous.Signer().unsign": "signature",
    "itsdangerous.TimestampSigner().unsign": "signature",
    "jwt.decode": "signature",
}

SIGNATURE_METHODS = frozenset({"verify", "verify_artifact", "verify_digest", "unsign"})
SIGNATURE_PACKAGES = (
    "cryptography.",
    "nacl.",
    "sigstore.",
    "model_signing.",
    "rsa.",
    "Crypto.",
    "ecdsa.",
    "itsdangerous.",
)

SHAPES = frozenset({"isalnum", "isalpha", "isidentifier", "isdigit", "isnumeric", "isdecimal"})

RESOLVES = frozenset({"resolve", "realpath", "abspath", "safe_join"})

PATTERNS = frozenset({"re", "regex", "re2"})

MATCHES = frozenset({"match", "fullmatch", "search", "findall"})
