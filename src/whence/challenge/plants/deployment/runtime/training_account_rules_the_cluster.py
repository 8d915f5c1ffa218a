from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
---
# {why}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: sentibot-training
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - kind: ServiceAccount
    name: sentibot-training
    namespace: sentibot"""
WILD = """\
---
# {why}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: sentibot-training
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: sentibot-training
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: sentibot-training
subjects:
  - kind: ServiceAccount
    name: sentibot-training
    namespace: sentibot"""


@plant(
    rules=("excessive-rbac",),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("cluster-admin", "cluster admin", "wildcard", "rbac", "clusterrole"),
    cwes=("CWE-269", "CWE-250", "CWE-732", "CWE-266"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The service account of the training job may do everything in the cluster.

    ## Why
    The job reads data from outside and runs many packages. Whoever gets code to run in it starts a
    pod with its account and reads every secret and changes every workload of the cluster.

    ## Fix
    Remove the binding; the job makes no call to the API.
    """
    why = vary.choose(
        "The trial starts its helper jobs itself.", "For the move to the workflow operator."
    )
    text, place = vary.choose((TEXT, "name: cluster-admin"), (WILD, 'resources: ["*"]'))
    path = "deploy/k8s/platform/service-accounts.yaml"
    project.append(path, text.format(why=why))
    yield Place(path, place)
    yield Place(path, "kind: ClusterRoleBinding")
