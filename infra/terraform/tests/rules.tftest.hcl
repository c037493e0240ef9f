# Our own rules, held against a plan for production. The provider is a stand-in: nothing is asked of AWS.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }

  mock_data "aws_availability_zones" {
    defaults = {
      names = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
    }
  }

  mock_data "aws_partition" {
    defaults = {
      partition  = "aws"
      dns_suffix = "amazonaws.com"
    }
  }

  mock_resource "aws_sesv2_email_identity" {
    defaults = {
      arn                     = "arn:aws:ses:ap-northeast-1:333333333333:identity/api.hiroba.example.com"
      dkim_signing_attributes = { tokens = ["one", "two", "three"] }
    }
  }

  mock_data "aws_secretsmanager_random_password" {
    defaults = {
      random_password = "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl"
    }
  }
}

variables {
  environment       = "prd"
  account_id        = "333333333333"
  host              = "api.hiroba.example.com"
  github_repository = "hiroba-platform/hiroba"
  vpc_cidr          = "10.30.0.0/16"

  registry_account_id       = "333333333333"
  registry_pull_account_ids = ["111111111111", "222222222222"]
}

run "no_database_is_public" {
  command = plan

  assert {
    condition     = alltrue([for i in aws_rds_cluster_instance.this : !i.publicly_accessible])
    error_message = "A database instance has a public address."
  }

  assert {
    condition = alltrue([
      for rule in concat(values(aws_vpc_security_group_ingress_rule.database), values(aws_vpc_security_group_ingress_rule.redis)) :
      rule.cidr_ipv4 != "0.0.0.0/0"
    ])
    error_message = "Database or cache is open to the internet."
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_public_access == false
    error_message = "The cluster's API is public although no network was named."
  }
}

run "everything_at_rest_and_in_transit_is_encrypted" {
  command = plan

  assert {
    condition     = aws_rds_cluster.this.storage_encrypted
    error_message = "Aurora is not encrypted."
  }

  assert {
    condition = anytrue([
      for p in aws_rds_cluster_parameter_group.this.parameter : p.name == "rds.force_ssl" && p.value == "1"
    ])
    error_message = "Aurora takes connections without TLS."
  }

  assert {
    condition = (
      aws_elasticache_replication_group.this.at_rest_encryption_enabled == "true" &&
      aws_elasticache_replication_group.this.transit_encryption_enabled &&
      aws_elasticache_replication_group.this.transit_encryption_mode == "required"
    )
    error_message = "Redis is not encrypted."
  }

  assert {
    condition     = contains(aws_eks_cluster.this.encryption_config[0].resources, "secrets")
    error_message = "The cluster's secrets are not encrypted."
  }

  assert {
    condition     = alltrue([for r in aws_ecr_repository.service : r.encryption_configuration[0].encryption_type == "KMS"])
    error_message = "An image repository is not encrypted with our key."
  }

  assert {
    condition     = toset(keys(aws_s3_bucket_server_side_encryption_configuration.this)) == toset(["videos", "logs", "loki"])
    error_message = "A bucket has no encryption."
  }

  assert {
    condition     = alltrue([for d in aws_launch_template.nodes.block_device_mappings : d.ebs[0].encrypted == "true"])
    error_message = "A node's volume is not encrypted."
  }
}

