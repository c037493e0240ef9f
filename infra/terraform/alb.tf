# The way in. The balancer, its security group, certificate and firewall are made here and not by the controller in the
# cluster: `terraform destroy` then ends, whatever state the cluster is in. The tags are how the controller finds it.
resource "aws_security_group" "alb" {
  name        = "hiroba-alb"
  description = "The public load balancer"
  vpc_id      = module.network.vpc_id
  tags        = { Name = "hiroba-alb" } # the Ingresses name it so
}

# Nobody listens for plain HTTP: a client that sends a token that way is to notice, not to be led on.
resource "aws_vpc_security_group_ingress_rule" "alb" {
  security_group_id = aws_security_group.alb.id
  description       = "HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# The way from the balancer to the gateways' pods: targets are pods, so the ports are theirs (infra/helm/istio-gateway). Both ends are
# Terraform's. The controller could do it, with a shared group that it would hang on the balancer behind Terraform's back and leave in the
# VPC for destroy to stumble over.
locals {
  gateway_ports = { gateways = 8443, health = 15021 }
}

resource "aws_vpc_security_group_egress_rule" "alb" {
  for_each = local.gateway_ports

  security_group_id            = aws_security_group.alb.id
  description                  = "The mesh's ${each.key}"
  referenced_security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

# Nodes and pods are in the cluster's own group, which EKS makes.
resource "aws_vpc_security_group_ingress_rule" "gateways" {
  for_each = local.gateway_ports

  security_group_id            = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  description                  = "The load balancer, to the mesh's ${each.key}"
  referenced_security_group_id = aws_security_group.alb.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_lb" "this" {
  name                       = "hiroba"
  load_balancer_type         = "application"
  internal                   = false
  security_groups            = [aws_security_group.alb.id]
  subnets                    = module.network.public_subnet_ids
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.retain_data
  # Sockets ping every 30 seconds; uploads may rest a while.
  idle_timeout = 120

  access_logs {
    enabled = var.refuse_plain_http # the same policy lets the logs in
    bucket  = aws_s3_bucket.logs.id
    prefix  = "alb"
  }

  tags = {
    "elbv2.k8s.aws/cluster"    = local.name
    "ingress.k8s.aws/stack"    = "hiroba"
    "ingress.k8s.aws/resource" = "LoadBalancer"
  }

  depends_on = [aws_s3_bucket_policy.this]
}

resource "aws_acm_certificate" "this" {
  domain_name       = var.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "certificate" {
  for_each = var.zone_id == "" ? {} : {
    for option in aws_acm_certificate.this.domain_validation_options : option.domain_name => option
  }

  zone_id         = var.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  count = var.zone_id == "" ? 0 : 1

  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.certificate : record.fqdn]
}

resource "aws_route53_record" "api" {
  count = var.zone_id == "" ? 0 : 1

  zone_id = var.zone_id
  name    = var.host
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = true
  }
}
