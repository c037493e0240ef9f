environment         = "dev"
account_id          = "111111111111"
registry_account_id = "333333333333" # prd's
host                = "api.dev.hiroba.example.com"
github_repository   = "hiroba-platform/hiroba"
single_nat_gateway  = true
node_count          = { min = 2, max = 4 }
database_capacity   = { min = 0.5, max = 4 }
database_instances  = 1
backup_days         = 1
retain_data         = false
