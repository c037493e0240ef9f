environment             = "stg"
account_id              = "222222222222"
registry_account_id     = "333333333333" # prd's
host                    = "api.stg.hiroba.example.com"
github_repository       = "hiroba-platform/hiroba"
alarm_emails            = ["team@hiroba.example.com"]
single_nat_gateway      = true
vpc_cidr                = "10.20.0.0/16"
node_count              = { min = 1, max = 4 }                              # in each zone
cluster_admin_role_arns = ["arn:aws:iam::222222222222:role/hiroba-admin"]   # people take it; the account's own
github_repository_ids   = { owner = "100000001", repository = "200000002" } # gh api repos/OWNER/NAME --jq '.owner.id, .id'
