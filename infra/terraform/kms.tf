# One key for each kind of thing, so that a grant for one opens nothing else. All rotate once a year.
resource "aws_kms_key" "data" {
  description             = "${local.name}: database, cache, videos, secrets"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key_owner.json
}

resource "aws_kms_key" "cluster" {
  description             = "${local.name}: secrets in the cluster's etcd, volumes of its nodes"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.cluster_key.json
}

resource "aws_kms_key" "logs" {
  description             = "${local.name}: logs and alarms"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.logs_key.json
}

# Signs the names of released images; admission in the cluster checks it (cicd/opa-policies/require-image-signature.rego). The private
# half never leaves KMS, and asymmetric keys are replaced by hand: the policy takes two keys while that happens. One for all
# environments, beside the registry: an image is signed once.
resource "aws_kms_key" "image_signing" {
  count = local.registry_here ? 1 : 0

  description              = "${local.name}: signatures of released images"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  deletion_window_in_days  = 30
  policy                   = data.aws_iam_policy_document.key_owner.json
}

resource "aws_kms_alias" "this" {
  for_each = merge({
    data    = aws_kms_key.data.key_id
    cluster = aws_kms_key.cluster.key_id
    logs    = aws_kms_key.logs.key_id
  }, local.registry_here ? { image-signing = aws_kms_key.image_signing[0].key_id } : {})

  name          = "alias/${local.name}-${each.key}"
  target_key_id = each.value
}

data "aws_kms_public_key" "image_signing" {
  count = local.registry_here ? 1 : 0

  key_id = aws_kms_key.image_signing[0].key_id
}

locals {
  auto_scaling_role = "${local.arn_prefix}:iam::${var.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"

  # What an account may do with its own keys; who in the account is then a matter of IAM. A key policy's resource "*" is that key.
  key_administration = [
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:Decrypt", "kms:DeleteAlias", "kms:DescribeKey",
    "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:Encrypt", "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:GetPublicKey", "kms:ListGrants",
    "kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:ReEncryptFrom",
    "kms:ReEncryptTo", "kms:RetireGrant", "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:Sign",
    "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription", "kms:Verify",
  ]
  key_use = [
    "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom", "kms:ReEncryptTo",
  ]
}

data "aws_iam_policy_document" "key_owner" {
  statement {
    sid       = "Account"
    actions   = local.key_administration
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["${local.arn_prefix}:iam::${var.account_id}:root"]
    }
  }
}

data "aws_iam_policy_document" "cluster_key" {
  source_policy_documents = [data.aws_iam_policy_document.key_owner.json]

  # Auto Scaling starts nodes whose volumes are encrypted with this key. Its role is made by AWS with the first group, so a new account has
  # none: as a principal KMS would refuse it, as a condition it may come later.
  statement {
    sid       = "AutoScaling"
    actions   = local.key_use
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalArn"
      values   = [local.auto_scaling_role]
    }
  }

  statement {
    sid       = "AutoScalingGrants"
    actions   = ["kms:CreateGrant"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalArn"
      values   = [local.auto_scaling_role]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

data "aws_iam_policy_document" "logs_key" {
  source_policy_documents = [data.aws_iam_policy_document.key_owner.json]

  statement {
    sid       = "Logs"
    actions   = local.key_use
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["${local.arn_prefix}:logs:${var.region}:${var.account_id}:log-group:*"]
    }
  }

  statement {
    sid       = "Alarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}
