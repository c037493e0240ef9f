variable "name" {
  type        = string
  description = "Name of the alarm."

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.name))
    error_message = "Lower case, digits and dashes."
  }
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

  validation {
    condition     = can(regex("^(AWS/|ContainerInsights$)", var.namespace))
    error_message = "A namespace of AWS, such as AWS/RDS."
  }
}

variable "metric" {
  type        = string
  description = "Name of the metric."

  validation {
    condition     = length(var.metric) > 0
    error_message = "Name the metric."
  }
}

variable "dimensions" {
  type        = map(string)
  description = "Which one of that metric."

  validation {
    condition     = length(var.dimensions) > 0
    error_message = "Without a dimension the alarm would watch nothing."
  }
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

  validation {
    condition     = contains(["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"], var.comparison)
    error_message = "One of CloudWatch's four comparisons."
  }
}

variable "threshold" {
  type        = number
  description = "Where it is too much, in the metric's unit."

  validation {
    condition     = var.threshold >= 0
    error_message = "None of our metrics goes below zero."
  }
}

variable "minutes" {
  type        = number
  description = "For how many minutes in a row."
  default     = 5

  validation {
    condition     = var.minutes >= 1 && var.minutes <= 60
    error_message = "One minute to an hour."
  }
}

variable "missing" {
  type        = string
  description = "What no data means: notBreaching, or breaching where silence is the fault."
  default     = "notBreaching"

  validation {
    condition     = contains(["notBreaching", "breaching"], var.missing)
    error_message = "notBreaching or breaching."
  }
}

variable "topic_arn" {
  type        = string
  description = "SNS topic that is told."

  validation {
    condition     = length(var.topic_arn) > 0
    error_message = "An alarm nobody hears is none."
  }
}