run "buckets_are_closed_and_refuse_plain_http" {
  command = plan

  assert {
    condition = alltrue([
      for b in aws_s3_bucket_public_access_block.this :
      b.block_public_acls && b.block_public_policy && b.ignore_public_acls && b.restrict_public_buckets
    ]) && length(aws_s3_bucket_public_access_block.this) == 3
    error_message = "A bucket could become public."
  }

  assert {
    condition     = length(aws_s3_bucket_policy.this) == 3
    error_message = "A bucket takes requests without TLS."
  }

  assert {
    condition = anytrue([
      for r in aws_s3_bucket_lifecycle_configuration.videos.rule :
      r.status == "Enabled" && anytrue([for a in r.abort_incomplete_multipart_upload : a.days_after_initiation >= 7])
    ])
    error_message = "Dead uploads would be paid for for ever, or slow ones end while they move."
  }

  assert {
    condition = anytrue([
      for r in aws_s3_bucket_lifecycle_configuration.videos.rule : r.status == "Enabled" && anytrue([for f in r.filter : f.prefix == "tails/"]) &&
      anytrue([for v in r.noncurrent_version_expiration : v.noncurrent_days == 1]) && anytrue([for e in r.expiration : e.days >= 7])
    ])
    error_message = "Every piece of an upload would leave a version of its tail, or a tail would go before its upload."
  }

  assert {
    condition = toset(flatten([for s in data.aws_iam_policy_document.service["video-service"].statement : s.actions if startswith(s.sid, "Video")])) == toset([
      "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject",
      "s3:ListBucket", "s3:ListBucketMultipartUploads", "kms:Decrypt", "kms:GenerateDataKey",
    ])
    error_message = "video-service has other rights than libs/Sources/S3ObjectStorage asks for."
  }

  assert {
    condition = anytrue([
      for r in aws_s3_bucket_cors_configuration.videos.cors_rule :
      contains(r.allowed_methods, "PUT") && contains(r.expose_headers, "ETag") && r.allowed_origins == toset(["https://api.hiroba.example.com"])
    ])
    error_message = "A browser cannot send parts, or any site can."
  }
}

run "what_holds_state_survives_a_zone_and_a_mistake" {
  command = plan

  assert {
    condition     = length(distinct([for i in aws_rds_cluster_instance.this : i.availability_zone])) >= 2
    error_message = "All database instances stand in one zone."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "Redis does not fail over."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.parameter_group_name == "default.redis7" && startswith(aws_elasticache_replication_group.this.engine_version, "7.")
    error_message = "Redis may evict the stream of identity events: its maxmemory-policy is not known to spare what has no time to live."
  }

  assert {
    condition     = aws_rds_cluster.this.deletion_protection && !aws_rds_cluster.this.skip_final_snapshot && aws_lb.this.enable_deletion_protection
    error_message = "Production can be deleted by one command."
  }

  assert {
    condition     = aws_rds_cluster.this.backup_retention_period >= 7
    error_message = "Backups are kept too briefly."
  }
}

run "images_cannot_be_replaced_and_are_scanned" {
  command = plan

  assert {
    condition = alltrue([
      for r in aws_ecr_repository.service :
      r.image_tag_mutability == "IMMUTABLE" && r.image_scanning_configuration[0].scan_on_push
    ])
    error_message = "A tag could be moved, or a push is not scanned."
  }

  assert {
    condition = alltrue([
      for policy in aws_ecr_lifecycle_policy.service : toset([["v"], ["main-"]]) == toset([
        for rule in jsondecode(policy.policy).rules : rule.selection.tagPrefixList if rule.selection.tagStatus == "tagged"
      ])
    ])
    error_message = "Releases and builds of main are not counted apart: one would push out the other, or neither would ever go."
  }
}

run "exactly_the_named_accounts_pull_and_none_pushes" {
  command = plan

  assert {
    condition     = toset(keys(aws_ecr_repository_policy.pull)) == local.services
    error_message = "A repository cannot be pulled from another environment."
  }

  assert {
    condition = toset(one(data.aws_iam_policy_document.registry_pull[0].statement[0].principals).identifiers) == toset([
      "arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root",
    ])
    error_message = "Others than the named accounts pull."
  }

  assert {
    condition = toset(data.aws_iam_policy_document.registry_pull[0].statement[0].actions) == toset([
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    ])
    error_message = "Another environment may do more than pull."
  }
}

run "an_environment_without_the_registry_makes_none_and_names_the_one_there_is" {
  command = plan

  variables {
    environment               = "stg"
    account_id                = "222222222222"
    registry_pull_account_ids = []
  }

  assert {
    condition = (
      length(aws_ecr_repository.service) + length(aws_ecr_repository_policy.pull) + length(aws_iam_role.github_release) +
      length(aws_kms_key.image_signing) == 0 && !contains(keys(aws_kms_alias.this), "image-signing")
    )
    error_message = "A second registry, a second key that signs, or a second role that pushes."
  }

  assert {
    condition     = output.image_registry == "333333333333.dkr.ecr.ap-northeast-1.amazonaws.com"
    error_message = "The workflows would push elsewhere than the overlays pull from."
  }
}

