locals {
  public_subnets  = ["10.20.0.0/24", "10.20.1.0/24"]
  private_subnets = ["10.20.10.0/24", "10.20.11.0/24"]
}

module "network" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "6.0.1"

  name            = "sentibot-${var.environment}"
  cidr            = "10.20.0.0/16"
  azs             = ["${var.region}a", "${var.region}b"]
  public_subnets  = local.public_subnets
  private_subnets = local.private_subnets

  enable_nat_gateway            = false
  manage_default_security_group = true
}

# The workloads reach AWS through these endpoints; they have no way to the internet.
resource "aws_security_group" "endpoints" {
  name        = "sentibot-endpoints"
  description = "AWS service endpoints, for the private subnets only"
  vpc_id      = module.network.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = toset(local.private_subnets)

  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from a private subnet"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_endpoint" "services" {
  for_each = toset(["s3", "sts", "ecr.api", "ecr.dkr", "kms"])

  vpc_id              = module.network.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = module.network.private_subnets
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true

  dns_options {
    private_dns_only_for_inbound_resolver_endpoint = false
  }
}
