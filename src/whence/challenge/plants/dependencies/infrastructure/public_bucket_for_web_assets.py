from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Logo, style sheet and the printed model card for the product page. Everything here is public.
resource "aws_s3_bucket" "{name}" {{
  bucket = "example-sentibot-{label}-${{var.environment}}"
}}

resource "aws_s3_bucket_public_access_block" "{name}" {{
  bucket                  = aws_s3_bucket.{name}.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = false
  restrict_public_buckets = false
}}

resource "aws_s3_bucket_versioning" "{name}" {{
  bucket = aws_s3_bucket.{name}.id

  versioning_configuration {{
    status = "Enabled"
  }}
}}

data "aws_iam_policy_document" "{name}" {{
  statement {{
    sid       = "ReadByAnyone"
    actions   = ["s3:GetObject"]
    resources = ["${{aws_s3_bucket.{name}.arn}}/*"]

    principals {{
      type        = "*"
      identifiers = ["*"]
    }}
  }}
}}

resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  policy = data.aws_iam_policy_document.{name}.json
}}

resource "aws_s3_bucket_website_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id

  index_document {{
    suffix = "index.html"
  }}
}}
"""


@plant(
    rules=("public-storage", "unencrypted-storage"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_KINDS,
    words=("public", "anyone", "world-readable"),
    cwes=("CWE-732", "CWE-284", "CWE-668"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A bucket is readable by everybody, and is meant to be: it is the product page.

    ## Why
    It holds web assets only. No code, configuration or manifest of the project loads anything from
    it, anyone may read but nobody outside may write, and models and data lie in other buckets,
    which stay closed.
    """
    name, label = vary.choose(("product_page", "product-page"), ("web_assets", "web-assets"))
    path = f"deploy/terraform/{name}.tf"
    project.add(path, TEXT.format(name=name, label=label))
    yield Place(path)