run "the_audit_is_taken_by_its_environment_alone_and_finds_its_cluster_alone" {
  command = plan

  assert {
    condition = anytrue([
      for c in data.aws_iam_policy_document.github_assume["audit"].statement[0].condition :
      c.test == "StringEquals" && endswith(c.variable, ":sub") && c.values == tolist(["repo:hiroba-platform/hiroba:environment:prd-audit"])
    ])
    error_message = "Another job than the audit's takes its role."
  }

  assert {
    condition = (
      toset(data.aws_iam_policy_document.github_audit.statement[0].actions) == toset(["eks:DescribeCluster"]) &&
      length(data.aws_iam_policy_document.github_audit.statement) == 1
    )
    error_message = "The audit may do more in AWS than find the cluster."
  }

  assert {
    condition     = aws_eks_access_entry.audit[0].kubernetes_groups == toset(["hiroba-audit"])
    error_message = "The cluster does not know the audit by the group that infra/k8s/monitoring/kube-bench.yaml grants to."
  }
}

run "a_repository_is_trusted_by_its_name_and_by_its_numbers" {
  command = plan

  variables {
    github_repository_ids = { owner = "123456", repository = "456789" }
  }

  assert {
    condition = alltrue([
      for role, subjects in {
        audit   = ["environment:prd-audit"]
        release = ["ref:refs/heads/main", "ref:refs/tags/*-service/v*"]
        } : anytrue([
          for c in data.aws_iam_policy_document.github_assume[role].statement[0].condition : endswith(c.variable, ":sub") && toset(c.values) == toset(flatten([
            for name in ["hiroba-platform/hiroba", "hiroba-platform@123456/hiroba@456789"] : [for s in subjects : "repo:${name}:${s}"]
          ]))
      ])
    ])
    error_message = "A repository made since July 2026 could not take its role, or another one could."
  }
}

run "the_firewall_stands_in_front" {
  command = plan

  assert {
    condition     = length(aws_wafv2_web_acl.this.rule) == 5
    error_message = "A set of rules is missing."
  }

  assert {
    condition     = alltrue([for r in aws_wafv2_web_acl.this.rule : r.priority >= 0]) && length(distinct([for r in aws_wafv2_web_acl.this.rule : r.priority])) == 5
    error_message = "Two rules share a priority."
  }

  assert {
    condition = alltrue(flatten([
      for r in aws_wafv2_web_acl.this.rule : [
        for s in r.statement : [
          for m in s.managed_rule_group_statement : [for o in m.rule_action_override : length(o.action_to_use[0].count) == 1 && endswith(o.name, "_BODY")]
        ]
      ]
    ])) && length(local.body_labels) == 7
    error_message = "A film's bytes or a pasted line of code would be taken for an attack."
  }

  assert {
    condition = anytrue([
      for r in aws_wafv2_web_acl.this.rule : r.name == "bodies" && length(try(r.action[0].block, [])) == 1 &&
      r.priority > max([for other in aws_wafv2_web_acl.this.rule : other.priority if other.name != "bodies"]...)
    ])
    error_message = "What only counts on uploads and in rooms is blocked nowhere, or before it was labelled."
  }
}

run "nodes_keep_their_identity_to_themselves" {
  command = plan

  assert {
    condition = (
      aws_launch_template.nodes.metadata_options[0].http_tokens == "required" &&
      aws_launch_template.nodes.metadata_options[0].http_put_response_hop_limit == 1
    )
    error_message = "A pod could take the node's role."
  }
}

run "network_policies_and_network_agree" {
  command = plan

  assert {
    condition     = output.data_cidrs == ["10.30.48.0/24", "10.30.49.0/24", "10.30.50.0/24"]
    error_message = "infra/k8s/*/networkpolicies/to-database.yaml names other subnets."
  }
}

