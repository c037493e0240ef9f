variable "name" {
  type        = string
  description = "Name of the role."
}

variable "namespace" {
  type        = string
  description = "Namespace of the service account."
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
}

variable "oidc_issuer_url" {
  type        = string
  description = "The cluster's token issuer."
}

variable "policies" {
  type        = map(string)
  description = "What the role may do, as policy documents by name; none for what managed policies say."
  default     = {}
}
