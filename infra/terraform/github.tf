# GitHub's workflows take roles by OIDC: no key is stored anywhere, and a pull request gets nothing.
#
# release: main and release tags push images and sign them; it exists where the registry is.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "github_assume" {
  for_each = {
    release = {
      test     = "StringLike"
      subjects = ["ref:refs/heads/main", "ref:refs/tags/*-service/v*"]
    }
  }

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = each.value.test
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for subject in each.value.subjects : "repo:${var.github_repository}:${subject}"]
    }
  }
}

data "aws_iam_policy_document" "github_release" {
  count = local.registry_here ? 1 : 0

  statement {
    sid = "Push"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImageScanFindings",
      "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ]
    resources = [for repository in aws_ecr_repository.service : repository.arn]
  }

  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # knows no resource
  }

  statement {
    sid       = "Sign"
    actions   = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"]
    resources = [aws_kms_key.image_signing[0].arn]
  }
}

resource "aws_iam_role" "github_release" {
  count = local.registry_here ? 1 : 0

  name                 = "${local.name}-github-release"
  description          = "Workflows of ${var.github_repository} on main and on release tags"
  assume_role_policy   = data.aws_iam_policy_document.github_assume["release"].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "github_release" {
  count = local.registry_here ? 1 : 0

  name   = "release"
  role   = aws_iam_role.github_release[0].id
  policy = data.aws_iam_policy_document.github_release[0].json
}
