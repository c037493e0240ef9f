terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Bucket, key and region come from environments/ENV.s3.tfbackend; the lock is a file beside the state.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  # A plan for production cannot be applied with the keys of another account.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      project     = "hiroba"
      environment = var.environment
      managed-by  = "terraform"
    }
  }
}
