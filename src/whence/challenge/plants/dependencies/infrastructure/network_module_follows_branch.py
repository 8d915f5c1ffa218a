from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

OLD = '  source  = "terraform-aws-modules/vpc/aws"\n  version = "6.0.1"\n'


@plant(
    rules=("unpinned-terraform-module", "untrusted-terraform-module"),
    severities=("medium", "high"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("unpinned", "not pinned", "module version", "branch", "terraform module"),
    cwes=("CWE-829", "CWE-494", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The network is built by a module that is not fixed to a version.

    ## Why
    The lock file of Terraform fixes providers, not modules: the next `init` brings what the branch
    or the range holds then. Whoever changes it there changes subnets and routes of production with
    the rights of the platform team.

    ## Fix
    Name an exact version, or a commit for a git source.
    """
    new = vary.choose(
        '  source = "git::https://github.com/example-org/terraform-network.git//vpc?ref=main"\n',
        '  source = "git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git"\n',
        '  source  = "terraform-aws-modules/vpc/aws"\n  version = ">= 6.0"\n',
        '  source = "terraform-aws-modules/vpc/aws"\n',
    )
    yield project.replace("deploy/terraform/network.tf", OLD, new)
