environment               = "prd"
account_id                = "333333333333"
registry_account_id       = "333333333333" # here: its tags and its key are the best guarded
registry_pull_account_ids = ["111111111111", "222222222222"]
host                      = "api.hiroba.example.com"
github_repository         = "hiroba-platform/hiroba"
alarm_emails              = ["on-call@hiroba.example.com"]
node_count                = { min = 3, max = 12 }
database_capacity         = { min = 2, max = 32 }
backup_days               = 30
redis_replicas            = 3
redis_node_type           = "cache.m7g.large"
