variable "environment" {
  type        = string
  description = "Which environment this is; part of many names."

  validation {
    condition     = contains(["dev", "stg", "prd"], var.environment)
    error_message = "The environment is dev, stg or prd."
  }
}

variable "account_id" {
  type        = string
  description = "The AWS account everything is made in; any other is refused."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "registry_account_id" {
  type        = string
  description = "The account whose registry holds the images of all environments, the same in each; the overlays name it."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.registry_account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "registry_pull_account_ids" {
  type        = set(string)
  description = "The other accounts that may pull from that registry; named where it lives and nowhere else."
  default     = []

  validation {
    condition     = alltrue([for id in var.registry_pull_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "Each account id has twelve digits."
  }

  validation {
    condition     = length(var.registry_pull_account_ids) == 0 || var.account_id == var.registry_account_id
    error_message = "Only the account that holds the registry says who else pulls from it."
  }
}

variable "region" {
  type        = string
  description = "The AWS region everything is made in."
  default     = "ap-northeast-1"

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "A region looks like ap-northeast-1."
  }
}

variable "host" {
  type        = string
  description = "The public host of the API, as the overlays name it."

  validation {
    condition     = can(regex("^[a-z0-9.-]+\\.[a-z]{2,}$", var.host))
    error_message = "The host is a DNS name in lower case."
  }
}

variable "zone_id" {
  type        = string
  description = "Route 53 zone for the host and for validating its certificate; empty when DNS is kept elsewhere."
  default     = ""

  validation {
    condition     = var.zone_id == "" || can(regex("^Z[A-Z0-9]+$", var.zone_id))
    error_message = "A zone id starts with Z."
  }
}

variable "vpc_cidr" {
  type        = string
  description = "Addresses of the VPC, a /16 of 10.0.0.0/8, another one in each environment. The overlay's network names its second number."

  validation {
    condition     = can(regex("^10\\.[0-9]{1,3}\\.0\\.0/16$", var.vpc_cidr)) && can(cidrhost(var.vpc_cidr, 0))
    error_message = "The VPC takes a /16 of 10.0.0.0/8, such as 10.30.0.0/16."
  }
}

variable "single_nat_gateway" {
  type        = bool
  description = "One NAT gateway for all zones: cheaper, and a zone's failure cuts all of them off. Not for production."
  default     = false

  validation {
    condition     = !(var.environment == "prd" && var.single_nat_gateway)
    error_message = "Production has a NAT gateway in each zone."
  }
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of EKS."
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.(3[2-9]|[4-9][0-9])$", var.kubernetes_version))
    error_message = "The manifests need Kubernetes 1.32 or later (sleep in preStop, native sidecars)."
  }
}

variable "public_endpoint_cidrs" {
  type        = list(string)
  description = "Networks that reach the cluster's API from outside the VPC; none makes the endpoint private."
  default     = []

  validation {
    condition     = alltrue([for c in var.public_endpoint_cidrs : can(cidrhost(c, 0)) && !endswith(c, "/0")])
    error_message = "Each is a CIDR, and none is the whole internet."
  }
}

variable "cluster_admin_role_arns" {
  type        = set(string)
  description = "IAM roles that administer the cluster."
  default     = []

  validation {
    condition     = alltrue([for arn in var.cluster_admin_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", arn))])
    error_message = "Each is the ARN of an IAM role: people take roles, nobody administers with a key."
  }
}

variable "node_instance_types" {
  type        = list(string)
  description = "Instance types of the node group, all of one architecture."
  default     = ["m7g.xlarge"]

  validation {
    condition     = length(var.node_instance_types) > 0
    error_message = "Name at least one instance type."
  }
}

variable "node_architecture" {
  type        = string
  description = "Architecture of those types: arm64 or x86_64. The images are built for both."
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.node_architecture)
    error_message = "arm64 or x86_64."
  }
}

variable "node_count" {
  type = object({
    min = number
    max = number
  })
  description = "Bounds of the nodes in each of the three zones; the autoscaler moves between them. infra/tests/test_capacity.py adds up what must fit."
  default     = { min = 1, max = 4 }

  validation {
    condition     = var.node_count.min >= 1 && var.node_count.min <= var.node_count.max
    error_message = "1 <= min <= max."
  }
}

variable "install_addons" {
  type        = bool
  description = "EKS add-ons and access entries. False only against a local imitation of AWS, which has neither: without them no node becomes ready."
  default     = true

  validation {
    condition     = !(var.environment == "prd" && !var.install_addons)
    error_message = "Production has its add-ons."
  }
}

variable "database_capacity" {
  type = object({
    min = number
    max = number
  })
  description = "Aurora Serverless v2 capacity units of each instance."
  default     = { min = 1, max = 16 }

  validation {
    condition     = var.database_capacity.min >= 0.5 && var.database_capacity.min <= var.database_capacity.max
    error_message = "0.5 <= min <= max."
  }
}

variable "database_instances" {
  type        = number
  description = "Aurora instances, spread over zones; the first writes, the others take over."
  default     = 2

  validation {
    condition     = var.database_instances >= (var.environment == "prd" ? 2 : 1)
    error_message = "Production has at least two instances, in different zones."
  }
}

variable "backup_days" {
  type        = number
  description = "How far back the database can be restored to any second."
  default     = 14

  validation {
    condition     = var.backup_days >= (var.environment == "prd" ? 7 : 1) && var.backup_days <= 35
    error_message = "1 to 35 days, at least 7 in production."
  }
}

variable "redis_node_type" {
  type        = string
  description = "ElastiCache node type."
  default     = "cache.t4g.medium"

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.redis_node_type))
    error_message = "A node type looks like cache.t4g.medium."
  }
}

