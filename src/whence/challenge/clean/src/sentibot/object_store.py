"""Objects of our own S3 buckets, fetched by version and checked by digest."""

import re
from dataclasses import dataclass
from typing import Any

from sentibot.digests import require_digest

LOCATION = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[\w./-]+)")


class ObjectRefused(Exception):
    """An object's address is malformed or the object is too large."""


@dataclass(frozen=True)
class ObjectVersion:
    """One immutable version of one object and what it must contain."""

    uri: str
    version_id: str
    sha256: str
    max_bytes: int


def connect() -> Any:
    """An S3 client with the identity of the workload."""
    import boto3

    return boto3.client("s3")


def fetch(client: Any, wanted: ObjectVersion) -> bytes:
    """Return the verified content of an object version."""
    location = LOCATION.fullmatch(wanted.uri)
    if location is None:
        raise ObjectRefused(f"{wanted.uri!r} is not an S3 address")
    answer = client.get_object(
        Bucket=location["bucket"], Key=location["key"], VersionId=wanted.version_id
    )
    content = answer["Body"].read(wanted.max_bytes + 1)
    if len(content) > wanted.max_bytes:
        raise ObjectRefused(f"{wanted.uri} is larger than {wanted.max_bytes} bytes")
    return require_digest(content, wanted.sha256, wanted.uri)
