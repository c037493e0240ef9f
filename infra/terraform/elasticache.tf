# Redis: fan-out of chat messages, identity events, limits. Nothing in it is the only copy of anything: a failover costs a
# pause, the services catch up from PostgreSQL. All three services use it, from the private subnets.
resource "aws_elasticache_subnet_group" "this" {
  name       = local.name
  subnet_ids = module.network.data_subnet_ids
}

resource "aws_security_group" "redis" {
  name        = "${local.name}-redis"
  description = "Redis, from nodes and pods"
  vpc_id      = module.network.vpc_id
  tags        = { Name = "${local.name}-redis" }
}

resource "aws_vpc_security_group_ingress_rule" "redis" {
  for_each = toset(module.network.private_cidrs)

  security_group_id = aws_security_group.redis.id
  description       = "Redis from nodes and pods"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 6379
  to_port           = 6379
}

# ElastiCache takes its token as a plain argument, so this one secret is in the state: the state is encrypted and readable by
# the deploying role alone. It is made once and then left alone; rotate it with auth_token_update_strategy = ROTATE.
data "aws_secretsmanager_random_password" "redis" {
  password_length     = 48
  exclude_punctuation = true
}

resource "terraform_data" "redis_token" {
  input = sensitive(data.aws_secretsmanager_random_password.redis.random_password)

  lifecycle {
    ignore_changes = [input]
  }
}

# The parameter group's maxmemory-policy, volatile-lru, evicts only what has a time to live. The stream identity:events has none: full, Redis
# refuses the next event (replicas then poll user-service) instead of losing an old one.
resource "aws_elasticache_replication_group" "this" {
  replication_group_id       = local.name
  description                = "${local.name}: fan-out, events, limits"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.redis_node_type
  num_cache_clusters         = var.redis_replicas
  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.data.arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = terraform_data.redis_token.output
  auth_token_update_strategy = "ROTATE"
  parameter_group_name       = "default.redis7"
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.redis.id]
  snapshot_retention_limit   = 1
  maintenance_window         = "sun:19:00-sun:20:00"
  auto_minor_version_upgrade = true
  apply_immediately          = true

  log_delivery_configuration {
    destination      = aws_cloudwatch_log_group.redis.name
    destination_type = "cloudwatch-logs"
    log_format       = "json"
    log_type         = "slow-log"
  }
}

resource "aws_cloudwatch_log_group" "redis" {
  name              = "/hiroba/${local.name}/redis-slow"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.logs.arn
}
