from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

DEPLOYMENT = "deploy/k8s/base/deployment.yaml"
LIMITS = '            limits: {cpu: "1", memory: 512Mi}\n'
PLATFORM = "deploy/k8s/platform/kustomization.yaml"


@plant(
    rules=("missing-resource-limits",),
    severities=("medium", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("resource limit", "no limit", "without limit", "limitrange", "limits"),
    cwes=("CWE-770", "CWE-400"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The service has no limits of its own, and the limits of the namespace are not applied.

    ## Why
    Neither the container nor a LimitRange bounds it: a flood of long texts takes the memory and
    processors of the node, and with them the other workloads of it.

    ## Fix
    Give the container limits and list the LimitRange of the platform again.
    """
    if "{cpu: 500m, memory: 256Mi}" not in project.text("deploy/k8s/platform/limits.yaml"):
        raise Conflict("a container relies on the limits of the namespace")
    whole = "          resources:\n            requests: {cpu: 100m, memory: 128Mi}\n" + LIMITS
    if vary.choose(True, False):
        project.replace(DEPLOYMENT, LIMITS, "")
        yield Place(DEPLOYMENT, "- name: sentibot\n")
    else:
        project.replace(DEPLOYMENT, whole, "")
        yield Place(DEPLOYMENT, "readinessProbe:")
    project.replace(PLATFORM, "  - limits.yaml\n", "")
    yield Place(DEPLOYMENT, "args: [inference.serve,")
    yield Place("deploy/k8s/platform/limits.yaml")
