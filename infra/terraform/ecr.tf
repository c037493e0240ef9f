# One repository a service. A tag once pushed never moves, and what is pushed is scanned.
resource "aws_ecr_repository" "service" {
  for_each = local.services

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
        rulePriority = 2
        description  = "Enough releases to go back to"
        selection    = { tagStatus = "tagged", tagPrefixList = ["v", "main-"], countType = "imageCountMoreThan", countNumber = 100 }
        action       = { type = "expire" }
      },
    ]
  })
}
