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

# What raises for a text that is not of one fixed form.
PARSES = frozenset(
    {"uuid.UUID", "int", "float", "ipaddress.ip_address", "ipaddress.ip_network",
     "datetime.datetime.fromisoformat", "datetime.date.fromisoformat", "decimal.Decimal"}
)  # fmt: skip

# Arguments that tell a call which fetches what digest to compare.
TOLD_DIGESTS: dict[str, tuple[int | str, ...]] = {
    "pooch.retrieve": ("known_hash", 1),
    "keras.utils.get_file": ("file_hash", "md5_hash"),
    "tensorflow.keras.utils.get_file": ("file_hash", "md5_hash"),
    "torch.hub.download_url_to_file": ("hash_prefix", 2),
    "torchvision.datasets.utils.download_url": ("md5", 3),
    "torchvision.datasets.utils.download_and_extract_archive": ("md5", 4),
    "gdown.cached_download": ("hash", "md5"),
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

RESOLVES = frozenset({"resolve", "realpath", "abspath", "normpath", "safe_join"})

# What turns harmless characters into others, so that a test before it says nothing.
DECODES = frozenset(
    {"unquote", "unquote_plus", "url2pathname", "b64decode", "urlsafe_b64decode", "unhexlify",
     "expandvars", "expanduser", "unescape"}
)  # fmt: skip

PATTERNS = frozenset({"re", "regex", "re2"})

MATCHES = frozenset({"match", "fullmatch", "search", "findall"})
