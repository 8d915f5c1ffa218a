from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Conflict, Place, Project

POLICIES = "deploy/k8s/platform/network-policies.yaml"
EGRESS = """\
---
# {why}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
spec:
  podSelector: {{}}
  policyTypes: [Egress]
  egress:
    - {rule}"""
INGRESS = """\
---
# {why}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
spec:
  podSelector: {{}}
  policyTypes: [Ingress]
  ingress:
    - {rule}"""


@plant(
    rules=("permissive-network-policy",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=(
        "allows everything",
        "allow-all",
        "allow all",
        "any destination",
        "permissive",
        "0.0.0.0/0",
        "network policy",
    ),
    cwes=("CWE-284", "CWE-923", "CWE-668", "CWE-1327"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """One more network policy lets every pod talk with everything, which voids the others.

    ## Why
    Policies add up: what one allows no other takes back, so the default deny above it decides
    nothing any more. Code that gets into a pod sends models and reviews wherever it likes, or is
    reached from every other namespace.

    ## Fix
    Delete the policy and allow the one flow that was missing.
    """
    if not _applied(project):
        raise Conflict("the network policies are not applied")
    text, name, rule, why = vary.choose(
        (EGRESS, "metrics-push", "{}", "The collector's address changes with every release of it."),
        (
            EGRESS,
            "updates",
            "to:\n        - ipBlock: {cidr: 0.0.0.0/0}",
            "The collector has no fixed address.",
        ),
        (INGRESS, "monitoring", "{}", "Monitoring scrapes from several namespaces."),
    )
    project.append(POLICIES, text.format(name=name, rule=rule, why=why))
    yield Place(POLICIES, f"name: {name}")
    yield Place(POLICIES, f"gress:\n    - {rule}")


def _applied(project: Project) -> bool:
    return "- network-policies.yaml" in project.text("deploy/k8s/platform/kustomization.yaml")