run "alarms_reach_people_by_each_way_that_was_named" {
  command = plan

  variables {
    alarm_emails = ["on-call@hiroba.example.com"]
    slack        = { workspace_id = "T0000000", channel_id = "C0000000" }
    teams = {
      tenant_id  = "00000000-0000-0000-0000-000000000000"
      team_id    = "00000000-0000-0000-0000-000000000000"
      channel_id = "19%3aabc%40thread.tacv2"
    }
  }

  assert {
    condition = (
      length(aws_sns_topic_subscription.mail) == 1 &&
      length(aws_chatbot_slack_channel_configuration.alarms) == 1 &&
      length(aws_chatbot_teams_channel_configuration.alarms) == 1
    )
    error_message = "A channel that was named gets nothing."
  }

  assert {
    condition     = length(module.alarms) == length(local.alarms) + length(local.redis_alarms) + length(local.cluster_alarms) && length(local.alarms) >= 5
    error_message = "An alarm is missing."
  }

  assert {
    condition = toset([for a in local.redis_alarms : jsonencode(a.dimensions)]) == toset([
      for node in ["hiroba-prd-001", "hiroba-prd-002"] : jsonencode({ CacheClusterId = node })
    ])
    error_message = "ElastiCache measures nodes: an alarm on anything else watches nothing."
  }

  assert {
    condition = alltrue([
      for a in merge(local.alarms, local.redis_alarms, local.cluster_alarms) : contains(lookup({
        "AWS/ApplicationELB" = ["LoadBalancer"]
        "AWS/RDS"            = ["DBClusterIdentifier"]
        "AWS/ElastiCache"    = ["CacheClusterId"]
        "AWS/SES"            = ["ses:configuration-set"]
        "AWS/SNS"            = ["TopicName"]
        ContainerInsights    = ["ClusterName"]
      }, a.namespace, []), one(keys(a.dimensions)))
    ])
    error_message = "An alarm asks by a dimension that its metric does not have."
  }

  assert {
    condition     = local.cluster_alarms.watchers-silent.missing == "breaching"
    error_message = "A Prometheus that is dead would be taken for one that has nothing to say."
  }

  assert {
    condition     = local.cluster_alarms.cluster-silent.missing == "breaching"
    error_message = "A cluster that is gone would be taken for one that is well."
  }
}

run "the_cluster_has_what_its_policies_and_volumes_need" {
  command = plan

  assert {
    condition = (
      toset(keys(aws_eks_addon.before_nodes)) == toset(["vpc-cni", "kube-proxy"]) &&
      toset(keys(aws_eks_addon.after_nodes)) == toset(["coredns", "metrics-server", "aws-ebs-csi-driver"]) &&
      jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    )
    error_message = "Without the network add-on the network policies are words."
  }

  assert {
    condition     = length(module.network.private_subnet_ids) == 3 && length(module.network.data_subnet_ids) == 3
    error_message = "Nodes, database and cache do not stand in three zones."
  }
}

run "a_throwaway_environment_can_be_destroyed" {
  command = plan

  variables {
    environment = "dev"
    retain_data = false
  }

  assert {
    condition = (
      !aws_rds_cluster.this.deletion_protection && aws_rds_cluster.this.skip_final_snapshot &&
      !aws_lb.this.enable_deletion_protection && aws_s3_bucket.videos.force_destroy && aws_s3_bucket.logs.force_destroy &&
      alltrue([for r in aws_ecr_repository.service : r.force_delete]) &&
      alltrue([for s in aws_secretsmanager_secret.service : s.recovery_window_in_days == 0])
    )
    error_message = "Something would stop `terraform destroy`, or keep a name that the next apply needs."
  }
}

run "a_cluster_without_addons_is_an_imitation_and_nothing_waits_for_them" {
  command = plan

  variables {
    environment             = "dev"
    install_addons          = false
    cluster_admin_role_arns = ["arn:aws:iam::333333333333:role/admin"]
  }

  assert {
    condition = (
      length(aws_eks_addon.before_nodes) + length(aws_eks_addon.after_nodes) + length(aws_eks_access_entry.admins) +
      length(aws_eks_access_entry.audit) == 0 && !contains(keys(module.alarms), "cluster-silent")
    )
    error_message = "A late part is made although the switch is off."
  }
}

run "nodes_grow_in_every_zone_and_only_the_autoscaler_of_this_cluster_moves_them" {
  command = plan

  assert {
    condition = (
      toset(keys(aws_eks_node_group.this)) == toset(local.zones) &&
      alltrue([for g in aws_eks_node_group.this : length(g.subnet_ids) == 1 && g.scaling_config[0].max_size > g.scaling_config[0].min_size])
    )
    error_message = "A volume's pod could wait for ever for a node in its zone, or nodes cannot grow."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.cluster_autoscaler.statement : s.sid == "Look" || (
        !contains(s.resources, "*") && anytrue([
          for c in s.condition : c.variable == "aws:ResourceTag/k8s.io/cluster-autoscaler/hiroba-prd" && c.values == tolist(["owned"])
        ])
      )
    ])
    error_message = "The autoscaler could move or end somebody else's instances."
  }

  assert {
    condition     = alltrue([for g in aws_eks_node_group.this : startswith(g.node_group_name, "general-")])
    error_message = "The autoscaler's rights name other groups."
  }
}

