# The way in for people: the cluster's endpoint and the database have private addresses alone. One small instance without an address, a key
# or an open port; Session Manager reaches it from inside, IAM says who may, and CloudTrail writes down who did. docs/operations.md has the commands.
data "aws_ssm_parameter" "way_in_image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

data "aws_iam_policy_document" "way_in" {
  statement {
    sid = "SessionManager"
    actions = [
      "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"] # know no resource
  }
}

resource "aws_iam_role" "way_in" {
  name               = "${local.name}-way-in"
  assume_role_policy = data.aws_iam_policy_document.service_assume["ec2"].json
}

resource "aws_iam_role_policy" "way_in" {
  name   = "session-manager"
  role   = aws_iam_role.way_in.id
  policy = data.aws_iam_policy_document.way_in.json
}

resource "aws_iam_instance_profile" "way_in" {
  name = "${local.name}-way-in"
  role = aws_iam_role.way_in.name
}

resource "aws_security_group" "way_in" {
  name        = "${local.name}-way-in"
  description = "The way in for people"
  vpc_id      = module.network.vpc_id
  tags        = { Name = "${local.name}-way-in" }
}

# Out: Session Manager and AWS (443, through the NAT), the cluster (443), database and cache. In: nothing.
resource "aws_vpc_security_group_egress_rule" "way_in" {
  for_each = { aws = { port = 443, to = "0.0.0.0/0" }, database = { port = 5432, to = var.vpc_cidr }, redis = { port = 6379, to = var.vpc_cidr } }

  security_group_id = aws_security_group.way_in.id
  description       = "To ${each.key}"
  cidr_ipv4         = each.value.to
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "cluster_from_way_in" {
  security_group_id            = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  description                  = "People, through Session Manager"
  referenced_security_group_id = aws_security_group.way_in.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_instance" "way_in" {
  ami                    = data.aws_ssm_parameter.way_in_image.value
  instance_type          = "t4g.nano"
  subnet_id              = module.network.private_subnet_ids[0]
  vpc_security_group_ids = [aws_security_group.way_in.id]
  iam_instance_profile   = aws_iam_instance_profile.way_in.name

  associate_public_ip_address = false
  ebs_optimized               = true

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    volume_size = 8
  }

  tags = { Name = "${local.name}-way-in" }

  lifecycle {
    # A new image every few weeks is no reason to replace it under somebody's hands; `-replace=aws_instance.way_in` is.
    ignore_changes = [ami]
  }
}
