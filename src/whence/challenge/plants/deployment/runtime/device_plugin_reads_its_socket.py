from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Tells the scheduler which GPUs a node has; it needs the kubelet's folder for device plug-ins.
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: gpu-device-plugin
  namespace: kube-system
spec:
  selector:
    matchLabels:
      name: gpu-device-plugin
  template:
    metadata:
      labels:
        name: gpu-device-plugin
    spec:
      priorityClassName: system-node-critical
      automountServiceAccountToken: false
      nodeSelector:
        node.example.com/gpu: "true"
      containers:
        - name: plugin
          image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/gpu-device-plugin@sha256:DIGEST
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          resources:
            requests: {cpu: 20m, memory: 32Mi}
            limits: {cpu: 100m, memory: 64Mi}
          volumeMounts:
            - name: device-plugins
              mountPath: /var/lib/kubelet/device-plugins
MOUNT      volumes:
        - name: device-plugins
          hostPath:
            path: /var/lib/kubelet/device-plugins
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: gpu-device-plugin
  namespace: kube-system
spec:
  podSelector:
    matchLabels:
      name: gpu-device-plugin
  policyTypes: [Ingress, Egress]
"""


@plant(
    rules=("host-access", "privileged-container", "gpu-isolation"),
    kind=Kind.RED_HERRING,
    needs=Needs.OUTSIDE,
    words=("hostpath", "host path", "host access", "kubelet"),
    cwes=("CWE-250", "CWE-668", "CWE-269"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The GPU device plug-in mounts the one folder of the node that its work consists of.

    ## Why
    A device plug-in announces itself through the kubelet's folder for plug-ins, which holds nothing
    but such sockets. It has no privileges, no capabilities, no network and no token.
    """
    mount = vary.choose("", "              readOnly: true\n")
    digest = hashlib.sha256(b"gpu device plug-in").hexdigest()
    path = "deploy/gpu/device-plugin.yaml"
    project.add(path, TEXT.replace("DIGEST", digest).replace("MOUNT", mount))
    yield Place(path, "hostPath:\n            path: /var/lib/kubelet/device-plugins")
    yield Place(path, "mountPath: /var/lib/kubelet/device-plugins")
