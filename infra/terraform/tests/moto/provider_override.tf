# Points the provider at the local imitation of AWS; scripts/tf-apply-local.sh puts the port in and copies this beside the rest.
terraform {
  backend "local" {}
}

provider "aws" {
  region                      = "ap-northeast-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false
  s3_use_path_style           = true
  max_retries                 = 2

  endpoints {
    acm            = "http://127.0.0.1:MOTO_PORT"
    cloudwatch     = "http://127.0.0.1:MOTO_PORT"
    ec2            = "http://127.0.0.1:MOTO_PORT"
    ecr            = "http://127.0.0.1:MOTO_PORT"
    eks            = "http://127.0.0.1:MOTO_PORT"
    elasticache    = "http://127.0.0.1:MOTO_PORT"
    elbv2          = "http://127.0.0.1:MOTO_PORT"
    iam            = "http://127.0.0.1:MOTO_PORT"
    kms            = "http://127.0.0.1:MOTO_PORT"
    logs           = "http://127.0.0.1:MOTO_PORT"
    rds            = "http://127.0.0.1:MOTO_PORT"
    route53        = "http://127.0.0.1:MOTO_PORT"
    s3             = "http://127.0.0.1:MOTO_PORT"
    secretsmanager = "http://127.0.0.1:MOTO_PORT"
    ssm            = "http://127.0.0.1:MOTO_PORT"
    sns            = "http://127.0.0.1:MOTO_PORT"
    sts            = "http://127.0.0.1:MOTO_PORT"
    wafv2          = "http://127.0.0.1:MOTO_PORT"
  }
}
