# What the services must know and nobody else may. External Secrets brings it into the cluster; each service's role opens its
# own entry, and the role that changes the schema is another one.
#
# Only the entries are made here: scripts/write-secrets.sh writes the values, once, so that they are never in a state or a
# plan. (Ephemeral values would do the same here, but `terraform test` cannot stand in for them.)
locals {
  service_secrets = merge(
    { for service in local.services : service => "What ${service} runs with" },
    { for service in local.services : "${service}-migrate" => "What changes the schema of ${service}" },
  )
}

resource "aws_secretsmanager_secret" "service" {
  for_each = local.service_secrets

  name                    = "hiroba/${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.data.arn
  recovery_window_in_days = var.retain_data ? 30 : 0
}

resource "aws_secretsmanager_secret" "grafana" {
  name                    = "hiroba/grafana"
  description             = "Grafana's first admin"
  kms_key_id              = aws_kms_key.data.arn
  recovery_window_in_days = var.retain_data ? 30 : 0
}
