# What may be done by those who watch: each writes to its own place and reads nothing of ours.
data "aws_iam_policy_document" "alertmanager" {
  statement {
    sid       = "Tell"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn, aws_sns_topic.heartbeat.arn]
  }

  statement {
    sid       = "TopicKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.logs.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sns.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "cloudwatch_agent" {
  statement {
    sid       = "Measurements"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.cluster_parts["performance"].arn}:*"]
  }

  statement {
    sid       = "WhatNodeThisIs"
    actions   = ["ec2:DescribeTags", "ec2:DescribeVolumes"]
    resources = ["*"] # know no resource
  }
}

data "aws_iam_policy_document" "fluent_bit" {
  statement {
    sid     = "Logs"
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = concat(
      [for group in aws_cloudwatch_log_group.services : "${group.arn}:*"],
      ["${aws_cloudwatch_log_group.cluster_parts["platform"].arn}:*"],
    )
  }
}

data "aws_iam_policy_document" "loki" {
  statement {
    sid       = "Chunks"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.loki.arn}/*"]
  }

  statement {
    sid       = "Index"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.loki.arn]
  }

  statement {
    sid       = "BucketKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.logs.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "grafana_secrets" {
  statement {
    sid       = "FirstAdmin"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.grafana.arn]
  }

  statement {
    sid       = "ItsKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "trace_collector" {
  statement {
    sid       = "Spans"
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"] # know no resource
  }
}
