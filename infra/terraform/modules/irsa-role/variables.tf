variable "name" {
  type        = string
  description = "Name of the role."

  validation {
    condition     = can(regex("^[a-z0-9-]{1,64}$", var.name))
    error_message = "At most 64 of lower case, digits and dashes."
  }
}

variable "namespace" {
  type        = string
  description = "Namespace of the service account."

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.namespace))
    error_message = "One namespace, no pattern."
  }
}

variable "service_account" {
  type        = string
  description = "The one service account that may take the role."

  validation {
    condition     = !strcontains(var.service_account, "*")
    error_message = "One account, no pattern."
  }
}

variable "oidc_provider_arn" {
  type        = string
  description = "IAM's OIDC provider of the cluster."

  validation {
    condition     = length(var.oidc_provider_arn) > 0
    error_message = "The role must trust something."
  }
}

variable "oidc_issuer_url" {
  type        = string
  description = "The cluster's token issuer."

  validation {
    condition     = length(var.oidc_issuer_url) > 0
    error_message = "The role must trust something."
  }
}

variable "policies" {
  type        = map(string)
  description = "What the role may do, as policy documents by name; none for what managed policies say."
  default     = {}

  validation {
    condition     = alltrue([for policy in values(var.policies) : can(jsondecode(policy))])
    error_message = "Each policy is a JSON document."
  }
}
