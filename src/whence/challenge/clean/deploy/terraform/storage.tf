resource "aws_kms_key" "artifacts" {
  description             = "Encrypts the models and data of SentiBot"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "artifacts" {
  name          = "alias/sentibot-artifacts"
  target_key_id = aws_kms_key.artifacts.key_id
}

module "model_bucket" {
  source = "./modules/artifact_bucket"

  name           = "example-sentibot-models-${var.environment}"
  kms_key_arn    = aws_kms_key.artifacts.arn
  log_bucket     = aws_s3_bucket.access_logs.id
  retention_days = var.retention_days
}

module "data_bucket" {
  source = "./modules/artifact_bucket"

  name           = "example-sentibot-data-${var.environment}"
  kms_key_arn    = aws_kms_key.artifacts.arn
  log_bucket     = aws_s3_bucket.access_logs.id
  retention_days = var.retention_days
}

resource "aws_s3_bucket" "access_logs" {
  bucket = "example-sentibot-access-logs-${var.environment}"
}

resource "aws_s3_bucket_public_access_block" "access_logs" {
  bucket                  = aws_s3_bucket.access_logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

data "aws_iam_policy_document" "access_logs" {
  statement {
    sid       = "LogDelivery"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.access_logs.arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_s3_bucket_policy" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id
  policy = data.aws_iam_policy_document.access_logs.json
}

resource "aws_ecr_repository" "sentibot" {
  name                 = "sentibot"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.artifacts.arn
  }
}
