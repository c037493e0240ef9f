output "cluster_name" {
  description = "For `aws eks update-kubeconfig --name`."
  value       = aws_eks_cluster.this.name
}

output "cluster_endpoint" {
  description = "The cluster's API."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_arn" {
  description = "For the overlay's environment.yaml."
  value       = aws_acm_certificate.this.arn
}

output "certificate_records" {
  description = "What must stand in DNS before the certificate is issued, when DNS is kept elsewhere (zone_id empty)."
  value = [
    for option in aws_acm_certificate.this.domain_validation_options :
    { name = option.resource_record_name, type = option.resource_record_type, value = option.resource_record_value }
  ]
}

output "mail_records" {
  description = "What must stand in DNS before SES sends from the host, when DNS is kept elsewhere (zone_id empty)."
  value       = local.mail_records
}

output "way_in" {
  description = "The instance through which people reach the cluster and the database (docs/operations.md)."
  value       = aws_instance.way_in.id
}

output "waf_arn" {
  description = "For the overlay's environment.yaml."
  value       = aws_wafv2_web_acl.this.arn
}

output "load_balancer_dns_name" {
  description = "Where the host must point when DNS is kept elsewhere."
  value       = aws_lb.this.dns_name
}

output "image_registry" {
  description = "Host of the registry that all environments pull from: IMAGE_REGISTRY of the workflows."
  value       = local.registry_host
}

output "image_signing_key_arn" {
  description = "KMS key that signs released images, where the registry is: IMAGE_SIGNING_KEY of the workflows."
  value       = one(aws_kms_key.image_signing[*].arn)
}

output "image_signing_public_key" {
  description = "Its public half, for cicd/gatekeeper-constraints/require-image-signature.yaml."
  value       = one(data.aws_kms_public_key.image_signing[*].public_key_pem)
}

output "github_release_role_arn" {
  description = "Where the registry is: AWS_RELEASE_ROLE of the workflows."
  value       = one(aws_iam_role.github_release[*].arn)
}

output "github_audit_role_arn" {
  description = "AWS_AUDIT_ROLE of the GitHub environment ENV-audit."
  value       = aws_iam_role.github_audit.arn
}

output "cluster_role_arns" {
  description = "Role of each part of the cluster, as infra/helm and infra/k8s/monitoring name it."
  value       = { for part, role in module.cluster_roles : part => role.arn }
}

output "database_owner_secret_arn" {
  description = "The master user's secret, for creating databases and roles once."
  value       = aws_rds_cluster.this.master_user_secret[0].secret_arn
}

output "database_endpoint" {
  description = "Aurora's writer."
  value       = aws_rds_cluster.this.endpoint
}

output "videos_bucket" {
  description = "For OBJECT_STORE_URL."
  value       = aws_s3_bucket.videos.bucket
}

output "loki_bucket" {
  description = "As infra/helm/loki/values.yaml names it."
  value       = aws_s3_bucket.loki.bucket
}

output "data_cidrs" {
  description = "What the network policies let the services reach."
  value       = module.network.data_cidrs
}

output "alarm_topic_arn" {
  description = "Where alarms are told."
  value       = aws_sns_topic.alarms.arn
}

output "redis_url" {
  description = "For scripts/write-secrets.sh, which puts it into the services' entries."
  value       = "rediss://:${terraform_data.redis_token.output}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379"
  sensitive   = true
}

output "database_address" {
  description = "Host part of the services' connection strings: writer and reader, so that a failover is found by asking both."
  value       = "${aws_rds_cluster.this.endpoint}:5432,${aws_rds_cluster.this.reader_endpoint}:5432"
}
