# One alarm on one metric, told to one topic when it goes off and when it is over.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = var.name
  alarm_description   = var.description
  namespace           = var.namespace
  metric_name         = var.metric
  dimensions          = var.dimensions
  statistic           = var.statistic
  comparison_operator = var.comparison
  threshold           = var.threshold
  period              = 60
  evaluation_periods  = var.minutes
  treat_missing_data  = var.missing
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
