from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

ROLE = "deploy/terraform/modules/workload_role/main.tf"
NARROW = """\
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.bucket_arn}/releases/*"]
"""
WIDE = """\
    actions   = ["s3:*"]
    resources = ["*"]
"""
STARTING_JOBS = """\
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid       = "StartJobs"
    actions   = ["sagemaker:*", "iam:PassRole"]
    resources = ["*"]
  }
"""
ATTACHED = """
# Until the list of what the experiments need is complete.
resource "aws_iam_role_policy_attachment" "training_experiments" {
  role       = "sentibot-training"
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
"""


@plant(
    rules=("excessive-iam",),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "wildcard",
        "passrole",
        "pass-role",
        "least privilege",
        "administratoraccess",
        "excessive",
        "s3:*",
    ),
    cwes=("CWE-250", "CWE-269", "CWE-732", "CWE-266"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The role of a workload may do far more than read its releases.

    ## Why
    Whoever gets code to run in the pod acts with its role: it overwrites models and data of every
    bucket, or passes a stronger role to a job of its own. What began as one flaw in the service
    ends in every artefact of the account.

    ## Fix
    Grant the reading of one prefix of one bucket and nothing else.
    """
    which = vary.choose("wide", "pass", "attached")
    if which == "wide":
        yield project.replace(ROLE, NARROW, WIDE)
    elif which == "pass":
        kms = '    actions   = ["kms:Decrypt"]\n    resources = [var.kms_key_arn]\n  }\n'
        project.replace(ROLE, kms, STARTING_JOBS)
        yield Place(ROLE, '"iam:PassRole"]\n    resources = ["*"]')
    else:
        yield project.append("deploy/terraform/identities.tf", ATTACHED)
