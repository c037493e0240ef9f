# GitHub's workflows take roles by OIDC: no key is stored anywhere, and a pull request gets nothing.
#
# release: main and release tags push images and sign them; it exists where the registry is.
# audit: jobs of the GitHub environment ENV-audit look at this cluster's nodes (scripts/kube-bench.sh); one in each account.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

# The subject names the repository; for one made (or renamed) since July 2026 with the numbers of owner and repository behind the names, which
# nobody gets again. Both forms are trusted, as the old one holds until the repository is moved over; no pattern stands for a number, since a
# pattern would also match what an environment's name can hold.
locals {
  github_names = concat(
    [var.github_repository],
    var.github_repository_ids == null ? [] : [
      "${split("/", var.github_repository)[0]}@${var.github_repository_ids.owner}/${split("/", var.github_repository)[1]}@${var.github_repository_ids.repository}",
    ],
  )
}

data "aws_iam_policy_document" "github_assume" {
  for_each = {
    release = {
      test     = "StringLike"
      subjects = ["ref:refs/heads/main", "ref:refs/tags/*-service/v*"]
    }
    audit = {
      test     = "StringEquals"
      subjects = ["environment:${var.environment}-audit"]
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
      values   = flatten([for name in local.github_names : [for subject in each.value.subjects : "repo:${name}:${subject}"]])
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

data "aws_iam_policy_document" "github_audit" {
  statement {
    sid       = "FindTheCluster"
    actions   = ["eks:DescribeCluster"]
    resources = [aws_eks_cluster.this.arn]
  }
}

resource "aws_iam_role" "github_audit" {
  name                 = "${local.name}-github-audit"
  description          = "Workflows of ${var.github_repository} in the environment ${var.environment}-audit"
  assume_role_policy   = data.aws_iam_policy_document.github_assume["audit"].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "github_audit" {
  name   = "audit"
  role   = aws_iam_role.github_audit.id
  policy = data.aws_iam_policy_document.github_audit.json
}

# What it may do inside is said there, to this group: infra/k8s/monitoring/kube-bench.yaml.
resource "aws_eks_access_entry" "audit" {
  count = var.install_addons ? 1 : 0

  cluster_name      = aws_eks_cluster.this.name
  principal_arn     = aws_iam_role.github_audit.arn
  kubernetes_groups = ["hiroba-audit"]
}
