from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

BUCKET = """\
# Retailers upload their labelled reviews here; most of them have no AWS account.
resource "aws_s3_bucket" "partner_inbox" {
  bucket = "example-sentibot-partner-inbox-${var.environment}"
}

resource "aws_s3_bucket_ownership_controls" "partner_inbox" {
  bucket = aws_s3_bucket.partner_inbox.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_public_access_block" "partner_inbox" {
  bucket                  = aws_s3_bucket.partner_inbox.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_versioning" "partner_inbox" {
  bucket = aws_s3_bucket.partner_inbox.id

  versioning_configuration {
    status = "Enabled"
  }
}

"""
ACL = """\
resource "aws_s3_bucket_acl" "partner_inbox" {
  depends_on = [
    aws_s3_bucket_ownership_controls.partner_inbox,
    aws_s3_bucket_public_access_block.partner_inbox,
  ]

  bucket = aws_s3_bucket.partner_inbox.id
  acl    = "public-read-write"
}
"""
POLICY = """\
resource "aws_s3_bucket_policy" "partner_inbox" {
  bucket = aws_s3_bucket.partner_inbox.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Uploads"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["s3:PutObject", "s3:ListBucket"]
      Resource  = [aws_s3_bucket.partner_inbox.arn, "${aws_s3_bucket.partner_inbox.arn}/*"]
    }]
  })
}
"""
CODE = '''\
"""Take the newest reviews of the retailers into the raw data.

    python -m preprocessing.partner_reviews --root .
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentibot import object_store
from sentibot.digests import sha256, to_json
from sentibot.files import write_atomically

INBOX = "example-sentibot-partner-inbox-production"
REVIEWS = "data/raw/reviews.csv"


def newest_upload(client: Any) -> bytes:
    """The rows that were uploaded last."""
    listing = client.list_objects_v2(Bucket=INBOX, Prefix="reviews/")
    newest = max(listing["Contents"], key=lambda item: item["LastModified"])
    content: bytes = client.get_object(Bucket=INBOX, Key=newest["Key"])["Body"].read()
    return content


def recorded(manifest: bytes, content: bytes) -> bytes:
    """The manifest with the digest of the reviews as they are now."""
    document = json.loads(manifest)
    for source in document["sources"]:
        if source["path"] == REVIEWS:
            source |= {"sha256": sha256(content), "bytes": len(content)}
    return to_json(document)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="preprocessing.partner_reviews")
    parser.add_argument("--root", type=Path, required=True)
    options = parser.parse_args(arguments)
    rows = newest_upload(object_store.connect()).split(b"\\n", 1)[1]
    content = (options.root / REVIEWS).read_bytes() + rows
    manifest = options.root / "data" / "manifest.json"
    write_atomically(manifest, recorded(manifest.read_bytes(), content))
    write_atomically(options.root / REVIEWS, content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''


@plant(
    rules=(
        "public-storage",
        "adversary-writable-source",
        "mutable-data-source",
        "unverified-data-download",
        "unencrypted-storage",
    ),
    severities=("critical", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_KINDS,
    words=("public", "anyone", "world-writable", "writable by", "anonymous", "poison"),
    cwes=("CWE-732", "CWE-284", "CWE-345", "CWE-668"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Anyone may write into a bucket whose newest object becomes training data.

    ## Why
    The bucket takes uploads from everybody, and preprocessing appends the newest object to the raw
    reviews and records the new digest itself, so that the later comparison always holds. An
    attacker uploads a few hundred rows and decides what the next model answers to a phrase.

    ## Fix
    Give every retailer a role or signed upload addresses, keep the public-access block, and let a
    person accept an upload by version and digest before it becomes data.
    """
    by_acl = vary.choose(True, False)
    path = "deploy/terraform/partner_inbox.tf"
    project.add(path, BUCKET + (ACL if by_acl else POLICY))
    yield Place(path, 'acl    = "public-read-write"' if by_acl else 'Principal = "*"')
    yield Place(path, "block_public_policy     = false")
    project.add("src/preprocessing/partner_reviews.py", CODE)
    yield Place(
        "src/preprocessing/partner_reviews.py",
        'client.get_object(Bucket=INBOX, Key=newest["Key"])["Body"].read()',
    )
    project.append("Makefile", "\npartner:\n\t$(PYTHON) -m preprocessing.partner_reviews --root .")
