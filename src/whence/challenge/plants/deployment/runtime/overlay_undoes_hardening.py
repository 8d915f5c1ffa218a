from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

OVERLAY = "deploy/k8s/overlays/production/kustomization.yaml"
NAMESPACE = "deploy/k8s/platform/namespace.yaml"
MERGED = """\
# The profiler attaches to the running process.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: sentibot
spec:
  template:
    spec:
      securityContext:
        runAsNonRoot: false
        runAsUser: 0
      containers:
        - name: sentibot
          securityContext:
            allowPrivilegeEscalation: true
            readOnlyRootFilesystem: false
            capabilities:
              add: [SYS_PTRACE, SYS_ADMIN]
"""
OPERATIONS = """\
patches:
  # The profiler attaches to the running process.
  - target:
      kind: Deployment
      name: sentibot
    patch: |-
      - op: replace
        path: /spec/template/spec/securityContext/runAsNonRoot
        value: false
      - op: replace
        path: /spec/template/spec/securityContext/runAsUser
        value: 0
      - op: replace
        path: /spec/template/spec/containers/0/securityContext
        value:
          privileged: true"""


@plant(
    rules=("privileged-container", "container-runs-as-root"),
    severities=("high", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("privileged", "root", "overlay", "patch", "escalation", "sys_ptrace", "capabilit"),
    cwes=("CWE-250", "CWE-269", "CWE-732"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The production overlay takes back what the base of the deployment hardens.

    ## Why
    The base reads like a model of restraint, but what runs is the base after the patches: root, with
    capabilities or full privileges. The namespace was relaxed so that the pods are admitted. A flaw
    in the service is root on the node and from there in every workload of it.

    ## Fix
    Remove the patch, enforce `restricted` again, and profile in an ephemeral container.
    """
    if vary.choose(True, False):
        name = vary.choose("profiling.yaml", "runtime-settings.yaml")
        path = f"deploy/k8s/overlays/production/{name}"
        project.add(path, MERGED)
        project.append(OVERLAY, f"patches:\n  - path: {name}")
        yield Place(path, "allowPrivilegeEscalation: true")
        yield Place(path, "runAsUser: 0")
        yield Place(OVERLAY, f"- path: {name}")
    else:
        project.append(OVERLAY, OPERATIONS)
        yield Place(OVERLAY, "privileged: true")
        yield Place(OVERLAY, "runAsUser\n        value: 0")
    yield project.replace(NAMESPACE, "io/enforce: restricted", "io/enforce: privileged")
