from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
variable "{name}_cidrs" {{
  description = "Networks that reach the {what}"
  type        = list(string)
  default     = ["0.0.0.0/0"]
}}

resource "aws_security_group" "{name}" {{
  name        = "sentibot-{label}"
  description = "The {what}"
  vpc_id      = module.network.vpc_id
}}

resource "aws_vpc_security_group_ingress_rule" "{name}" {{
  for_each = toset(var.{name}_cidrs)

  security_group_id = aws_security_group.{name}.id
  description       = "{what}, from the office"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = {port}
  to_port           = {port}
}}
"""


@plant(
    rules=("open-network-ingress", "exposed-management-interface"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("0.0.0.0/0", "open to the internet", "from anywhere", "ingress", "security group"),
    cwes=("CWE-284", "CWE-668", "CWE-923", "CWE-1327"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A security group defaults to every address, and production narrows it to the office.

    ## Why
    The default is never in effect: terraform.tfvars, the only values this configuration is applied
    with, sets the variable to the small network of the office.
    """
    name, label, what, port = vary.choose(
        ("grafana", "grafana", "dashboards", 3000),
        ("vpn_gateway", "vpn-gateway", "VPN gateway", 1194),
    )
    path = f"deploy/terraform/{name}.tf"
    project.add(path, TEXT.format(name=name, label=label, what=what, port=port))
    project.append(
        "deploy/terraform/terraform.tfvars", f'{name + "_cidrs":19} = ["203.0.113.16/28"]'
    )
    yield Place(path, 'default     = ["0.0.0.0/0"]')
    yield Place(path, f"for_each = toset(var.{name}_cidrs)")
