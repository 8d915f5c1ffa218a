module "serving_role" {
  source = "./modules/workload_role"

  name            = "sentibot-serving"
  service_account = "sentibot:sentibot-serving"
  account_id      = var.account_id
  oidc_issuer     = var.cluster_oidc_issuer
  bucket_arn      = module.model_bucket.arn
  kms_key_arn     = aws_kms_key.artifacts.arn
}

module "training_role" {
  source = "./modules/workload_role"

  name            = "sentibot-training"
  service_account = "sentibot:sentibot-training"
  account_id      = var.account_id
  oidc_issuer     = var.cluster_oidc_issuer
  bucket_arn      = module.data_bucket.arn
  kms_key_arn     = aws_kms_key.artifacts.arn
}

locals {
  github_issuer = "token.actions.githubusercontent.com"

  # The GitHub environments whose jobs may assume a role, and what each may do.
  release_roles = {
    publish    = data.aws_iam_policy_document.publish.json
    production = data.aws_iam_policy_document.deploy.json
  }
}

data "aws_iam_policy_document" "publish" {
  statement {
    sid       = "PublishReleases"
    actions   = ["s3:PutObject"]
    resources = ["${module.model_bucket.arn}/releases/*"]
  }

  statement {
    sid       = "EncryptReleases"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [aws_kms_key.artifacts.arn]
  }

  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.sentibot.arn]
  }

  # ECR has no narrower resource for its login token.
  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "deploy" {
  statement {
    sid       = "FindCluster"
    actions   = ["eks:DescribeCluster"]
    resources = ["arn:aws:eks:${var.region}:${var.account_id}:cluster/example-${var.environment}"]
  }
}

data "aws_iam_policy_document" "release_trust" {
  for_each = local.release_roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::${var.account_id}:oidc-provider/${local.github_issuer}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_issuer}:sub"
      values   = ["repo:${var.repository}:environment:${each.key}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "release" {
  for_each = local.release_roles

  name                 = "sentibot-release-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.release_trust[each.key].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "release" {
  for_each = local.release_roles

  name   = each.key
  role   = aws_iam_role.release[each.key].id
  policy = each.value
}
