from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
# Alarms and a dashboard for latency and the distribution of answers.
module "dashboards" {
%s
  service       = "sentibot"
  load_balancer = aws_lb.sentibot.arn_suffix
}
"""


@plant(
    rules=("untrusted-terraform-module", "unpinned-terraform-module", "insecure-transport"),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("untrusted", "unknown publisher", "plain http", "third-party module", "personal"),
    cwes=("CWE-829", "CWE-494", "CWE-319", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A Terraform module comes from somebody whom nobody knows, or over plain http.

    ## Why
    A module runs with the rights of whoever applies it: it may add a role, open a port, or read the
    state. Its publisher, or for http anybody on the way, needs one release for that.

    ## Fix
    Use a module of the organisation or of a verified publisher, at an exact version.
    """
    source = vary.choose(
        '  source  = "cloudkits42/service-dashboards/aws"\n  version = "1.4.2"\n',
        '  source = "http://modules.example.net/service-dashboards-1.4.2.zip"\n',
    )
    path = "deploy/terraform/dashboards.tf"
    project.add(path, TEXT % source)
    yield Place(path, source.strip().split("\n")[0])
