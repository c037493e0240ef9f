variable "name" {
  type        = string
  description = "Prefix of every name."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]+$", var.name))
    error_message = "Lower case, digits and dashes: it becomes part of bucket names."
  }
}

variable "cluster_name" {
  type        = string
  description = "The cluster whose load balancers use these subnets."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]+$", var.cluster_name))
    error_message = "Lower case, digits and dashes."
  }
}

variable "cidr" {
  type        = string
  description = "Addresses of the VPC, a /16."

  validation {
    condition     = endswith(var.cidr, "/16")
    error_message = "The subnets are cut out of a /16."
  }
}

variable "zones" {
  type        = list(string)
  description = "Three availability zones."

  validation {
    condition     = length(var.zones) == 3
    error_message = "Three zones: two of three still are a majority."
  }
}

variable "region" {
  type        = string
  description = "Region of the endpoints."

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "A region looks like ap-northeast-1."
  }
}

variable "account_id" {
  type        = string
  description = "The account whose principals may use the endpoints."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "partition" {
  type        = string
  description = "AWS partition of the ARNs."

  validation {
    condition     = startswith(var.partition, "aws")
    error_message = "A partition looks like aws or aws-cn."
  }
}

variable "single_nat_gateway" {
  type        = bool
  description = "One NAT gateway instead of one a zone."
}

variable "log_key_arn" {
  type        = string
  description = "KMS key of the flow logs."

  validation {
    condition     = length(var.log_key_arn) > 0
    error_message = "Flow logs are encrypted: name the key."
  }
}

variable "log_days" {
  type        = number
  description = "How long flow logs are kept."

  validation {
    condition     = contains([7, 14, 30, 60, 90, 180, 365], var.log_days)
    error_message = "CloudWatch knows 7, 14, 30, 60, 90, 180 and 365 days."
  }
}
