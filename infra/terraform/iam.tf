# Who may do what. No policy of ours says Action "*", and none says Resource "*" where AWS lets it say less.
data "aws_iam_policy_document" "service_assume" {
  for_each = toset(["eks", "ec2"])

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "cluster" {
  name               = "${local.name}-cluster"
  assume_role_policy = data.aws_iam_policy_document.service_assume["eks"].json
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "${local.arn_prefix}:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "nodes" {
  name               = "${local.name}-nodes"
  assume_role_policy = data.aws_iam_policy_document.service_assume["ec2"].json
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"])

  role       = aws_iam_role.nodes.name
  policy_arn = "${local.arn_prefix}:iam::aws:policy/${each.key}"
}

# --- What our services may do: read their own secrets; video-service its bucket; user-service send mail from its own host.
data "aws_iam_policy_document" "service" {
  for_each = local.service_secrets

  statement {
    sid       = "OwnSecrets"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.service[each.key].arn]
  }

  statement {
    sid       = "TheirKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "user-service" ? [1] : []

    content {
      sid       = "Mail"
      actions   = ["ses:SendEmail", "ses:SendRawEmail"] # the second for a message that comes as its own bytes
      resources = [aws_sesv2_email_identity.host.arn, aws_sesv2_configuration_set.mail.arn]

      condition {
        test     = "StringEquals"
        variable = "ses:FromAddress"
        values   = [local.mail_from]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "video-service" ? [1] : []

    content {
      sid       = "Videos"
      actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
      resources = ["${aws_s3_bucket.videos.arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "video-service" ? [1] : []

    content {
      sid       = "VideoUploads"
      actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
      resources = [aws_s3_bucket.videos.arn]
    }
  }

  dynamic "statement" {
    for_each = each.key == "video-service" ? [1] : []

    content {
      sid       = "VideoKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [aws_kms_key.data.arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.amazonaws.com"]
      }
    }
  }
}

module "service_roles" {
  source   = "./modules/irsa-role"
  for_each = local.service_secrets

  # The overlays name these roles; environments are accounts, so the name needs no environment.
  name              = "hiroba-${each.key}"
  namespace         = "hiroba"
  service_account   = each.key
  oidc_provider_arn = aws_iam_openid_connect_provider.cluster.arn
  oidc_issuer_url   = aws_eks_cluster.this.identity[0].oidc[0].issuer
  policies          = { own = data.aws_iam_policy_document.service[each.key].json }
}

# --- What the cluster's own parts may do.
module "cluster_roles" {
  source = "./modules/irsa-role"
  for_each = {
    ebs-csi = {
      namespace       = "kube-system"
      service_account = "ebs-csi-controller-sa"
      policies        = {}
    }
    alertmanager = {
      namespace       = "monitoring"
      service_account = "alertmanager"
      policies        = { own = data.aws_iam_policy_document.alertmanager.json }
    }
    cloudwatch-agent = {
      namespace       = "amazon-cloudwatch"
      service_account = "cloudwatch-agent"
      policies        = { own = data.aws_iam_policy_document.cloudwatch_agent.json }
    }
    fluent-bit = {
      namespace       = "amazon-cloudwatch"
      service_account = "fluent-bit"
      policies        = { own = data.aws_iam_policy_document.fluent_bit.json }
    }
    grafana-secrets = {
      namespace       = "monitoring"
      service_account = "grafana-secrets"
      policies        = { own = data.aws_iam_policy_document.grafana_secrets.json }
    }
    loki = {
      namespace       = "monitoring"
      service_account = "loki"
      policies        = { own = data.aws_iam_policy_document.loki.json }
    }
    trace-collector = {
      namespace       = "monitoring"
      service_account = "trace-collector"
      policies        = { own = data.aws_iam_policy_document.trace_collector.json }
    }
    cluster-autoscaler = {
      namespace       = "kube-system"
      service_account = "cluster-autoscaler"
      policies        = { own = data.aws_iam_policy_document.cluster_autoscaler.json }
    }
    load-balancer-controller = {
      namespace       = "kube-system"
      service_account = "aws-load-balancer-controller"
      policies        = { own = data.aws_iam_policy_document.load_balancer_controller.json }
    }
  }

  # Applications, infra/helm and infra/k8s/monitoring name these roles.
  name              = "${local.name}-${each.key}"
  namespace         = each.value.namespace
  service_account   = each.value.service_account
  oidc_provider_arn = aws_iam_openid_connect_provider.cluster.arn
  oidc_issuer_url   = aws_eks_cluster.this.identity[0].oidc[0].issuer
  policies          = each.value.policies
}

resource "aws_iam_role_policy_attachment" "ebs_csi" {
  role       = module.cluster_roles["ebs-csi"].name
  policy_arn = "${local.arn_prefix}:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
}

# The controller finds the load balancer by its tags and manages listeners, rules and targets below it; the balancer itself,
# its security group and its firewall stay Terraform's.
data "aws_iam_policy_document" "load_balancer_controller" {
  statement {
    sid = "Look"
    actions = [
      "acm:DescribeCertificate", "acm:ListCertificates", "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances",
      "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags",
      "ec2:DescribeVpcs", "elasticloadbalancing:DescribeListenerAttributes", "elasticloadbalancing:DescribeListenerCertificates",
      "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeSSLPolicies",
      "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes",
      "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
      "elasticloadbalancing:DescribeTrustStores", "wafv2:GetWebACL", "wafv2:GetWebACLForResource",
    ]
    # None of these can be limited to a resource.
    resources = ["*"]
  }

  statement {
    sid = "Listeners"
    actions = [
      "elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetRulePriorities",
    ]
    resources = [
      "${local.arn_prefix}:elasticloadbalancing:${var.region}:${var.account_id}:loadbalancer/app/hiroba/*",
      "${local.arn_prefix}:elasticloadbalancing:${var.region}:${var.account_id}:listener/app/hiroba/*",
      "${local.arn_prefix}:elasticloadbalancing:${var.region}:${var.account_id}:listener-rule/app/hiroba/*",
    ]
  }

  statement {
    sid = "Targets"
    actions = [
      "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:RemoveTags",
    ]
    resources = ["${local.arn_prefix}:elasticloadbalancing:${var.region}:${var.account_id}:targetgroup/k8s-*/*"]
  }
}

# The Cluster Autoscaler and not Karpenter: the nodes stay Terraform's, so `destroy` knows them all and the bounds stand beside them; it needs
# two writes on our own groups instead of the right to start any instance and hand it a role; and there is one shape of node to choose.
data "aws_iam_policy_document" "cluster_autoscaler" {
  statement {
    sid = "Look"
    actions = [
      "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags", "ec2:DescribeImages", "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions", "ec2:GetInstanceTypesFromInstanceRequirements", "eks:DescribeNodegroup",
    ]
    resources = ["*"] # most know no resource
  }

  statement {
    sid       = "MoveOurGroups"
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["${local.arn_prefix}:autoscaling:${var.region}:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/eks-general-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/k8s.io/cluster-autoscaler/${local.name}"
      values   = ["owned"]
    }
  }
}
