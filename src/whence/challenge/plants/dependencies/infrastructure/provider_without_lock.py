from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("unpinned-terraform-provider",),
    severities=("low", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.SEVERAL_FILES,
    words=("provider", "lock file", ".terraform.lock", "unpinned"),
    cwes=("CWE-829", "CWE-494", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The Terraform provider has no version bound above and no lock file.

    ## Why
    A provider is a program that runs with the credentials of the platform team. Without a lock each
    `init` takes the newest release and accepts its bytes as they come, and the check of the lock
    file in CI is gone with the file.

    ## Fix
    Commit `.terraform.lock.hcl`, bound the version, and run `init -lockfile=readonly`.
    """
    bound = vary.choose('version = ">= 6.0"', 'version = ">= 5.40"', None)
    project.remove("deploy/terraform/.terraform.lock.hcl")
    if bound is None:
        project.replace("deploy/terraform/versions.tf", '\n      version = "6.28.0"', "")
        project.replace(
            "deploy/terraform/versions.tf", 'source  = "hashicorp', 'source = "hashicorp'
        )
        yield Place("deploy/terraform/versions.tf", 'source = "hashicorp/aws"')
    else:
        yield project.replace("deploy/terraform/versions.tf", 'version = "6.28.0"', bound)
    yield project.replace(
        "deploy/ci/infrastructure.yml",
        "terraform init -backend=false -lockfile=readonly",
        "terraform init -backend=false",
    )
