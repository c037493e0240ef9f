# Videos, the load balancer's logs, and what Loki keeps. All are closed to the public, encrypted, and refuse plain HTTP.
resource "aws_s3_bucket" "videos" {
  bucket        = "${local.name}-videos-${var.account_id}"
  force_destroy = !var.retain_data
}

resource "aws_s3_bucket" "logs" {
  bucket        = "${local.name}-logs-${var.account_id}"
  force_destroy = !var.retain_data
}

resource "aws_s3_bucket" "loki" {
  bucket        = "${local.name}-loki-${var.account_id}"
  force_destroy = true # CloudWatch keeps the services' logs too
}

locals {
  buckets = {
    videos = aws_s3_bucket.videos
    logs   = aws_s3_bucket.logs
    loki   = aws_s3_bucket.loki
  }
  bucket_keys = {
    videos = aws_kms_key.data.arn
    logs   = null # the load balancer can write its logs with S3's own key only
    loki   = aws_kms_key.logs.arn
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    bucket_key_enabled = each.key != "logs"

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key != "logs" ? "aws:kms" : "AES256"
      kms_master_key_id = local.bucket_keys[each.key]
    }
  }
}

resource "aws_s3_bucket_versioning" "videos" {
  bucket = aws_s3_bucket.videos.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "videos" {
  bucket = aws_s3_bucket.videos.id

  # The service gives up what stands still for UPLOAD_EXPIRY_HOURS; here goes what it did not hear of. Longer than any upload that moves.
  rule {
    id     = "dead-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 14
    }
  }

  # The end of an upload, written again with every piece that comes: what it was before is of no use, and would be most of the bucket.
  rule {
    id     = "tails"
    status = "Enabled"

    filter {
      prefix = "tails/"
    }

    expiration {
      days = 14
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "deleted-videos"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  # What is left of an object when its versions are gone; listing walks over them.
  rule {
    id     = "delete-markers"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }
  }

  depends_on = [aws_s3_bucket_versioning.videos]
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  for_each = { logs = aws_s3_bucket.logs.id, loki = aws_s3_bucket.loki.id }

  bucket = each.value

  rule {
    id     = "old-logs"
    status = "Enabled"

    filter {}

    expiration {
      days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

# Browsers send the parts of an upload straight to the bucket, and must see each part's ETag.
resource "aws_s3_bucket_cors_configuration" "videos" {
  bucket = aws_s3_bucket.videos.id

  cors_rule {
    allowed_methods = ["GET", "HEAD", "PUT"]
    allowed_origins = ["https://${var.host}"]
    allowed_headers = ["content-type", "content-md5", "x-amz-checksum-sha256", "range"]
    expose_headers  = ["ETag", "Content-Range", "Accept-Ranges"]
    max_age_seconds = 3600
  }
}

data "aws_iam_policy_document" "tls_only" {
  for_each = local.buckets

  statement {
    sid       = "RefusePlainHTTP"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value.arn, "${each.value.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? [1] : []

    content {
      sid       = "LoadBalancerLogs"
      actions   = ["s3:PutObject"]
      resources = ["${each.value.arn}/alb/AWSLogs/${var.account_id}/*"]

      principals {
        type        = "Service"
        identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = var.refuse_plain_http ? local.buckets : {}

  bucket = each.value.id
  policy = data.aws_iam_policy_document.tls_only[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
}
