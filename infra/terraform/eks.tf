# The cluster: a control plane reached from the VPC (and from named networks, if any), nodes without public addresses.
resource "aws_cloudwatch_log_group" "cluster" {
  # EKS writes to a group of this name; made here so that it is encrypted and does not grow for ever.
  name              = "/aws/eks/${local.name}/cluster"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_eks_cluster" "this" {
  name                          = local.name
  role_arn                      = aws_iam_role.cluster.arn
  version                       = var.kubernetes_version
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  bootstrap_self_managed_addons = false

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.cluster.arn
    }
  }

  vpc_config {
    subnet_ids              = module.network.private_subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.public_endpoint_cidrs) > 0
    public_access_cidrs     = length(var.public_endpoint_cidrs) > 0 ? var.public_endpoint_cidrs : null
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [
    aws_cloudwatch_log_group.cluster,
    aws_iam_role_policy_attachment.cluster,
  ]
}

resource "aws_iam_openid_connect_provider" "cluster" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

# Nodes answer the metadata service to themselves alone (hop limit 1): a pod cannot take the node's role.
resource "aws_launch_template" "nodes" {
  name_prefix            = "${local.name}-nodes-"
  update_default_version = true

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    http_endpoint               = "enabled"
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = 50
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = aws_kms_key.cluster.arn
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${local.name}-node" }
  }
}

# A group a zone: a volume stays in its zone, so the autoscaler must be able to make the node there. EKS tags their Auto Scaling groups
# with k8s.io/cluster-autoscaler/enabled and .../NAME: that is how the autoscaler finds them (cicd/platform-apps/nodes-app.yaml).
resource "aws_eks_node_group" "this" {
  for_each = { for i, zone in local.zones : zone => module.network.private_subnet_ids[i] }

  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "general-${each.key}"
  node_role_arn   = aws_iam_role.nodes.arn
  subnet_ids      = [each.value]
  version         = aws_eks_cluster.this.version
  ami_type        = var.node_architecture == "arm64" ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD"
  instance_types  = var.node_instance_types
  capacity_type   = "ON_DEMAND"

  launch_template {
    id      = aws_launch_template.nodes.id
    version = aws_launch_template.nodes.latest_version
  }

  scaling_config {
    min_size     = var.node_count.min
    max_size     = var.node_count.max
    desired_size = var.node_count.min
  }

  update_config {
    max_unavailable = 1
  }

  # A node that runs and does not answer is replaced after half an hour; its Auto Scaling group sees only those that stopped.
  node_repair_config {
    enabled = true
  }

  lifecycle {
    # The autoscaler moves it (iam.tf says what it may).
    ignore_changes = [scaling_config[0].desired_size]

    precondition {
      condition = alltrue([
        for type in var.node_instance_types : can(regex("^[a-z]+[0-9]+g", type)) == (var.node_architecture == "arm64")
      ])
      error_message = "The instance types are not all of the architecture ${var.node_architecture}."
    }
  }

  # Roles and network first, and on the way down last: a node without the network add-on never becomes ready, so the group would wait until
  # it fails; and nodes must be able to sign off.
  depends_on = [aws_iam_role_policy_attachment.nodes, aws_eks_addon.before_nodes]
}

# What a node needs to become ready. Neither waits for a node itself: their DaemonSets are complete with none. (The cluster makes none of
# its own, bootstrap_self_managed_addons.) The network add-on also enforces the network policies; without it they would be words.
resource "aws_eks_addon" "before_nodes" {
  for_each = var.install_addons ? {
    vpc-cni    = jsonencode({ enableNetworkPolicy = "true", env = { ENABLE_PREFIX_DELEGATION = "true" } })
    kube-proxy = null
  } : {}

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  configuration_values        = each.value
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
}

resource "aws_eks_addon" "after_nodes" {
  for_each = var.install_addons ? {
    coredns            = null
    metrics-server     = null
    aws-ebs-csi-driver = module.cluster_roles["ebs-csi"].arn
  } : {}

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  service_account_role_arn    = each.value
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"

  depends_on = [aws_eks_node_group.this]
}

resource "aws_eks_access_entry" "admins" {
  for_each = var.install_addons ? var.cluster_admin_role_arns : []

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
}

resource "aws_eks_access_policy_association" "admins" {
  for_each = var.install_addons ? var.cluster_admin_role_arns : []

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
  policy_arn    = "${local.arn_prefix}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }

  depends_on = [aws_eks_access_entry.admins]
}
