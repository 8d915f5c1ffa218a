from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

JOB = "deploy/k8s/training/cron-job.yaml"
DEPLOYMENT = "deploy/k8s/base/deployment.yaml"


@plant(
    rules=("service-account-token",),
    severities=("low", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("automount", "service account token", "serviceaccount token", "token mounted"),
    cwes=("CWE-250", "CWE-522", "CWE-272", "CWE-668"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A pod mounts the token of its service account, although it never talks to the cluster.

    ## Why
    The pod's setting wins over that of the account, which still says no. Whoever reads files in the
    container has an identity at the API server for nothing in return.

    ## Fix
    Set `automountServiceAccountToken: false` in the pod again.
    """
    path = vary.choose(JOB, DEPLOYMENT)
    yield project.replace(
        path, "automountServiceAccountToken: false", "automountServiceAccountToken: true"
    )
