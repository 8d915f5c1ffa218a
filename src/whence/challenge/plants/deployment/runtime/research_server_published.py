from __future__ import annotations

import hashlib
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# {what} of the people who work on the model.
apiVersion: v1
kind: Namespace
metadata:
  name: research
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: research
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: {name}
          image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/research-{name}@sha256:{digest}
          command: {command}
          ports:
            - name: http
              containerPort: {port}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          resources:
            requests: {{cpu: 500m, memory: 1Gi}}
            limits: {{cpu: "2", memory: 4Gi}}
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: research
spec:
  type: LoadBalancer
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: research
spec:
  podSelector: {{}}
  policyTypes: [Ingress]
  ingress:
    - ports:
        - {{protocol: TCP, port: {port}}}
"""
JUPYTER = (
    "jupyter",
    "The notebooks",
    '[jupyter, lab, --ip=0.0.0.0, --port=8888, "--IdentityProvider.token="]',
    8888,
)
MLFLOW = (
    "mlflow",
    "The runs and models",
    '[mlflow, server, --host, 0.0.0.0, --port, "5000"]',
    5000,
)
RAY = (
    "ray",
    "The cluster for parameter searches",
    "[ray, start, --head, --block, --dashboard-host=0.0.0.0, --dashboard-port=8265]",
    8265,
)


@plant(
    rules=(
        "exposed-management-interface",
        "unauthenticated-training-service",
        "permissive-network-policy",
    ),
    severities=("high", "critical"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.ONE_FILE,
    words=(
        "jupyter",
        "mlflow",
        "ray",
        "dashboard",
        "loadbalancer",
        "without authentication",
        "unauthenticated",
        "exposed",
    ),
    cwes=("CWE-306", "CWE-284", "CWE-668", "CWE-200"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A server of the researchers answers everybody, without a login.

    ## Why
    The service is of type LoadBalancer and the server has no authentication, while it is made to
    run code or to hand out and exchange models. Whoever finds the address runs code inside the
    cluster, or replaces the model that is taken for the next base.

    ## Fix
    Make it a ClusterIP behind an identity-aware proxy, and keep the token on.
    """
    name, what, command, port = vary.choose(JUPYTER, MLFLOW, RAY)
    digest = hashlib.sha256(name.encode()).hexdigest()
    path = f"deploy/research/{name}.yaml"
    project.add(path, TEXT.format(name=name, what=what, command=command, port=port, digest=digest))
    yield Place(path, "type: LoadBalancer")
    yield Place(path, f"command: {command}")
    yield Place(path, f"ingress:\n    - ports:\n        - {{protocol: TCP, port: {port}}}")
