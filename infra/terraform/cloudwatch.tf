# Alarms for what takes the platform down whatever the services say of themselves. The services' own alerts are Prometheus'
# (infra/k8s/monitoring): these are the ones that must work when the cluster does not.
resource "aws_cloudwatch_log_group" "services" {
  for_each = local.services

  name              = "/hiroba/${local.name}/${each.key}"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.logs.arn
}

# What infra/k8s/monitoring/cloudwatch-agent.yaml writes: the agent's measurements, and the logs of everything that is no service.
resource "aws_cloudwatch_log_group" "cluster_parts" {
  for_each = toset(["performance", "platform"])

  name              = "/aws/containerinsights/${local.name}/${each.key}"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = aws_kms_key.logs.arn
}

# The default policy names no service. CloudWatch tells alarms, Alertmanager's role the alerts of the cluster; nobody else speaks.
data "aws_iam_policy_document" "alarm_topic" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

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

  statement {
    sid       = "ClusterAlerts"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "AWS"
      identifiers = [module.cluster_roles["alertmanager"].arn]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarm_topic.json
}

# A sign of life every five minutes, from Prometheus through Alertmanager; nobody subscribes, the alarm `watchers-silent` counts. So what
# should wake people is itself watched from outside the cluster.
resource "aws_sns_topic" "heartbeat" {
  name              = "${local.name}-heartbeat"
  kms_master_key_id = aws_kms_key.logs.arn
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

data "aws_iam_policy_document" "chatbot_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["chatbot.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "chatbot" {
  count = var.slack == null && var.teams == null ? 0 : 1

  name               = "${local.name}-chatbot"
  assume_role_policy = data.aws_iam_policy_document.chatbot_assume.json
}

resource "aws_chatbot_slack_channel_configuration" "alarms" {
  count = var.slack == null ? 0 : 1

  configuration_name = "${local.name}-alarms"
  iam_role_arn       = aws_iam_role.chatbot[0].arn
  slack_team_id      = var.slack.workspace_id
  slack_channel_id   = var.slack.channel_id
  sns_topic_arns     = [aws_sns_topic.alarms.arn]
}

resource "aws_chatbot_teams_channel_configuration" "alarms" {
  count = var.teams == null ? 0 : 1

  configuration_name = "${local.name}-alarms-teams"
  iam_role_arn       = aws_iam_role.chatbot[0].arn
  tenant_id          = var.teams.tenant_id
  team_id            = var.teams.team_id
  channel_id         = var.teams.channel_id
  sns_topic_arns     = [aws_sns_topic.alarms.arn]
}

locals {
  database_dimensions = { DBClusterIdentifier = aws_rds_cluster.this.cluster_identifier }
  balancer_dimensions = { LoadBalancer = aws_lb.this.arn_suffix }
  mail_dimensions     = { "ses:configuration-set" = aws_sesv2_configuration_set.mail.configuration_set_name }

  # From the agents in the cluster (infra/k8s/monitoring/cloudwatch-agent.yaml). Silence is the fault here: when the cluster or all its
  # nodes are gone, nothing inside it can tell. Off with the add-ons, since a cluster without agents is silent too.
  cluster_alarms = {
    cluster-silent = {
      description = "No node has said anything for ten minutes: the cluster, its network or the agents are gone. Begin with docs/operations.md."
      namespace   = "ContainerInsights", metric = "cluster_node_count", dimensions = { ClusterName = local.name }
      statistic   = "Minimum", threshold = 1, comparison = "LessThanThreshold", minutes = 10, missing = "breaching"
    }
    watchers-silent = {
      description = "Alertmanager sent no sign of life for 20 minutes: Prometheus or it is dead, and no alert of the cluster arrives. kubectl -n monitoring get pods."
      namespace   = "AWS/SNS", metric = "NumberOfMessagesPublished", dimensions = { TopicName = aws_sns_topic.heartbeat.name }
      statistic   = "Sum", threshold = 1, comparison = "LessThanThreshold", minutes = 20, missing = "breaching"
    }
    cluster-failed-nodes = {
      description = "A node has failed for ten minutes and was not replaced: kubectl get nodes, then the node group's health in EKS."
      namespace   = "ContainerInsights", metric = "cluster_failed_node_count", dimensions = { ClusterName = local.name }
      statistic   = "Maximum", threshold = 0, minutes = 10
    }
  }

  alarms = {
    balancer-5xx = {
      description = "The load balancer itself answers 5xx: no gateway is healthy. Look at the istio-ingress pods and their targets."
      namespace   = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", dimensions = local.balancer_dimensions
      statistic   = "Sum", threshold = 50
    }
    database-cpu = {
      description = "Aurora is at the end of its capacity. Look at Performance Insights; raise database_capacity.max."
      namespace   = "AWS/RDS", metric = "ACUUtilization", dimensions = local.database_dimensions
      statistic   = "Maximum", threshold = 90
    }
    database-connections = {
      description = "Far more connections than the pools of all replicas together: something leaks or scales away."
      namespace   = "AWS/RDS", metric = "DatabaseConnections", dimensions = local.database_dimensions
      statistic   = "Maximum", threshold = 800
    }
    database-replica-lag = {
      description = "A reader lags by seconds: a failover now would wait for it. Look for long transactions."
      namespace   = "AWS/RDS", metric = "AuroraReplicaLagMaximum", dimensions = local.database_dimensions
      statistic   = "Maximum", threshold = 5000
    }
    database-disk = {
      description = "The instances' local disk is nearly full: sorts, temporary tables and index builds will fail. Look for the query."
      namespace   = "AWS/RDS", metric = "FreeLocalStorage", dimensions = local.database_dimensions
      statistic   = "Minimum", threshold = 2147483648, comparison = "LessThanThreshold"
    }
    # AWS looks into an account at 5 and 0.1 per cent, and stops it at twice that.
    mail-bounces = {
      description = "One mail in 25 comes back: somebody signs up with invented addresses, or a template is wrong. docs/operations.md, \"Mail does not arrive\"."
      namespace   = "AWS/SES", metric = "Reputation.BounceRate", dimensions = local.mail_dimensions
      statistic   = "Maximum", threshold = 0.04, minutes = 1
    }
    mail-complaints = {
      description = "People call our mail spam: somebody else has mail sent to them. docs/operations.md, \"Mail does not arrive\"."
      namespace   = "AWS/SES", metric = "Reputation.ComplaintRate", dimensions = local.mail_dimensions
      statistic   = "Maximum", threshold = 0.0008, minutes = 1
    }
  }
}

locals {
  # ElastiCache measures each node, none the group. It calls the members GROUP-001, GROUP-002, ...
  redis_nodes = { for i in range(1, var.redis_replicas + 1) : i => format("%s-%03d", local.name, i) }

  redis_alarms = merge([
    for i, node in local.redis_nodes : {
      "redis-memory-${i}" = {
        description = "Redis is nearly full; it refuses writes beyond. Look at the length of identity:events and the largest keys."
        namespace   = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", dimensions = { CacheClusterId = node }
        statistic   = "Maximum", threshold = 80
      }
      "redis-cpu-${i}" = {
        description = "Redis's one thread is busy: fan-out slows down for everybody. Look at the slow log; shard or take a larger node."
        namespace   = "AWS/ElastiCache", metric = "EngineCPUUtilization", dimensions = { CacheClusterId = node }
        statistic   = "Maximum", threshold = 80
      }
    }
  ]...)
}

module "alarms" {
  source = "./modules/alarm"
  for_each = {
    for name, alarm in merge(local.alarms, local.redis_alarms, local.cluster_alarms) : name => alarm
    if var.install_addons || !contains(keys(local.cluster_alarms), name)
  }

  name        = "${local.name}-${each.key}"
  description = each.value.description
  namespace   = each.value.namespace
  metric      = each.value.metric
  dimensions  = each.value.dimensions
  statistic   = each.value.statistic
  threshold   = each.value.threshold
  comparison  = try(each.value.comparison, "GreaterThanThreshold")
  minutes     = try(each.value.minutes, 5)
  missing     = try(each.value.missing, "notBreaching")
  topic_arn   = aws_sns_topic.alarms.arn
}