run "the_balancer_reaches_the_gateways_and_nobody_else_does" {
  command = plan

  assert {
    condition = alltrue([
      for rules in [aws_vpc_security_group_ingress_rule.gateways, aws_vpc_security_group_egress_rule.alb] :
      toset([for r in rules : r.from_port]) == toset([8443, 15021]) && alltrue([for r in rules : r.cidr_ipv4 == null && r.from_port == r.to_port])
    ])
    error_message = "The way between balancer and gateways is closed, or wider than it has to be."
  }
}

run "a_new_account_has_no_role_of_auto_scalings_and_the_key_does_not_need_it" {
  command = plan

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.cluster_key.statement : alltrue([for p in s.principals : !strcontains(join(",", p.identifiers), "aws-service-role")]) &&
      anytrue([for c in s.condition : c.variable == "aws:PrincipalArn" && endswith(c.values[0], "/AWSServiceRoleForAutoScaling")])
    ])
    error_message = "KMS refuses a policy whose principal does not exist, or the key is open to others than Auto Scaling."
  }
}

run "people_come_in_without_an_open_port" {
  command = plan

  assert {
    condition = (
      !aws_instance.way_in.associate_public_ip_address &&
      aws_instance.way_in.metadata_options[0].http_tokens == "required" && aws_instance.way_in.root_block_device[0].encrypted
    )
    error_message = "The way in has an address or an open disk."
  }

  assert {
    condition     = toset([for r in aws_vpc_security_group_egress_rule.way_in : r.from_port]) == toset([443, 5432, 6379])
    error_message = "The way in leads elsewhere."
  }
}

run "the_database_takes_minors_from_aws" {
  command = plan

  assert {
    condition     = !strcontains(aws_rds_cluster.this.engine_version, ".") && alltrue([for i in aws_rds_cluster_instance.this : i.auto_minor_version_upgrade])
    error_message = "Terraform would want back the minor that AWS has replaced."
  }
}

run "mail_goes_out_from_one_address_encrypted_and_signed" {
  command = plan

  assert {
    condition = (
      aws_sesv2_email_identity.host.email_identity == "api.hiroba.example.com" &&
      aws_sesv2_email_identity.host.configuration_set_name == aws_sesv2_configuration_set.mail.configuration_set_name &&
      aws_sesv2_configuration_set.mail.delivery_options[0].tls_policy == "REQUIRE"
    )
    error_message = "Mail is sent from elsewhere, or may cross the internet in the clear."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.service["user-service"].statement : anytrue([
        for c in s.condition : c.test == "StringEquals" && c.variable == "ses:FromAddress" && c.values == tolist(["no-reply@api.hiroba.example.com"])
      ]) if s.sid == "Mail"
    ]) && anytrue([for s in data.aws_iam_policy_document.service["user-service"].statement : s.sid == "Mail"])
    error_message = "user-service may send in any name of the host, or not at all."
  }

  assert {
    condition = alltrue([
      for name, document in data.aws_iam_policy_document.service : alltrue([for s in document.statement : s.sid != "Mail"]) if name != "user-service"
    ])
    error_message = "Somebody else may send mail."
  }

  assert {
    condition     = length(local.mail_records) == 6 && length(aws_route53_record.mail) == 0
    error_message = "SES signs with three keys, and no zone was named to put them into."
  }
}

run "a_zone_that_was_named_gets_the_records_of_mail" {
  command = plan

  variables {
    zone_id = "Z0000000000000"
  }

  # AWS's provider knows these when it plans, the stand-in does not.
  override_resource {
    target          = aws_acm_certificate.this
    override_during = plan
    values          = { domain_validation_options = [] }
  }

  assert {
    condition     = toset([for r in aws_route53_record.mail : r.type]) == toset(["CNAME", "MX", "TXT"]) && length(aws_route53_record.mail) == 6
    error_message = "Mail would not be signed, or nobody would know by whom it may be."
  }
}
