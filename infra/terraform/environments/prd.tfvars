environment               = "prd"
account_id                = "333333333333"
registry_account_id       = "333333333333" # here: its tags and its key are the best guarded
registry_pull_account_ids = ["111111111111", "222222222222"]
host                      = "api.hiroba.example.com"
github_repository         = "hiroba-platform/hiroba"
alarm_emails              = ["on-call@hiroba.example.com"]
database_capacity         = { min = 2, max = 32 }
backup_days               = 30
redis_replicas            = 3
redis_node_type           = "cache.m7g.large"
vpc_cidr                  = "10.30.0.0/16"
node_count                = { min = 2, max = 8 }                              # in each zone
cluster_admin_role_arns   = ["arn:aws:iam::333333333333:role/hiroba-admin"]   # people take it; the account's own
github_repository_ids     = { owner = "100000001", repository = "200000002" } # gh api repos/OWNER/NAME --jq '.owner.id, .id'
