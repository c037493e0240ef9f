environment             = "dev"
account_id              = "111111111111"
registry_account_id     = "333333333333" # prd's
host                    = "api.dev.hiroba.example.com"
github_repository       = "hiroba-platform/hiroba"
single_nat_gateway      = true
database_capacity       = { min = 0.5, max = 4 }
database_instances      = 1
backup_days             = 1
retain_data             = false
vpc_cidr                = "10.10.0.0/16"
node_count              = { min = 1, max = 3 }                              # in each zone
cluster_admin_role_arns = ["arn:aws:iam::111111111111:role/hiroba-admin"]   # people take it; the account's own
github_repository_ids   = { owner = "100000001", repository = "200000002" } # gh api repos/OWNER/NAME --jq '.owner.id, .id'
