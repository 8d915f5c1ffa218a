from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

IDENTITIES = "deploy/terraform/identities.tf"
OLD = """\
      test     = "StringEquals"
      variable = "${local.github_issuer}:sub"
      values   = ["repo:${var.repository}:environment:${each.key}"]
"""
NEW = """\
      test     = "StringLike"
      variable = "${local.github_issuer}:sub"
      values   = ["SUBJECT"]
"""


@plant(
    rules=("ci-unprotected-deployment", "excessive-iam", "ci-long-lived-credential"),
    severities=("high", "medium", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("oidc", "subject", "any branch", "trust policy", "wildcard", "assume"),
    cwes=("CWE-284", "CWE-863", "CWE-732", "CWE-285"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The cloud trusts every workflow of the repository, not only the protected environments.

    ## Why
    The condition on the token's subject ends in a wildcard, so a workflow on any branch, also one
    that an attacker adds in a branch of his own, may assume the roles that publish models and
    deploy. The environments and their reviewers no longer stand in the way.

    ## Fix
    Compare the subject exactly with the environment of each role.
    """
    subject = vary.choose(
        "repo:${var.repository}:*",
        'repo:${split("/", var.repository)[0]}/*',
        "repo:${var.repository}:ref:refs/heads/*",
    )
    project.replace(IDENTITIES, OLD, NEW.replace("SUBJECT", subject))
    yield Place(IDENTITIES, f'values   = ["{subject}"]')
