from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

AGENT = """\
# Ships the logs of every container of the node.
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: log-agent
  namespace: logging
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: log-agent
  template:
    metadata:
      labels:
        app.kubernetes.io/name: log-agent
    spec:
      automountServiceAccountToken: false
HOST      containers:
        - name: agent
          image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/log-agent@sha256:DIGEST
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          resources:
            requests: {cpu: 50m, memory: 64Mi}
            limits: {cpu: 200m, memory: 128Mi}
          volumeMounts:
            - name: runtime
              mountPath: PATH
      volumes:
        - name: runtime
          hostPath:
            path: PATH
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: log-agent
  namespace: logging
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  egress:
    - to:
        - ipBlock: {cidr: 10.20.10.0/24}
      ports:
        - {protocol: TCP, port: 443}
"""
COMPOSE = """\
  # Starts the service again when its health check fails.
  autoheal:
    image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/autoheal@sha256:DIGEST
    environment:
      AUTOHEAL_CONTAINER_LABEL: all
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
    network_mode: none
    read_only: true
    cap_drop: [ALL]
    pids_limit: 32
    mem_limit: 64m
    cpus: 0.2"""


@plant(
    rules=("host-access", "container-runs-as-root", "privileged-container"),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "docker.sock",
        "containerd.sock",
        "container socket",
        "hostpath",
        "host path",
        "host access",
    ),
    cwes=("CWE-250", "CWE-668", "CWE-269", "CWE-732"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A small helper holds the socket of the container runtime.

    ## Why
    Whoever talks to the socket starts containers with any mount and any right, which is root on the
    machine. One flaw in the helper, or one bad release of its image, is enough.

    ## Fix
    Read log files from a read-only mount, and leave restarts to the runtime's own policy.
    """
    digest = hashlib.sha256(b"sentibot helper image").hexdigest()
    where = vary.choose("containerd", "docker", "compose")
    if where == "compose":
        project.append("deploy/docker/compose.yaml", COMPOSE.replace("DIGEST", digest))
        yield Place("deploy/docker/compose.yaml", "- /var/run/docker.sock:/var/run/docker.sock")
        return
    socket = "/run/containerd/containerd.sock" if where == "containerd" else "/var/run/docker.sock"
    host = vary.choose("", "      hostPID: true\n")
    path = "deploy/logging/agent.yaml"
    project.add(path, AGENT.replace("DIGEST", digest).replace("PATH", socket).replace("HOST", host))
    yield Place(path, f"hostPath:\n            path: {socket}")
    yield Place(path, f"mountPath: {socket}")
