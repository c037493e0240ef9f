variable "name" {
  type        = string
  description = "Name of the alarm."
}

variable "description" {
  type        = string
  description = "What is wrong and where to look first, for whoever is woken by it."

  validation {
    condition     = length(var.description) > 20
    error_message = "Say what is wrong and where to look."
  }
}

variable "namespace" {
  type        = string
  description = "CloudWatch namespace, AWS/RDS."
}

variable "metric" {
  type        = string
  description = "Name of the metric."
}

variable "dimensions" {
  type        = map(string)
  description = "Which one of that metric."
}

variable "statistic" {
  type        = string
  description = "Average, Sum, Maximum or Minimum over a minute."

  validation {
    condition     = contains(["Average", "Sum", "Maximum", "Minimum"], var.statistic)
    error_message = "Average, Sum, Maximum or Minimum."
  }
}

variable "comparison" {
  type        = string
  description = "How the metric is compared with the threshold."
  default     = "GreaterThanThreshold"
}

variable "threshold" {
  type        = number
  description = "Where it is too much, in the metric's unit."
}

variable "minutes" {
  type        = number
  description = "For how many minutes in a row."
  default     = 5
}

variable "missing" {
  type        = string
  description = "What no data means: notBreaching, or breaching where silence is the fault."
  default     = "notBreaching"
}

variable "topic_arn" {
  type        = string
  description = "SNS topic that is told."
}
