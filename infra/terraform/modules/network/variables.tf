variable "name" {
  type        = string
  description = "Prefix of every name."
}

variable "cluster_name" {
  type        = string
  description = "The cluster whose load balancers use these subnets."
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
}

variable "single_nat_gateway" {
  type        = bool
  description = "One NAT gateway instead of one a zone."
}

variable "log_key_arn" {
  type        = string
  description = "KMS key of the flow logs."
}

variable "log_days" {
  type        = number
  description = "How long flow logs are kept."
}
