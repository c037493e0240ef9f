# One registry for all environments: what ran in stg is, byte for byte, what goes to prd. It lives in the account that
# registry_account_id names, with the key that signs and the role that pushes; the other accounts make none and only pull.
locals {
  registry_here = var.account_id == var.registry_account_id
  registry_host = "${var.registry_account_id}.dkr.ecr.${var.region}.${data.aws_partition.current.dns_suffix}"
}

# One repository a service. A tag once pushed never moves, and what is pushed is scanned.
resource "aws_ecr_repository" "service" {
  for_each = local.registry_here ? local.services : toset([])

  name                 = "hiroba/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.retain_data

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.data.arn
  }
}

# The registry's own account needs no entry here: its nodes' role says it all.
data "aws_iam_policy_document" "registry_pull" {
  count = length(var.registry_pull_account_ids) > 0 ? 1 : 0

  statement {
    sid     = "OtherEnvironmentsPull"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = [for id in sort(var.registry_pull_account_ids) : "${local.arn_prefix}:iam::${id}:root"]
    }
  }
}

resource "aws_ecr_repository_policy" "pull" {
  for_each = length(var.registry_pull_account_ids) > 0 ? local.services : toset([])

  repository = aws_ecr_repository.service[each.key].name
  policy     = data.aws_iam_policy_document.registry_pull[0].json
}

resource "aws_ecr_lifecycle_policy" "service" {
  for_each = aws_ecr_repository.service

  repository = each.value.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Layers nobody named"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        # A rule with two prefixes takes only images that have both; and releases must not go because main is busy.
        rulePriority = 2
        description  = "Enough releases to go back to"
        selection    = { tagStatus = "tagged", tagPrefixList = ["v"], countType = "imageCountMoreThan", countNumber = 100 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 3
        description  = "Enough builds of main"
        selection    = { tagStatus = "tagged", tagPrefixList = ["main-"], countType = "imageCountMoreThan", countNumber = 100 }
        action       = { type = "expire" }
      },
    ]
  })
}
