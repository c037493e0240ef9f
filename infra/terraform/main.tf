# What the environment stands on: network, keys and names. The rest is in files named after what they make.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  name     = "hiroba-${var.environment}"
  zones    = slice(data.aws_availability_zones.available.names, 0, 3)
  services = toset(["user-service", "video-service", "chat-service"])

  arn_prefix = "arn:${data.aws_partition.current.partition}"
}

module "network" {
  source = "./modules/network"

  name               = local.name
  cidr               = var.vpc_cidr
  zones              = local.zones
  region             = var.region
  account_id         = var.account_id
  partition          = data.aws_partition.current.partition
  single_nat_gateway = var.single_nat_gateway
  log_key_arn        = aws_kms_key.logs.arn
  log_days           = 30
  cluster_name       = local.name
}
