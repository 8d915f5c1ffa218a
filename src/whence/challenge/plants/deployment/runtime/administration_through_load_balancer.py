from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

BALANCER = "deploy/terraform/load_balancer.tf"


@plant(
    rules=("exposed-management-interface", "unauthenticated-model-management"),
    severities=("medium", "high", "low"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=("admin", "reload", "load balancer", "/v1/*", "listener", "wildcard", "management"),
    cwes=("CWE-284", "CWE-668", "CWE-749", "CWE-306"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The load balancer now sends the administration of the service in from the internet.

    ## Why
    The rule matches more than the two public routes, so `/v1/admin/reload` answers the world, though
    README and comment say that it is not published. Anyone may guess or replay the token, and every
    caller with it makes the service load the release anew, as often as he likes.

    ## Fix
    List the public routes one by one.
    """
    pattern = vary.choose('["/v1/*"]', '["/v1/*", "/healthz"]', '["/*"]')
    project.replace(BALANCER, 'values = ["/v1/sentiment", "/v1/model"]', f"values = {pattern}")
    yield Place(BALANCER, f"values = {pattern}")
    yield Place("src/inference/app.py", '@app.post("/v1/admin/reload"')
