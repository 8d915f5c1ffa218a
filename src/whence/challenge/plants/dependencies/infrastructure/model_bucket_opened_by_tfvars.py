from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

FOLDER = "deploy/terraform"
MODULE = "deploy/terraform/modules/artifact_bucket"
STATEMENT = """\
  dynamic "statement" {
    for_each = var.%s ? [1] : []

    content {
      sid       = "Readers"
      effect    = "Allow"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${aws_s3_bucket.this.arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {"""
VARIABLE = """
variable "%s" {
  description = "%s"
  type        = bool
  default     = false
}
"""


@plant(
    rules=("public-storage", "excessive-iam"),
    severities=("high", "critical", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("public", "anyone", "world-readable", "world readable", "anonymous"),
    cwes=("CWE-732", "CWE-284", "CWE-200", "CWE-668", "CWE-552"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A bucket of the project is readable by anyone, because the variables of production say so.

    ## Why
    The module and the variable default to closed, but terraform.tfvars turns the switch on: the
    public-access block steps aside and the policy admits every principal. Anyone downloads every
    release or data set, to copy the model and to search offline for inputs that fool it.

    ## Fix
    Remove the switch; share a release with a partner by a role of their account.
    """
    inner, outer, module = vary.choose(
        ("public_read", "share_models", "example-sentibot-models"),
        ("open_reading", "publish_data", "example-sentibot-data"),
        ("partner_access", "partners_enabled", "example-sentibot-models"),
    )
    for setting, gap in (("block_public_policy    ", " "), ("restrict_public_buckets", " ")):
        project.replace(
            f"{MODULE}/main.tf", f"{setting}{gap}= true", f"{setting}{gap}= !var.{inner}"
        )
    project.replace(
        f"{MODULE}/main.tf",
        '}\n\nresource "aws_s3_bucket_policy" "this" {',
        "\n" + STATEMENT % inner,
    )
    project.append(
        f"{MODULE}/variables.tf", VARIABLE % (inner, "Whether others may read the objects")
    )
    project.append(
        f"{FOLDER}/variables.tf", VARIABLE % (outer, "Whether readers outside may fetch releases")
    )
    name = f'  name           = "{module}-${{var.environment}}"\n'
    project.replace(f"{FOLDER}/storage.tf", name, f"{name}  {inner:14} = var.{outer}\n")
    yield project.append(f"{FOLDER}/terraform.tfvars", f"{outer:19} = true")
    yield Place(f"{FOLDER}/storage.tf", f"= var.{outer}")
    yield Place(f"{MODULE}/main.tf", f"= !var.{inner}")
    yield Place(f"{MODULE}/main.tf", 'sid       = "Readers"')
