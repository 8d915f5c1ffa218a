from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

TEXT = """\
variable "{name}_cidrs" {{
  description = "Networks that reach the {what}"
  type        = list(string)
  default     = ["10.20.0.0/16"]
}}

resource "aws_security_group" "{name}" {{
  name        = "sentibot-{name}"
  description = "The {what}"
  vpc_id      = module.network.vpc_id
}}

resource "aws_vpc_security_group_ingress_rule" "{name}" {{
  for_each = toset(var.{name}_cidrs)

  security_group_id = aws_security_group.{name}.id
  description       = "{what} for the team"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = {port}
  to_port           = {port}
}}

resource "aws_instance" "{name}" {{
  ami                         = "ami-0abcdef1234567890"
  instance_type               = "t3.large"
  subnet_id                   = module.network.public_subnets[0]
  vpc_security_group_ids      = [aws_security_group.{name}.id]
  associate_public_ip_address = true

  metadata_options {{
    http_tokens = "required"
  }}

  root_block_device {{
    encrypted = true
  }}
}}
"""


@plant(
    rules=(
        "open-network-ingress",
        "exposed-management-interface",
        "unauthenticated-training-service",
    ),
    severities=("high", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("0.0.0.0/0", "open to the internet", "from anywhere", "ingress", "security group"),
    cwes=("CWE-284", "CWE-668", "CWE-923", "CWE-1327"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A port for the team is open to the whole internet, because tfvars widen the default.

    ## Why
    The variable defaults to the private network, but production sets it to every address. The
    machine has a public address and stands in the network of the project, so a guessed password
    or one flaw of the service is a foothold beside the training jobs.

    ## Fix
    Drop the override, or name the addresses of the office; better, use a session manager.
    """
    name, what, port = vary.choose(
        ("notebooks", "notebook server", 8888),
        ("bastion", "jump host", 22),
        ("ray_head", "dashboard of the training cluster", 8265),
    )
    path = f"deploy/terraform/{name}.tf"
    project.add(path, TEXT.format(name=name, what=what, port=port))
    yield project.append(
        "deploy/terraform/terraform.tfvars", f'{name + "_cidrs":19} = ["0.0.0.0/0"]'
    )
    yield Place(path, f"for_each = toset(var.{name}_cidrs)")
    yield Place(path, f"from_port         = {port}")
