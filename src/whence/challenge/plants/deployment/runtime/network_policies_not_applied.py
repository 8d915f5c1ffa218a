from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

PLATFORM = "deploy/k8s/platform/kustomization.yaml"
POLICIES = "deploy/k8s/platform/network-policies.yaml"


@plant(
    rules=("missing-network-policy",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=(
        "not applied",
        "not listed",
        "never applied",
        "missing network polic",
        "no network polic",
        "kustomization",
    ),
    cwes=("CWE-284", "CWE-923", "CWE-668", "CWE-1327"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The network policies lie in the folder, but nothing applies them.

    ## Why
    The kustomization lists what is applied, and the file is not in it. The cluster has no policy for
    the namespace: every pod of the cluster reaches the service and its administration, and what
    gets into a pod may send data anywhere.

    ## Fix
    List the file again and check the rendered result in CI.
    """
    if project.text(POLICIES).count("kind: NetworkPolicy") != 4:
        raise Conflict("another plant has changed the network policies")
    if vary.choose(True, False):
        project.replace(PLATFORM, "  - network-policies.yaml\n", "")
    else:
        project.replace(
            PLATFORM,
            "  - network-policies.yaml\n",
            "  # - network-policies.yaml  # until the new network plug-in is rolled out\n",
        )
    yield Place(PLATFORM, "resources:")
    yield Place(POLICIES)
