from __future__ import annotations

import json
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project


@plant(
    rules=("exposed-terraform-state", "hardcoded-secret"),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.CONTENT,
    words=("state file", "tfstate", "terraform state", "committed state"),
    cwes=("CWE-312", "CWE-538", "CWE-200", "CWE-522", "CWE-798"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A state file of Terraform is committed, with a secret in it.

    ## Why
    State holds every attribute in the clear, here the token of the service's administration. It is
    in the history of everybody who has cloned the repository, whatever is deleted now.

    ## Fix
    Keep state in the encrypted, locked backend only; change the token, and remove the file.
    """
    token = vary.choose(
        "sb_adm_9kQw3Zr7Lx2Vt8Nc5Jp1Hd4Ms6Fy0Bg", "sb_adm_T4uX8eKo1Wq6Rz3Yv9Ln2Ca7Pi5Dj0Sm"
    )
    name = vary.choose("terraform.tfstate", "errored.tfstate", "terraform.tfstate.backup")
    state = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": vary.number(40, 400),
        "lineage": "5d0c3b4e-2a61-4c0e-9f77-1f1f0b8a6f3e",
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": "aws_secretsmanager_secret_version",
                "name": "admin_token",
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                "instances": [
                    {
                        "schema_version": 0,
                        "attributes": {
                            "secret_id": "sentibot/production/admin-token",
                            "secret_string": token,
                            "version_stages": ["AWSCURRENT"],
                        },
                    }
                ],
            }
        ],
    }
    path = f"deploy/terraform/{name}"
    project.add(path, json.dumps(state, indent=2) + "\n")
    project.replace(".gitignore", "*.tfstate\n*.tfstate.*\n", "")
    yield Place(path)
