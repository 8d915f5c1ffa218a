from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

ROLE = "deploy/k8s/platform/deployer-role.yaml"
OLD = "    resources: [configmaps]\n    verbs: [get, list, create]\n"


@plant(
    rules=("excessive-rbac",),
    severities=("high", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_FILES,
    words=("configmap", "signing key", "rbac", "deployer", "verification key", "role"),
    cwes=("CWE-269", "CWE-250", "CWE-732", "CWE-284"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The release workflow may change the key that its own releases are verified with.

    ## Why
    The public key of the model signature lies in a ConfigMap of this namespace, and the deployer's
    role may now change ConfigMaps. Whoever takes the workflow over puts his own key there and
    deploys a model signed with it: the service verifies and starts.

    ## Fix
    Leave `get, list, create`; the generated maps of a release have new names anyway.
    """
    verbs = vary.choose(
        "[get, list, create, patch]",
        "[get, list, create, update, patch, delete]",
        '["*"]',
    )
    new = f"    resources: [configmaps]\n    verbs: {verbs}\n"
    yield project.replace(ROLE, OLD, new)
    project.replace(
        ROLE,
        "# It can add configuration maps but not change the one that holds the signing key.\n",
        "# It creates configuration maps and brings them up to date.\n",
    )
