from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

KEY = '  description             = "Encrypts the models and data of SentiBot"\n'
POLICY = """\

# The account itself administers the key; grants below it are made with IAM policies.
data "aws_iam_policy_document" "artifacts_key" {
  statement {
    sid       = "%s"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }
  }
}
"""


@plant(
    rules=("excessive-iam",),
    kind=Kind.RED_HERRING,
    needs=Needs.OUTSIDE,
    words=("wildcard", "kms:*", "excessive", "least privilege"),
    cwes=("CWE-250", "CWE-269", "CWE-732", "CWE-266"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The policy of a key allows every action on every resource to the account's root.

    ## Why
    This is the usual key policy: in it `*` means the key that the policy is attached to, and naming
    the account only lets IAM policies of the account decide. No workload gains a right by it.
    """
    sid = vary.choose("AccountAdministersKey", "EnableIamPolicies")
    project.replace(
        "deploy/terraform/storage.tf",
        KEY,
        KEY + "  policy                  = data.aws_iam_policy_document.artifacts_key.json\n",
    )
    project.append("deploy/terraform/storage.tf", POLICY % sid)
    yield Place("deploy/terraform/storage.tf", f'sid       = "{sid}"')
    yield Place("deploy/terraform/storage.tf", 'actions   = ["kms:*"]')
