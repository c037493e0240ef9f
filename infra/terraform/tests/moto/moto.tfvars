environment               = "dev"
account_id                = "123456789012" # moto's own
registry_account_id       = "123456789012"
registry_pull_account_ids = ["111111111111"]
host                      = "api.dev.hiroba.example.com"
github_repository         = "hiroba-platform/hiroba"
alarm_emails              = ["team@hiroba.example.com"]
database_instances        = 1
backup_days               = 1
retain_data               = false
install_addons            = false # no add-ons and access entries in moto
refuse_plain_http         = false # moto has no TLS
vpc_cidr                  = "10.10.0.0/16"
github_repository_ids     = { owner = "1", repository = "2" }