variable "redis_replicas" {
  type        = number
  description = "Nodes of the Redis replication group: one primary, the rest ready to take over."
  default     = 2

  validation {
    condition     = var.redis_replicas >= 2 && var.redis_replicas <= 6
    error_message = "Failover needs two nodes; six are the most."
  }
}

variable "github_repository" {
  type        = string
  description = "The repository whose workflows may push images and sync, owner/name."

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.github_repository))
    error_message = "The repository is owner/name."
  }
}

variable "github_repository_ids" {
  type = object({
    owner      = string
    repository = string
  })
  description = "Numbers of that repository and its owner, which GitHub puts into the subject of repositories made since July 2026; null for an older one."
  default     = null

  validation {
    condition = var.github_repository_ids == null ? true : (
      can(regex("^[0-9]+$", var.github_repository_ids.owner)) && can(regex("^[0-9]+$", var.github_repository_ids.repository))
    )
    error_message = "Both are numbers: gh api repos/OWNER/NAME --jq '.owner.id, .id'."
  }
}

variable "alarm_emails" {
  type        = set(string)
  description = "Who is mailed when an alarm goes off."
  default     = []

  validation {
    condition     = alltrue([for mail in var.alarm_emails : can(regex("^[^@ ]+@[^@ ]+\\.[a-z]+$", mail))])
    error_message = "Each is a mail address."
  }
}

variable "slack" {
  type = object({
    workspace_id = string
    channel_id   = string
  })
  description = "Slack channel of the alarms, through AWS Chatbot; null for none."
  default     = null

  validation {
    condition     = var.slack == null ? true : can(regex("^T[A-Z0-9]+$", var.slack.workspace_id)) && can(regex("^[CG][A-Z0-9]+$", var.slack.channel_id))
    error_message = "A workspace id starts with T, a channel id with C or G."
  }
}

variable "teams" {
  type = object({
    tenant_id  = string
    team_id    = string
    channel_id = string
  })
  description = "Microsoft Teams channel of the alarms, through AWS Chatbot; null for none."
  default     = null

  validation {
    condition     = var.teams == null ? true : can(regex("^[0-9a-f-]{36}$", var.teams.tenant_id)) && can(regex("^[0-9a-f-]{36}$", var.teams.team_id))
    error_message = "Tenant and team are UUIDs."
  }
}

variable "retain_data" {
  type        = bool
  description = "Deletion protection, final snapshots and buckets that refuse to go while they hold something. False lets destroy end."
  default     = true

  validation {
    condition     = !(var.environment == "prd" && !var.retain_data)
    error_message = "Production keeps its data."
  }
}

variable "refuse_plain_http" {
  type        = bool
  description = "Bucket policies that refuse requests without TLS. False only against a local imitation of AWS, which has no TLS."
  default     = true

  validation {
    condition     = !(var.environment == "prd" && !var.refuse_plain_http)
    error_message = "Production speaks TLS."
  }
}
