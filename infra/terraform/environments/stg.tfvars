environment         = "stg"
account_id          = "222222222222"
registry_account_id = "333333333333" # prd's
host                = "api.stg.hiroba.example.com"
github_repository   = "hiroba-platform/hiroba"
alarm_emails        = ["team@hiroba.example.com"]
single_nat_gateway  = true
node_count          = { min = 3, max = 6 }
