# AWS is reached without leaving the VPC: videos and image layers through the free S3 gateway, the rest through interfaces.
# Each endpoint has a policy of its own. AWS's default lets every principal of every account do everything through it, so that
# a stolen key of a stranger's account could carry data out; ours lets this account do what the platform does, and no more.
locals {
  endpoint_actions = {
    "ecr.api" = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
    ]
    "ecr.dkr" = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    "email"   = ["ses:SendEmail", "ses:SendRawEmail"]
    "kms"     = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GetPublicKey"]
    "logs" = [
      "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents",
      "logs:PutRetentionPolicy",
    ]
    # Writing too: whoever rotates a secret sits inside (way-in.tf); who that is, IAM says.
    "secretsmanager" = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    "sts"            = ["sts:AssumeRole", "sts:GetCallerIdentity", "sts:TagSession"]
  }
}

data "aws_iam_policy_document" "interface_endpoint" {
  for_each = local.endpoint_actions

  statement {
    sid       = "OwnAccount"
    actions   = each.value
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [var.account_id]
    }
  }

  dynamic "statement" {
    # A pod that asks for its role has no principal yet, so there is no account to compare: the role is what counts.
    for_each = each.key == "sts" ? [1] : []

    content {
      sid       = "PodsTakeTheirRole"
      actions   = ["sts:AssumeRoleWithWebIdentity"]
      resources = ["arn:${var.partition}:iam::${var.account_id}:role/*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}

data "aws_iam_policy_document" "s3_endpoint" {
  statement {
    sid = "OwnBuckets"
    actions = [
      "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket",
      "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts", "s3:PutObject",
    ]
    resources = ["arn:${var.partition}:s3:::${var.name}-*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [var.account_id]
    }
  }

  # Image layers come from others' buckets of this region, as their principal or as nobody: ECR's, by links that it signed, and
  # that of registry.k8s.io, which sends callers from AWS there.
  statement {
    sid     = "ImageLayers"
    actions = ["s3:GetObject"]
    resources = [
      "arn:${var.partition}:s3:::prod-${var.region}-starport-layer-bucket/*",
      "arn:${var.partition}:s3:::prod-registry-k8s-io-${var.region}/*",
    ]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]
  policy            = data.aws_iam_policy_document.s3_endpoint.json
  tags              = { Name = "${var.name}-s3" }
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "AWS interface endpoints"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from the VPC"
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.endpoint_actions

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = data.aws_iam_policy_document.interface_endpoint[each.key].json
  tags                = { Name = "${var.name}-${each.key}" }
}
