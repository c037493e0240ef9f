# What the services must know and nobody else may. External Secrets brings it into the cluster; each service's role opens its
# own entry. Values made here never touch the state: they are ephemeral, written once (`..._wo_version` 1), and from then on
# kept only in Secrets Manager.
locals {
  postgres = join("", [
    "%s@${aws_rds_cluster.this.endpoint}:5432,${aws_rds_cluster.this.reader_endpoint}:5432/%s",
    "?sslmode=verify-full&sslrootcert=system&target_session_attrs=read-write",
  ])
  redis_url = "rediss://:${terraform_data.redis_token.output}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379"

  # Entry -> the PostgreSQL role it signs in as, and the database.
  service_secrets = merge([
    for service in local.services : {
      (service)            = { role = replace(service, "-", "_"), database = replace(service, "-", "_"), runs = true }
      "${service}-migrate" = { role = "${replace(service, "-", "_")}_owner", database = replace(service, "-", "_"), runs = false }
    }
  ]...)
}

ephemeral "aws_secretsmanager_random_password" "database" {
  for_each = local.service_secrets

  password_length     = 40
  exclude_punctuation = true
}

ephemeral "aws_secretsmanager_random_password" "key" {
  for_each = toset(["key-encryption-key", "refresh-token-key", "media-url-key"])

  # 32 characters are the 32 bytes of the key; base64 of them is the setting's form.
  password_length     = 32
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "service" {
  for_each = local.service_secrets

  name                    = "hiroba/${each.key}"
  description             = each.value.runs ? "What ${each.key} runs with" : "What ${each.key} changes the schema with"
  kms_key_id              = aws_kms_key.data.arn
  recovery_window_in_days = var.retain_data ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "service" {
  for_each = local.service_secrets

  secret_id                = aws_secretsmanager_secret.service[each.key].id
  secret_string_wo_version = 1
  secret_string_wo = jsonencode(merge(
    {
      "database-url" = "postgresql://${format(
        local.postgres,
        "${each.value.role}:${ephemeral.aws_secretsmanager_random_password.database[each.key].random_password}",
        each.value.database,
      )}"
    },
    each.value.runs ? { "redis-url" = local.redis_url } : {},
    each.key == "user-service" ? {
      for name in ["key-encryption-key", "refresh-token-key"] :
      name => base64encode(ephemeral.aws_secretsmanager_random_password.key[name].random_password)
    } : {},
    each.key == "video-service" ? {
      "media-url-key" = base64encode(ephemeral.aws_secretsmanager_random_password.key["media-url-key"].random_password)
    } : {},
  ))
}
