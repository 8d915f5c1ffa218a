from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

DEPLOYMENT = "deploy/k8s/base/deployment.yaml"
JOB = "deploy/k8s/training/cron-job.yaml"
SERVICE_LIMITS = '            limits: {cpu: "1", memory: 512Mi}\n'
JOB_LIMITS = '                limits: {cpu: "1", memory: 1Gi}\n'


@plant(
    rules=("missing-resource-limits",),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("resource limit", "no limit", "without limit", "limits"),
    cwes=("CWE-770", "CWE-400"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A container states no limits, because the namespace gives them to it.

    ## Why
    The LimitRange of the platform is applied to this namespace and fills in the default limits of
    every container that has none. What runs is bounded.
    """
    path, limits, place = vary.choose(
        (DEPLOYMENT, SERVICE_LIMITS, "args: [inference.serve,"),
        (JOB, JOB_LIMITS, "args: [training.pipeline,"),
    )
    if "- limits.yaml" not in project.text("deploy/k8s/platform/kustomization.yaml"):
        raise Conflict("the limits of the namespace are not applied")
    project.replace(path, limits, "")
    project.replace(
        "deploy/k8s/platform/limits.yaml",
        "{cpu: 500m, memory: 256Mi}",
        "{cpu: 500m, memory: 512Mi}",
    )
    yield Place(path, place)
